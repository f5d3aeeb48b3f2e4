"""What is written is what came over the wire, and other tools agree."""

from __future__ import annotations

import gzip
import re
import threading
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from pathlib import Path
from tempfile import TemporaryDirectory
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from warcio.archiveiterator import ArchiveIterator
from warcio.checker import Checker

from storage.warc.errors import WarcError
from storage.warc.exchange import Exchange, Headers, Original
from storage.warc.payload_digest import sha1_label
from storage.warc.record_reader import read_all, read_capture
from storage.warc.write import WarcWriter
from tests.storage.warc.warc_check import warc_problems

NOW = datetime(2026, 10, 3, 20, 15, 30, 123456, tzinfo=timezone(timedelta(hours=7)))
PAGE = "<html><body><h1>Công đoàn cơ sở tổ chức hội nghị người lao động</h1></body></html>".encode()
PAGE_HEADERS: Headers = (("Content-Type", "text/html; charset=utf-8"), ("Server", "nginx"))


def exchange(**changes: Any) -> Exchange:
    made = Exchange(
        "GET", "https://tin.example.vn/a?b=1", (("Accept", "*/*"),), 200, "OK", PAGE_HEADERS, PAGE, NOW
    )
    return replace(made, **changes)


def writer(directory: Path, name: str = "night", max_bytes: int = 1 << 30) -> WarcWriter:
    return WarcWriter(directory, name, software="congdoan/0.1", operator="thu-vien", max_bytes=max_bytes)


def warcio_problems(path: Path) -> int:
    with path.open("rb") as stream:
        records = ArchiveIterator(stream, check_digests="raise")
        for record in records:
            record.content_stream().read()
        return int(records.err_count) + int(
            Checker(SimpleNamespace(inputs=[str(path)], verbose=False)).process_all()
        )


def warcio_records(path: Path) -> list[tuple[str, Any, bytes]]:
    with path.open("rb") as stream:
        return [(r.rec_type, r.rec_headers, r.raw_stream.read()) for r in ArchiveIterator(stream)]


EXCHANGES = {
    "page": exchange(),
    "gzip body kept packed": exchange(
        response_headers=(*PAGE_HEADERS, ("Content-Encoding", "gzip")), body=gzip.compress(PAGE)
    ),
    "binary": exchange(body=bytes(range(256)) * 40, response_headers=(("Content-Type", "application/pdf"),)),
    "body that looks like a WARC": exchange(body=b"WARC/1.1\r\n\r\nHTTP/1.1 200 OK\r\n\r\n" * 3),
    "empty body": exchange(body=b""),
    "no headers, no reason": exchange(request_headers=(), response_headers=(), reason=""),
    "not found": exchange(status=404, reason="Không tìm thấy"),
    "redirect": exchange(status=302, reason="Found", response_headers=(("Location", "/b"),), body=b""),
    "repeated headers": exchange(response_headers=(("Set-Cookie", "a=1"), ("Set-Cookie", "b=2"), ("X", ""))),
    "post": exchange(method="POST", request_body="trang=2&từ=công".encode()),
    "304 nobody remembers": exchange(status=304, reason="Not Modified", body=b""),
    "dialled": exchange(ip="127.0.0.1", dialled="127.0.0.1:8001"),
    "cut short": exchange(truncated="disconnect"),
    "root": exchange(url="http://tin.example.vn"),
}


@pytest.mark.parametrize("sent", EXCHANGES.values(), ids=EXCHANGES.keys())
def test_exchange_comes_back_as_sent(tmp_path: Path, sent: Exchange) -> None:
    out = writer(tmp_path)
    captures = [out.write(sent), out.write(exchange()), out.write(sent)]
    for capture in captures:  # while the file still ends in .open
        assert read_capture(tmp_path, capture).body in {sent.body, PAGE}
    out.close()
    for capture in (captures[0], captures[2]):
        read = read_capture(tmp_path, capture)
        assert (read.url, read.status, read.body) == (sent.url, sent.status, sent.body)
        assert read.reason.encode("latin-1").decode() == sent.reason
        assert read.headers == sent.response_headers
        assert read.fetched_at == sent.fetched_at
        assert read.refers_to is None
        assert capture.payload_digest == sha1_label(sent.body)
        assert capture.dialled == sent.dialled
    path = tmp_path / captures[0].warc_file
    assert path.name == "night-00000.warc.gz"
    assert [capture for capture, _ in read_all(path)] == [replace(c, fetched_at=NOW) for c in captures]
    assert warcio_problems(path) == 0
    assert warc_problems(path) == ()


def test_records_carry_their_relations(tmp_path: Path) -> None:
    out = writer(tmp_path)
    capture = out.write(
        exchange(ip="192.0.2.7", dialled="127.0.0.1:8001", method="POST", request_body=b"q=1")
    )
    out.close()
    info, response, request = warcio_records(tmp_path / capture.warc_file)
    assert [info[0], response[0], request[0]] == ["warcinfo", "response", "request"]
    assert b"software: congdoan/0.1\r\noperator: thu-vien\r\nformat: WARC File Format 1.1\r\n" in info[2]
    assert b"robots: obey\r\n" in info[2]
    assert info[1]["WARC-Filename"] == capture.warc_file
    assert response[1]["WARC-Record-ID"] == request[1]["WARC-Concurrent-To"] == capture.record_id
    assert response[1].protocol == "WARC/1.1"
    for fields in (response[1], request[1]):
        assert fields["WARC-Date"] == "2026-10-03T13:15:30.123456Z"
        assert fields["WARC-Target-URI"] == capture.url
        assert fields["WARC-Warcinfo-ID"] == info[1]["WARC-Record-ID"]
        assert fields["WARC-IP-Address"] == "192.0.2.7"
        assert fields["WARC-Dialled-To"] == "127.0.0.1:8001"
        assert re.fullmatch("sha1:[A-Z2-7]{32}", fields["WARC-Block-Digest"])
        assert re.fullmatch("sha1:[A-Z2-7]{32}", fields["WARC-Payload-Digest"])
    assert request[2] == b"q=1"


@pytest.mark.parametrize(
    ("url", "line", "host"),
    [
        ("https://tin.example.vn/a?b=1", b"GET /a?b=1 HTTP/1.1", b"tin.example.vn"),
        ("http://u:p@tin.example.vn:81?b", b"GET /?b HTTP/1.1", b"tin.example.vn:81"),
        ("http://[::1]:81/", b"GET / HTTP/1.1", b"[::1]:81"),
        (
            "http://tin.example.vn/bài viết\r\nX: y",
            b"GET /b%C3%A0i%20vi%E1%BA%BFt%0D%0AX:%20y HTTP/1.1",
            b"tin.example.vn",
        ),
    ],
)
def test_request_line(tmp_path: Path, url: str, line: bytes, host: bytes) -> None:
    out = writer(tmp_path)
    capture = out.write(exchange(url=url))
    out.close()
    with (tmp_path / capture.warc_file).open("rb") as stream:
        blocks = [record.raw_stream.read() for record in ArchiveIterator(stream, no_record_parse=True)]
    assert blocks[2].startswith(line + b"\r\nHost: " + host + b"\r\nAccept: */*\r\n\r\n")
    assert read_capture(tmp_path, capture).url == capture.url


def test_identical_payload_becomes_a_revisit(tmp_path: Path) -> None:
    out = writer(tmp_path)
    first = out.write(exchange())
    original = Original(first.record_id, first.payload_digest, first.url, first.fetched_at)
    again = out.write(exchange(fetched_at=NOW + timedelta(days=1)), original)
    changed = out.write(exchange(body=PAGE + b"!"), original)
    out.close()
    assert (again.revisit, again.payload_digest, again.status) == (True, first.payload_digest, 200)
    assert (changed.revisit, changed.payload_digest) == (False, sha1_label(PAGE + b"!"))
    read = read_capture(tmp_path, again)
    assert (read.body, read.headers, read.refers_to) == (b"", PAGE_HEADERS, original)
    kind, fields, block = warcio_records(tmp_path / again.warc_file)[3]
    assert (kind, block) == ("revisit", b"")
    assert fields["WARC-Profile"] == "http://netpreserve.org/warc/1.1/revisit/identical-payload-digest"
    assert fields["WARC-Refers-To"] == first.record_id
    assert fields["WARC-Refers-To-Target-URI"] == first.url
    assert fields["WARC-Refers-To-Date"] == "2026-10-03T13:15:30.123456Z"
    assert warcio_problems(tmp_path / again.warc_file) == 0


def test_304_becomes_a_revisit_with_the_originals_digest(tmp_path: Path) -> None:
    original = Original(
        "<urn:uuid:00000000-0000-4000-8000-000000000001>", sha1_label(PAGE), "https://tin.example.vn/cũ", NOW
    )
    out = writer(tmp_path)
    capture = out.write(exchange(status=304, reason="Not Modified", body=b""), original)
    out.close()
    assert (capture.revisit, capture.status, capture.payload_digest) == (True, 304, sha1_label(PAGE))
    fields = warcio_records(tmp_path / capture.warc_file)[1][1]
    assert fields["WARC-Profile"] == "http://netpreserve.org/warc/1.1/revisit/server-not-modified"
    assert fields["WARC-Payload-Digest"] == sha1_label(PAGE)
    assert fields["WARC-Refers-To-Target-URI"] == "https://tin.example.vn/c%C5%A9"
    assert warc_problems(tmp_path / capture.warc_file) == ()


def test_transfer_encoding_is_told_but_not_claimed(tmp_path: Path) -> None:
    out = writer(tmp_path)
    capture = out.write(exchange(response_headers=(("Transfer-Encoding", "chunked"),)))
    out.close()
    assert read_capture(tmp_path, capture).headers == (("X-Crawler-Transfer-Encoding", "chunked"),)
    with (tmp_path / capture.warc_file).open("rb") as stream:
        blocks = [record.raw_stream.read() for record in ArchiveIterator(stream, no_record_parse=True)]
    assert blocks[1] == b"HTTP/1.1 200 OK\r\nX-Crawler-Transfer-Encoding: chunked\r\n\r\n" + PAGE


@pytest.mark.parametrize(
    ("name", "value", "read"),
    [
        ("Location", "/a\r\nSet-Cookie: evil=1", ("Location", "/a Set-Cookie: evil=1")),
        ("Bad\r\nName", "x", ("Bad Name", "x")),
        ("", "x", ("X-Crawler-Nameless", "x")),
        ("a:b", "c:d", ("ab", "c:d")),
        (" folded", "\t x \0", ("folded", "x")),
        ("X", "caf\xe9", ("X", "caf\xe9")),
        ("X", "Liên đoàn", ("X", "Liên đoàn".encode().decode("latin-1"))),
        ("X", "\udc80\ud800", ("X", b"\xed\xb2\x80\xed\xa0\x80".decode("latin-1"))),
    ],
)
def test_strange_headers(tmp_path: Path, name: str, value: str, read: tuple[str, str]) -> None:
    out = writer(tmp_path)
    capture = out.write(
        exchange(response_headers=((name, value), ("End", "1")), request_headers=((name, value),))
    )
    out.close()
    assert read_capture(tmp_path, capture).headers == (read, ("End", "1"))
    assert warcio_problems(tmp_path / capture.warc_file) == 0


anything = st.text(st.characters(exclude_categories=()), max_size=30)
bytes_as_text = st.binary(max_size=40).map(
    lambda raw: re.sub(rb"[\r\n\0]", b"", raw).strip(b" \t").decode("latin-1")
)
token = st.text("abcXYZ019-_.!", min_size=1, max_size=12).map(lambda name: "X" + name)


@settings(max_examples=40, deadline=None)
@given(
    headers=st.lists(st.tuples(token, bytes_as_text), max_size=6).map(tuple),
    junk=st.lists(st.tuples(anything, anything), max_size=4).map(tuple),
    reason=anything,
    body=st.binary(max_size=3000),
    status=st.integers(100, 599),
)
def test_any_bytes_survive(headers: Headers, junk: Headers, reason: str, body: bytes, status: int) -> None:
    sent = exchange(response_headers=headers, request_headers=junk, body=body, status=status)
    junky = exchange(response_headers=junk, reason=reason, body=body)
    with TemporaryDirectory() as name:
        directory = Path(name)
        out = writer(directory)
        captures = out.write(sent), out.write(junky)
        out.close()
        read = read_capture(directory, captures[0])
        assert (read.status, read.headers, read.body) == (status, headers, body)
        read = read_capture(directory, captures[1])
        assert (len(read.headers), read.body) == (len(junk), body)
        assert warc_problems(directory / captures[0].warc_file) == ()
        assert warcio_problems(directory / captures[0].warc_file) == 0


def test_files_rotate(tmp_path: Path) -> None:
    out = writer(tmp_path, max_bytes=2000)
    captures = [out.write(exchange(url=f"https://tin.example.vn/{number}")) for number in range(7)]
    assert len(list(tmp_path.glob("*.open"))) == 1
    out.close()
    names = sorted({capture.warc_file for capture in captures})
    assert len(names) >= 2
    assert names == [f"night-{serial:05d}.warc.gz" for serial in range(len(names))]
    assert sorted(path.name for path in tmp_path.iterdir()) == names
    for name in names:
        assert warcio_problems(tmp_path / name) == 0
        assert warcio_records(tmp_path / name)[0][0] == "warcinfo"
    assert [read_capture(tmp_path, capture).url for capture in captures] == [
        capture.url for capture in captures
    ]


@pytest.mark.parametrize("left", ["night-00000.warc.gz", "night-00000.warc.gz.open"])
def test_nothing_is_overwritten(tmp_path: Path, left: str) -> None:
    (tmp_path / left).write_bytes(b"precious")
    with pytest.raises(WarcError, match=f"{left}: exists already.*recovery.*another name"):
        writer(tmp_path)
    assert [(path.name, path.read_bytes()) for path in tmp_path.iterdir()] == [(left, b"precious")]


def test_close_twice_and_empty(tmp_path: Path) -> None:
    out = writer(tmp_path)
    out.sync()
    out.close()
    out.close()
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(WarcError, match="closed"):
        out.write(exchange())


@pytest.mark.parametrize("name", ["", "../night", ".hidden"])
def test_bad_names(tmp_path: Path, name: str) -> None:
    with pytest.raises(WarcError, match="cannot name a WARC file"):
        writer(tmp_path, name)


def test_directory_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(WarcError, match=r"gone/night-00000.*create it, or mount its disk"):
        writer(tmp_path / "gone")
    (tmp_path / "file").touch()
    with pytest.raises(WarcError, match="choose another directory"):
        writer(tmp_path / "file")


def test_naive_times_are_refused() -> None:
    with pytest.raises(ValueError, match="no time zone"):
        exchange(fetched_at=datetime(2026, 10, 3))  # noqa: DTZ001 - the case


def test_sync_from_another_thread_while_files_rotate(tmp_path: Path) -> None:
    out = writer(tmp_path, max_bytes=3000)
    done, failures = threading.Event(), list[BaseException]()

    def keep_syncing() -> None:
        try:
            while not done.is_set():
                out.sync()
        except (OSError, WarcError) as error:
            failures.append(error)

    thread = threading.Thread(target=keep_syncing)
    thread.start()
    captures = [out.write(exchange()) for _ in range(60)]
    done.set()
    thread.join()
    out.close()
    assert failures == []
    assert all(read_capture(tmp_path, capture).body == PAGE for capture in captures)
