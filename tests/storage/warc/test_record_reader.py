"""Reading never hands out bytes that are not what was written."""

from __future__ import annotations

import gzip
import zlib
from dataclasses import replace
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

import brotli
import pytest
from backports import zstd
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter as OtherWriter

from storage.records import Capture
from storage.warc.errors import ContentError, DamageError, WarcError
from storage.warc.exchange import Exchange, StoredResponse
from storage.warc.payload_digest import digest_matches, sha1_label
from storage.warc.record_reader import read_all, read_capture
from storage.warc.write import WarcWriter
from tests.storage.warc.warc_check import warc_problems

NOW = datetime(2026, 10, 3, 13, 15, 30, tzinfo=UTC)
PAGE = "<p>Đoàn viên được hỗ trợ xây nhà Mái ấm công đoàn.</p>".encode() * 20


@pytest.fixture
def captures(tmp_path: Path) -> list[Capture]:
    out = WarcWriter(tmp_path, "night", software="congdoan/0.1")
    headers = (("Content-Type", "text/html"),)
    made = [
        out.write(
            Exchange("GET", f"https://tin.example.vn/{n}", (), 200, "OK", headers, PAGE + bytes([n]), NOW)
        )
        for n in range(3)
    ]
    out.close()
    return made


def test_every_flipped_byte_is_noticed_or_harmless(tmp_path: Path, captures: list[Capture]) -> None:
    middle = captures[1]
    path = tmp_path / middle.warc_file
    data = path.read_bytes()
    harmless = 0
    for position in range(middle.offset, middle.offset + middle.length):
        path.write_bytes(data[:position] + bytes([data[position] ^ 0x55]) + data[position + 1 :])
        try:
            assert read_capture(tmp_path, middle).body == PAGE + b"\x01"
            harmless += 1
        except DamageError as error:
            assert f"{path}@{middle.offset}" in str(error)
            assert warc_problems(path)
    assert harmless <= 6  # time, flags and system of the gzip head


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"record_id": "<urn:uuid:0>"}, "another record"),
        ({"payload_digest": sha1_label(b"else")}, "payload digest is not the index's"),
        ({"length": 100}, "not one whole record"),
        ({"length": 100_000}, "the file ends"),
        ({"offset": 3}, "damaged record"),
        ({"offset": 0, "length": 0}, "not one whole record"),
    ],
)
def test_wrong_pointers(
    tmp_path: Path, captures: list[Capture], change: dict[str, object], message: str
) -> None:
    with pytest.raises(DamageError, match=message):
        read_capture(tmp_path, replace(captures[0], **change))  # type: ignore[arg-type]


def test_missing_file(tmp_path: Path, captures: list[Capture]) -> None:
    with pytest.raises(WarcError, match=r"gone\.warc\.gz: not there.*restore"):
        read_capture(tmp_path, replace(captures[0], warc_file="gone.warc.gz"))
    with pytest.raises(WarcError, match="cannot read"):
        list(read_all(tmp_path / "gone.warc.gz"))
    with pytest.raises(WarcError, match="cannot read"):
        warc_problems(tmp_path / "gone.warc.gz")


def test_torn_file_is_read_up_to_the_tear_and_told(tmp_path: Path, captures: list[Capture]) -> None:
    path = tmp_path / captures[0].warc_file
    path.write_bytes(path.read_bytes()[: captures[2].offset + 50])
    records = read_all(path)
    assert [next(records)[0], next(records)[0]] == captures[:2]
    with pytest.raises(DamageError, match=f"@{captures[2].offset}: torn tail.*50 bytes"):
        next(records)
    damage: list[DamageError] = []
    assert [capture for capture, _ in read_all(path, damage.append)] == captures[:2]
    assert warc_problems(path) == tuple(map(str, damage))
    assert "torn tail" in str(damage[0])


def test_wrong_digests_and_lengths_are_found_and_the_walk_goes_on(tmp_path: Path) -> None:
    def record(kind: str, block: bytes, extra: str) -> bytes:
        head = f"WARC/1.1\r\nWARC-Type: {kind}\r\nWARC-Date: 2026-10-03T00:00:00Z\r\n{extra}\r\n\r\n"
        return gzip.compress(head.encode() + block + b"\r\n\r\n")

    path = tmp_path / "bad.warc.gz"
    http = b"HTTP/1.1 200 OK\r\n\r\nbody"
    size = f"Content-Length: {len(http)}\r\nWARC-Target-URI: http://a.example/"
    records = [
        record("warcinfo", b"a: b\r\n", "Content-Length: 6"),
        record("response", http, f"{size}\r\nWARC-Block-Digest: {sha1_label(b'x')}"),
        record("response", http, f"{size}\r\nWARC-Payload-Digest: {sha1_label(b'x')}"),
        record("response", http, f"{size}\r\nWARC-Payload-Digest: {sha1_label(b'body')}"),
        record("response", http, "Content-Length: 99"),
        record("response", http, "Content-Length: 5"),
        record("response", http, "Content-Length: many"),
        record("response", b"SSH-2.0\r\n\r\n..........12", size),
        gzip.compress(b"not a record at all"),
    ]
    path.write_bytes(b"".join(records))
    problems = warc_problems(path)
    expected = [
        "block digest",
        "payload digest",
        "99 bytes, 27 are",
        "22 bytes follow",
        "'many'",
        "SSH-2.0",
        "not a WARC",
    ]
    assert len(problems) == len(expected)
    for problem, words in zip(problems, expected, strict=True):
        assert words in problem
    with pytest.raises(DamageError, match="99 bytes"):
        list(read_all(path))
    damage: list[DamageError] = []
    assert [response.body for _, response in read_all(path, damage.append)] == [b"body"] * 3
    assert list(map(str, damage)) == list(problems[2:])
    (tmp_path / "empty.warc.gz").touch()
    assert warc_problems(tmp_path / "empty.warc.gz") == (
        f"{tmp_path / 'empty.warc.gz'}@0: the file is empty",
    )


@pytest.mark.parametrize("packed", [True, False], ids=["gzip", "plain"])
def test_files_of_other_tools(tmp_path: Path, packed: bool) -> None:
    path = tmp_path / ("other.warc.gz" if packed else "other.warc")
    with path.open("wb") as stream:
        out = OtherWriter(stream, gzip=packed)
        out.write_record(out.create_warcinfo_record("other", {"software": "another"}))
        for fields, body in (
            ([("Transfer-Encoding", "chunked")], b"4\r\nCong\r\n5\r\n doan\r\n0\r\n\r\n"),
            ([("Content-Type", "text/html")], b"Cong doan\n\r\n\r\n"),
            ([("Transfer-Encoding", "chunked")], b"Cong doan"),  # a lie many files tell
        ):
            head = StatusAndHeaders("200 OK", fields, protocol="HTTP/1.0")
            out.write_record(
                out.create_warc_record(
                    "http://a.example/", "response", BytesIO(body), len(body), http_headers=head
                )
            )
        out.write_record(out.create_warc_record("dns:a.example", "response", BytesIO(b"192.0.2.1"), 9))
    assert warc_problems(path) == ()
    found = list(read_all(path))
    assert [response.body for _, response in found] == [b"Cong doan", b"Cong doan\n\r\n\r\n", b"Cong doan"]
    assert found[0][1].headers == (("X-Crawler-Transfer-Encoding", "chunked"),)
    for capture, response in found:
        assert read_capture(tmp_path, capture) == response
    with path.open("r+b") as stream:
        stream.truncate(path.stat().st_size - 60)
    assert "torn tail" in warc_problems(path)[-1]


def test_one_gzip_stream_for_a_whole_file_is_refused_with_advice(
    tmp_path: Path, captures: list[Capture]
) -> None:
    path = tmp_path / captures[0].warc_file
    path.write_bytes(gzip.compress(gzip.decompress(path.read_bytes())))
    with pytest.raises(DamageError, match="warcio recompress"):
        list(read_all(path))


@pytest.mark.parametrize(
    ("label", "same"),
    [
        (sha1_label(b"x"), True),
        ("sha1:11f6ad8ec52a2984abaafd7c3b516503785c2072", True),
        ("SHA-256:2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881", True),
        (sha1_label(b"y"), False),
        ("blub:ABC", False),
        ("", False),
    ],
)
def test_digest_labels(label: str, same: bool) -> None:
    assert digest_matches(label, b"x") is same


RAW = zlib.compressobj(6, zlib.DEFLATED, -15)
PACKED = {
    "gzip": gzip.compress(PAGE),
    "x-gzip": gzip.compress(PAGE[:100]) + gzip.compress(PAGE[100:]),
    "gzip with waste behind": gzip.compress(PAGE) + b"\0\0\0",
    "deflate": zlib.compress(PAGE),
    "deflate without frame": RAW.compress(PAGE) + RAW.flush(),
    "br": brotli.compress(PAGE),
    "zstd": zstd.compress(PAGE[:100]) + zstd.compress(PAGE[100:]),
    "identity": PAGE,
    "GZIP, identity": gzip.compress(PAGE),
    "br, gzip": gzip.compress(brotli.compress(PAGE)),
}


def stored(encoding: str, body: bytes) -> StoredResponse:
    return StoredResponse("http://a.example/", NOW, 200, "OK", (("Content-Encoding", encoding),), body)


@pytest.mark.parametrize(("label", "body"), PACKED.items(), ids=PACKED.keys())
def test_content_undoes_encodings(label: str, body: bytes) -> None:
    response = stored(label.partition(" with")[0], body)
    assert response.content() == PAGE
    assert replace(response, body=b"").content() == b""
    assert response.content(max_bytes=len(PAGE)) == PAGE
    if "identity" not in label or "," in label:
        with pytest.raises(ContentError, match=f"more than {len(PAGE) - 1} bytes"):
            response.content(max_bytes=len(PAGE) - 1)


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "br", "zstd"])
def test_content_that_cannot_be_undone(encoding: str) -> None:
    whole = PACKED[encoding]
    for body in (whole[: len(whole) // 3], b"<html>not packed at all</html>"):
        with pytest.raises(ContentError, match=f"content-encoding {encoding} cannot be undone"):
            stored(encoding, body).content()
    with pytest.raises(ContentError, match="unknown content-encoding 'lzma'"):
        stored("lzma", b"x").content()


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "br", "zstd"])
def test_bombs_stop_at_the_limit(encoding: str) -> None:
    pack = {"gzip": gzip.compress, "deflate": zlib.compress, "br": brotli.compress, "zstd": zstd.compress}
    bomb = pack[encoding](bytes(8 << 20))
    with pytest.raises(ContentError, match="more than 1000000 bytes"):
        stored(encoding, bomb).content(max_bytes=1_000_000)


def test_repeated_encoding_headers() -> None:
    headers = (("Content-Encoding", "br"), ("content-encoding", "gzip"))
    assert replace(stored("", gzip.compress(brotli.compress(PAGE))), headers=headers).content() == PAGE
