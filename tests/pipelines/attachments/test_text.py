"""What is read out of a file, and what is told when nothing can be."""

from __future__ import annotations

import asyncio
import os
import random
import signal
import struct
import time
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crawler.demo.sample_files import jpeg_image, png_image
from pipelines.attachments import text as files
from pipelines.attachments.text import read_attachment, read_image
from pipelines.read_page import read_file_bytes
from pipelines.reader_pool import ReaderPool
from spiders.items import Page
from storage.records import FileReading, FileStatus
from tests import sample_files as papers
from tests.sample_files import LINES, TITLE

TEXT = "\n".join((TITLE, *LINES))
ROWS = (("Đơn vị", "Số đoàn viên"), ("CĐCS Trường THPT Ba Bể", 42.0), ("CĐCS Điện lực", 17.5))
SHEET = "Danh sách\nĐơn vị | Số đoàn viên\nCĐCS Trường THPT Ba Bể | 42\nCĐCS Điện lực | 17.5"
HTML = f"<html><body><p>{TITLE}</p><table><tr><td>Đơn vị</td><td>Số</td></tr></table></body></html>"


@pytest.mark.parametrize(
    ("body", "kind", "text", "pages"),
    [
        (papers.pdf(f"{TITLE}\n{LINES[0]}", LINES[1]), "pdf", TEXT, 2),
        (papers.word(TITLE, *LINES), "docx", TEXT, None),
        (papers.word(TITLE, rows=(("Tên", "Chức vụ"), ("Ma Văn Lợi", "Chủ tịch"))), "docx",
         f"{TITLE}\nTên | Chức vụ\nMa Văn Lợi | Chủ tịch", None),
        (papers.word_of("<w:p><w:r><w:t>Điều</w:t><w:tab/><w:t>1</w:t><w:br/><w:t>Mục</w:t></w:r></w:p>"),
         "docx", "Điều 1\nMục", None),
        (papers.slides(TITLE, *LINES), "pptx", TEXT, 3),
        (papers.open_text(TITLE, *LINES), "odt", TEXT, None),
        (papers.sheet(ROWS), "xlsx", SHEET, 1),
        (papers.old_sheet(ROWS), "xls", SHEET, 1),
        (papers.old_word(f"{TITLE}\r", b"Huy\xeante\r", f"{LINES[0]}\r"), "doc",
         f"{TITLE}\nHuyênte\n{LINES[0]}", None),
        (papers.old_word("Tên\x07Chức vụ\x07\x07Lợi\x07Chủ tịch\x07\x07"), "doc",
         "Tên | Chức vụ\nLợi | Chủ tịch", None),
        (papers.old_word("Xem \x13 HYPERLINK \x13 X \x15 \x14trang chủ\x15 nhé\r"), "doc",
         "Xem trang chủ nhé", None),
        (papers.rich_text(TITLE, *LINES), "rtf", TEXT, None),
        (HTML.encode(), "html", f"{TITLE}\nĐơn vị | Số", None),
    ],
)  # fmt: skip
def test_text_is_read_out_of_every_kind(body: bytes, kind: str, text: str, pages: int | None) -> None:
    reading = read_attachment(body, "/tep/van-ban.doc", "application/octet-stream")
    assert reading == FileReading(FileStatus.READ, kind, text, pages=pages)


BOMB = papers.word_of(" " * 60_000_000)
WORDY = papers.zipped({"word/document.xml": random.Random(1).randbytes(300_000) + bytes(55_000_000)})
HOARD = papers.zipped({"word/document.xml": "<w/>", "word/media/a.bin": bytes(30_000_000)})
ENTITIES = papers.word_of(
    "<w:p><w:r><w:t>Mở đầu &b;</w:t></w:r></w:p>",
    '<!DOCTYPE w [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>',
)
LYING = BOMB.replace(struct.pack("<I", 60_000_113), struct.pack("<I", 1_000))


@pytest.mark.parametrize(
    ("body", "status", "kind", "detail"),
    [
        (papers.scanned_pdf(), FileStatus.NO_TEXT, "pdf", "0 letters on 2 pages: a scan"),
        (papers.locked_pdf(), FileStatus.ENCRYPTED, "pdf", "password"),
        (papers.pdf(TITLE)[:300], FileStatus.BROKEN, "pdf", "Failed to load"),
        (b"%PDF-1.4\nhong", FileStatus.BROKEN, "pdf", "Failed to load"),
        (papers.word(TITLE)[:-400], FileStatus.BROKEN, "zip", "no reader for zip"),
        (BOMB, FileStatus.BOMB, "docx", "would unpack to 60000113 in 1 parts"),
        (WORDY, FileStatus.BOMB, "docx", "at most 50000000 are read"),
        (HOARD, FileStatus.BOMB, "docx", "would unpack to"),
        (LYING, FileStatus.BROKEN, "docx", "BadZipFile"),
        (papers.word_of("<w:p>"), FileStatus.BROKEN, "docx", "word/document.xml"),
        (papers.word_of(""), FileStatus.NO_TEXT, "docx", "empty"),
        (papers.sheet(ROWS)[:900], FileStatus.BROKEN, "zip", "no reader for zip"),
        (papers.compound({"Workbook": b"\x09\x08"}), FileStatus.BROKEN, "xls", "cannot be told apart"),
        (papers.compound({"EncryptedPackage": b"x"}), FileStatus.ENCRYPTED, "encrypted", "password"),
        (papers.compound({"PowerPoint Document": b"x"}), FileStatus.UNSUPPORTED, "ppt", "no reader for ppt"),
        (papers.old_word("x", flags=0x0100), FileStatus.ENCRYPTED, "doc", "password"),
        (papers.old_word("x", version=0x68), FileStatus.UNSUPPORTED, "doc", "Word 95 or older"),
        (papers.old_word("x", flags=0), FileStatus.BROKEN, "doc", "no stream 0Table"),
        (papers.old_word("x")[:700], FileStatus.BROKEN, "ole", "no reader for ole"),
        (b"Rar!\x1a\x07\x00abc", FileStatus.UNSUPPORTED, "rar", "no reader for rar"),
        (papers.zipped({"a.pdf": b"x"}), FileStatus.UNSUPPORTED, "zip", "no reader for zip"),
        (b"", FileStatus.BROKEN, "unknown", "0 bytes"),
        (b"MZ\x90", FileStatus.UNSUPPORTED, "unknown", "no reader for unknown"),
    ],
)
def test_what_cannot_be_read_is_told(body: bytes, status: FileStatus, kind: str, detail: str) -> None:
    reading = read_attachment(body, "/tep/a.pdf", "application/pdf")
    assert (reading.status, reading.type) == (status, kind)
    assert detail in reading.detail


def test_a_page_in_place_of_a_file_is_none() -> None:
    assert read_attachment(HTML.encode(), "/tep/a.pdf", "application/pdf").status is FileStatus.PAGE
    assert read_attachment(HTML.encode(), "/tep/a.doc", "text/html; charset=utf-8").status is FileStatus.PAGE


def test_entities_are_not_expanded() -> None:
    reading = read_attachment(ENTITIES, "/a.docx", None)
    assert (reading.status, reading.text) == (FileStatus.READ, "Mở đầu")


def test_a_text_is_mended_once_it_is_read() -> None:
    def mend(text: str) -> tuple[str, str | None]:
        return text.replace("c«ng ®oµn", "công đoàn"), "TCVN3 in 1 line"

    reading = read_attachment(papers.old_word("c«ng ®oµn\r".encode("cp1252")), "/a.doc", None, mend)
    assert (reading.text, reading.note) == ("công đoàn", "TCVN3 in 1 line")


def test_a_text_beyond_the_limit_is_cut_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "MAX_TEXT_CHARS", 50)
    reading = read_attachment(papers.word(*LINES), "/a.docx", None)
    assert (len(reading.text), reading.detail) == (50, "only the first 50 characters are kept")


@pytest.mark.parametrize(("body", "kind"), [(png_image("/a"), "png"), (jpeg_image("/a"), "jpeg")])
def test_an_image_tells_its_size(body: bytes, kind: str) -> None:
    assert read_image(body) == FileReading(FileStatus.READ, kind, width=48, height=32)
    assert read_attachment(body, "/a.pdf", None).type == kind


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"\xff\xd8\xff", FileStatus.BROKEN),
        (png_image("/a")[:17], FileStatus.BROKEN),
        (b"GIF89a\x00", FileStatus.BROKEN),
        (b"RIFF\x00\x00\x00\x00WEBP", FileStatus.BROKEN),
        (b"II*\x00\xff\xff", FileStatus.BROKEN),
        (b"<html><body>404</body></html>", FileStatus.PAGE),
        (b"%PDF-1.4", FileStatus.BROKEN),
    ],
)
def test_what_is_no_image_is_told(body: bytes, status: FileStatus) -> None:
    assert read_image(body).status is status


KINDS = {
    "pdf": papers.pdf(TEXT),
    "docx": papers.word(*LINES),
    "doc": papers.old_word(TEXT),
    "xls": papers.old_sheet(ROWS),
    "png": png_image("/a"),
    "jpeg": jpeg_image("/a"),
}


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(sorted(KINDS)), st.integers(0, 4000), st.binary(min_size=1, max_size=6))
def test_damaged_files_raise_nothing(kind: str, at: int, noise: bytes) -> None:
    whole = KINDS[kind]
    at %= len(whole)
    for body in (whole[:at], whole[:at] + noise + whole[at + len(noise) :]):
        assert isinstance(read_attachment(body, f"/a.{kind}", None).status, FileStatus)
        assert isinstance(read_image(body).status, FileStatus)


def page(body: bytes, kind: str = "attachment") -> Page:
    url = "https://a.vn/1.docx"
    return Page("a", url, url, kind, 200, (), body, datetime.now(UTC))  # type: ignore[arg-type]


def behave(given: Page) -> FileReading:
    """What a worker does with a file: as its body says."""
    if given.body == b"die":
        os.kill(os.getpid(), signal.SIGKILL)
    if given.body == b"hang":
        time.sleep(60)
    if given.body == b"swell":
        bytearray(4_000_000_000)
    if given.body == b"break":
        raise ValueError("no such table")
    return read_file_bytes(given)


BAD = {
    b"die": (FileStatus.POISON, "exit code -9"),
    b"hang": (FileStatus.TIMEOUT, "took over 8 s"),
    b"swell": (FileStatus.BOMB, "MemoryError"),
    b"break": (FileStatus.BROKEN, "ValueError: no such table"),
}


def test_a_bad_file_harms_only_itself() -> None:
    async def run() -> list[FileReading]:
        pool = ReaderPool({}, workers=2, timeout=8.0)
        given = [
            page(papers.word(TITLE)),
            *map(page, BAD),
            page(papers.word(LINES[0])),
            page(png_image("/a"), "image"),
        ]
        try:
            return await asyncio.gather(*(pool.read_file(given_page, behave) for given_page in given))
        finally:
            pool.stop()

    first, *bad, last, image = asyncio.run(run())
    assert (first.text, last.text, image.width) == (TITLE, LINES[0], 48)
    assert [reading.status for reading in bad] == [status for status, _ in BAD.values()]
    assert all(detail in reading.detail for reading, (_, detail) in zip(bad, BAD.values(), strict=True))
