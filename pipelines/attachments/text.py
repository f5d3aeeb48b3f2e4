"""The CPU half of a file's way: bytes to text, or the reason why there is none (runs in a process pool)."""

from __future__ import annotations

import io
import re
import unicodedata
import zipfile
from collections.abc import Callable, Iterator
from datetime import date, datetime, time, timedelta
from functools import partial

import imagesize
import lxml.html
import pypdfium2
from lxml import etree
from python_calamine import CalamineError, CalamineWorkbook, PasswordError
from striprtf.striprtf import rtf_to_text

from pipelines.attachments.file_type import IMAGES, sniff_file_type
from pipelines.attachments.msdoc import read_msdoc
from pipelines.attachments.office_xml import (
    BrokenFileError,
    EncryptedFileError,
    UnreadableFileError,
    read_office_xml,
    require_no_zip_bomb,
)
from pipelines.decode.charset import decode
from storage.records import FileReading, FileStatus

# Raised whenever the same bytes would be read otherwise: files read by an older one are read again when
# their address is asked the next time.
FILE_READER_VERSION = 1
MOST_TEXT = 1_000_000  # characters kept of one file: 500 printed pages
MOST_PAGES = 3_000  # of a PDF
SCANNED = 20  # letters a page: fewer are a stamp or a page number on a picture of a page
IMAGE_HEAD_BYTES = (
    256 * 1024
)  # bytes within which an image tells its size, colour profiles and thumbnails included
PASSWORD = pypdfium2.raw.FPDF_ERR_PASSWORD
SECURITY = pypdfium2.raw.FPDF_ERR_SECURITY
UNSEEN = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\u00ad\u200b-\u200f\u2060-\u2064\ufeff\ufffe\uffff]")
BLANKS = re.compile(r"[ \t\u00a0\u2000-\u200a\u202f\u3000]+")
OFFICE_NAME = re.compile(r"(?i)\.(?:docx?|xlsx?)$")

TextRepair = Callable[[str], tuple[str, str | None]]
Read = Callable[[bytes], tuple[str, int | None]]  # text, pages


def unrepaired(text: str) -> tuple[str, str | None]:
    """The text unmended, and no note."""
    return text, None


def read_attachment(body: bytes, name: str, told: str | None, mend: TextRepair = unrepaired) -> FileReading:
    """Read one attachment; `name` is its address, `told` its content type, `mend` repairs legacy fonts.

    What cannot be read has a status and a detail that say why; nothing of it is raised.
    """
    kind = sniff_file_type(body)
    if kind == "html" and not _is_office_html(name, told):
        return FileReading(FileStatus.PAGE, kind, detail="an HTML page in place of a file")
    if kind in IMAGES:
        return read_image(body)
    try:
        text, pages = READERS.get(kind, partial(_no_reader, kind=kind))(body)
    except UnreadableFileError as error:
        return FileReading(error.status, kind, detail=str(error)[:300])
    return _told(kind, text, pages, mend)


def _no_reader(body: bytes, kind: str) -> tuple[str, None]:
    broken = kind == "ole" or not body or (kind == "zip" and not zipfile.is_zipfile(io.BytesIO(body)))
    raise (BrokenFileError if broken else UnreadableFileError)(f"no reader for {kind}: {_start(body)}")


def _locked(_body: bytes) -> tuple[str, None]:
    raise EncryptedFileError("an Office document under a password")


def read_image(body: bytes) -> FileReading:
    """An image's type and size in pixels, out of its head alone: nothing is decoded."""
    kind = sniff_file_type(body)
    if kind == "html":
        return FileReading(FileStatus.PAGE, kind, detail="an HTML page in place of an image")
    if kind not in IMAGES:
        return FileReading(FileStatus.BROKEN, kind, detail=f"no image: {_start(body)}")
    try:
        width, height = imagesize.get(io.BytesIO(body[:IMAGE_HEAD_BYTES]))
    except (ValueError, OSError, IndexError, EOFError):  # a head that is cut off, each format in its way
        width = height = -1
    if width <= 0 or height <= 0:
        return FileReading(FileStatus.BROKEN, kind, detail="its size in pixels cannot be read")
    return FileReading(FileStatus.READ, kind, width=int(width), height=int(height))


def _is_office_html(name: str, told: str | None) -> bool:
    """Word and Excel save pages under .doc and .xls; servers that answer with an error page say text/html."""
    return bool(OFFICE_NAME.search(name)) and "html" not in (told or "").lower()


def _start(body: bytes) -> str:
    return f"{len(body)} bytes, {body[:8]!r}…"


def _told(kind: str, text: str, pages: int | None, mend: TextRepair) -> FileReading:
    whole, note = mend(_tidy(text[: 2 * MOST_TEXT]))
    shown = whole[:MOST_TEXT]
    cut = f"only the first {MOST_TEXT} characters are kept" if len(whole) > len(shown) else ""
    letters = sum(map(str.isalpha, shown)) if len(shown) < 100 * SCANNED * (pages or 1) else len(shown)
    if not shown or (kind == "pdf" and letters < SCANNED * (pages or 1)):
        detail = f"{letters} letters on {pages or 1} pages: a scan" if kind == "pdf" else "empty"
        return FileReading(FileStatus.NO_TEXT, kind, shown, detail, pages, note=note)
    return FileReading(FileStatus.READ, kind, shown, cut, pages, note=note)


def _tidy(text: str) -> str:
    """NFC, without what is not seen, one blank between words, no empty lines."""
    plain = UNSEEN.sub("", text.replace("\r\n", "\n").replace("\r", "\n").replace("\x0c", "\n"))
    lines = (BLANKS.sub(" ", line).strip() for line in unicodedata.normalize("NFC", plain).split("\n"))
    return "\n".join(line for line in lines if line)


def _pdf(body: bytes) -> tuple[str, int]:
    try:
        document = pypdfium2.PdfDocument(body)
    except pypdfium2.PdfiumError as error:
        if getattr(error, "err_code", None) in {PASSWORD, SECURITY}:
            raise EncryptedFileError("a PDF under a password") from error
        raise BrokenFileError(str(error)) from error
    try:
        return "\n".join(_pdf_pages(document)), len(document)
    except pypdfium2.PdfiumError as error:
        raise BrokenFileError(str(error)) from error
    finally:
        document.close()


def _pdf_pages(document: pypdfium2.PdfDocument) -> Iterator[str]:
    if not len(document):
        raise BrokenFileError("a PDF without a page")
    size = 0
    for number in range(min(len(document), MOST_PAGES)):
        page = document[number]
        text_page = page.get_textpage()
        text = text_page.get_text_bounded()
        text_page.close()
        page.close()
        yield text
        size += len(text)
        if size > MOST_TEXT:
            return


def _sheets(body: bytes, *, packed: bool) -> tuple[str, int]:
    try:
        if packed:
            with zipfile.ZipFile(io.BytesIO(body)) as package:
                require_no_zip_bomb(package, len(body))
        with CalamineWorkbook.from_filelike(io.BytesIO(body)) as book:
            names = book.sheet_names
            return "\n".join(_rows(book, names)), len(names)
    except PasswordError as error:
        raise EncryptedFileError("a workbook under a password") from error
    except (CalamineError, zipfile.BadZipFile, OSError, ValueError) as error:
        raise BrokenFileError(f"{type(error).__name__}: {error}") from error
    except BaseException as error:
        if type(error).__name__ != "PanicException":  # a panic of calamine's: its class cannot be imported
            raise
        raise BrokenFileError(f"its cells cannot be told apart: {error}") from error


def _rows(book: CalamineWorkbook, names: list[str]) -> Iterator[str]:
    size = 0
    for name in names:
        yield name
        for row in book.get_sheet_by_name(name).iter_rows():
            line = " | ".join(shown for shown in map(_cell, row) if shown)
            yield line
            size += len(line)
            if size > MOST_TEXT:
                return


def _cell(value: object) -> str:
    """A cell as people read it: no `.0`, days as they are written in Việt Nam."""
    match value:
        case bool():
            return str(value)
        case float():
            return f"{value:.12g}"
        case datetime():
            return f"{value:%d/%m/%Y %H:%M}".removesuffix(" 00:00")
        case date():
            return f"{value:%d/%m/%Y}"
        case time() | timedelta():
            return str(value)
    return " ".join(str(value).split())


def _rtf(body: bytes) -> tuple[str, None]:
    try:
        text: str = rtf_to_text(body.decode("latin-1"), errors="ignore")  # type: ignore[no-untyped-call]
    except (ValueError, LookupError) as error:
        raise BrokenFileError(f"{type(error).__name__}: {error}") from error
    return text, None


def _html(body: bytes) -> tuple[str, None]:
    try:
        tree = lxml.html.document_fromstring(decode(body, None).text)
    except (etree.ParserError, ValueError) as error:
        raise BrokenFileError(str(error)) from error
    etree.strip_elements(tree, "script", "style", "head", with_tail=False)
    for cell in tree.iter("td", "th"):
        cell.tail = f" | {cell.tail or ''}" if cell.getnext() is not None else cell.tail
    for block in tree.iter("p", "div", "tr", "li", "br", "h1", "h2", "h3", "table"):
        block.tail = f"\n{block.tail or ''}"
    return "".join(map(str, tree.itertext())), None


def _old_word(body: bytes) -> tuple[str, None]:
    return read_msdoc(body), None


READERS: dict[str, Read] = {
    "pdf": _pdf,
    **{kind: partial(read_office_xml, kind=kind) for kind in ("docx", "pptx", "odt", "odp")},
    "xlsx": partial(_sheets, packed=True),
    "ods": partial(_sheets, packed=True),
    "xls": partial(_sheets, packed=False),
    "doc": _old_word,
    "rtf": _rtf,
    "html": _html,
    "encrypted": _locked,
}
