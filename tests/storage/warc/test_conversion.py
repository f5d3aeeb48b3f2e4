"""What a browser made of a response: written beside it, read back, and no exchange."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from warcio.archiveiterator import ArchiveIterator

from storage.warc.errors import DamageError
from storage.warc.exchange import RENDERED, Conversion, Exchange
from storage.warc.record_reader import read_all, read_capture
from storage.warc.write import WarcWriter
from tests.storage.warc.warc_check import warc_problems

NOW = datetime(2026, 11, 21, 18, 0, tzinfo=UTC)
URL = "https://cong-doan.example/bài viết"
HTML = "<!DOCTYPE html><html><body><h1>Công đoàn</h1></body></html>".encode()


def test_it_refers_to_its_response_and_is_read_back(tmp_path: Path) -> None:
    out = WarcWriter(tmp_path, "night", software="congdoan/0.1")
    sent = out.write(
        Exchange("GET", URL, (), 200, "OK", (), b"<script></script>", NOW, dialled="127.0.0.1:1")
    )
    made = out.write_conversion(Conversion(URL, HTML, NOW, sent.record_id, "Chromium 156", "127.0.0.1:1"))
    out.sync()
    read = read_capture(tmp_path, made)
    out.close()
    assert (read.status, read.body, read.rendered_by) == (200, HTML, "Chromium 156")
    assert read.headers == (("Content-Type", RENDERED),)
    assert (made.url, made.dialled, made.content_type) == (sent.url, "127.0.0.1:1", RENDERED)
    path = tmp_path / made.warc_file
    assert warc_problems(path) == ()
    assert [capture.record_id for capture, _ in read_all(path)] == [sent.record_id]  # responses only
    with path.open("rb") as stream:
        (record,) = (record for record in ArchiveIterator(stream) if record.rec_type == "conversion")
        assert record.rec_headers.get_header("WARC-Refers-To") == sent.record_id
        assert record.rec_headers.get_header("WARC-Dialled-To") == "127.0.0.1:1"
    with pytest.raises(DamageError, match="payload digest"):
        read_capture(tmp_path, replace(made, payload_digest=sent.payload_digest))


def test_a_file_may_begin_with_one(tmp_path: Path) -> None:
    out = WarcWriter(tmp_path, "night", software="congdoan/0.1", max_bytes=1)
    sent = out.write(Exchange("GET", URL, (), 200, "OK", (), b"<script></script>", NOW))
    made = out.write_conversion(Conversion(URL, HTML, NOW, sent.record_id, "Chromium 156"))
    out.close()
    assert made.warc_file != sent.warc_file
    assert warc_problems(tmp_path / made.warc_file) == ()
    assert read_capture(tmp_path, made).body == HTML
