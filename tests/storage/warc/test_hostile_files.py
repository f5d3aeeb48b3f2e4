"""WARC files that anybody may have written: damaged, lying - told as such, nothing else is raised."""

from __future__ import annotations

import gzip
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from storage.warc.errors import DamageError, WarcError
from storage.warc.record_reader import read_all

PIECES = st.sampled_from(
    [
        *(
            b"WARC/1.1\r\n",
            b"WARC/0.18\r\n",
            b"WARC-Type: response\r\n",
            b"WARC-Type: revisit\r\n",
            b"\r\n\r\n",
        ),
        *(
            b"WARC-Record-ID: <urn:uuid:1>\r\n",
            b"WARC-Date: 2025-07-01T00:00:00Z\r\n",
            b"WARC-Date: \xff\r\n",
        ),
        *(b"WARC-Target-URI: https://cong-doan.example/\r\n", b"Content-Type: application/http\r\n"),
        *(b"Content-Length: 40\r\n", b"Content-Length: -1\r\n", b"Content-Length: 99999999999999\r\n"),
        *(
            b"HTTP/1.1 200 OK\r\n",
            b"HTTP/9 x\r\n",
            b"Transfer-Encoding: chunked\r\n",
            b"5\r\nabcde\r\n",
            b"ffffffffff\r\n",
        ),
        *(b"WARC-Payload-Digest: sha1:\r\n", b": \r\n", b"\r\n", b"\x00", b"<html>"),
    ]
)
BODIES = st.lists(st.one_of(PIECES, st.binary(max_size=8)), max_size=30).map(b"".join)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.tuples(BODIES, st.booleans()), max_size=4))
def test_whatever_a_file_holds_reading_ends_and_says_what_is_wrong(members: list[tuple[bytes, bool]]) -> None:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "la.warc.gz"
        path.write_bytes(
            b"".join(gzip.compress(body, mtime=0) if packed else body for body, packed in members)
        )
        damage: list[DamageError] = []
        try:
            for capture, response in read_all(path, damage.append):
                assert capture.url
                assert 0 <= response.status < 1000
        except WarcError as error:
            assert str(path) in str(error)
        assert all(str(path) in str(each) for each in damage)
