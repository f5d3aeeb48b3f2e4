"""Reads an attachment: bytes to text, or the reason why there is none (CPU work, runs in a process pool)."""

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

from pipelines.attachments.file_type import IMAGE_TYPES, sniff_file_type
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

# Raise it when the same bytes would give other text: files read by an older version are read again when
# their URL is fetched the next time.
FILE_READER_VERSION = 1
MAX_TEXT_CHARS = 1_000_000  # stored of one file: 500 printed pages
MAX_PDF_PAGES = 3_000  # read of a PDF
MIN_LETTERS_A_PAGE = 20  # fewer are a stamp or a page number on a scanned page
IMAGE_HEAD_BYTES = 256 * 1024  # an image's size is within, colour profiles and thumbnails included
PDF_PASSWORD_ERROR = pypdfium2.raw.FPDF_ERR_PASSWORD
PDF_SECURITY_ERROR = pypdfium2.raw.FPDF_ERR_SECURITY
INVISIBLE_CHARS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\u00ad\u200b-\u200f\u2060-\u2064\ufeff\ufffe\uffff]")
BLANKS = re.compile(r"[ \t\u00a0\u2000-\u200a\u202f\u3000]+")
OFFICE_NAME = re.compile(r"(?i)\.(?:docx?|xlsx?)$")

TextRepair = Callable[[str], tuple[str, str | None]]
FileReader = Callable[[bytes], tuple[str, int | None]]  # text, pages


def unrepaired(text: str) -> tuple[str, str | None]:
    """Return the text without repair, and no note."""
    return text, None


def read_attachment(
    body: bytes, name: str, content_type: str | None, repair: TextRepair = unrepaired
) -> FileReading:
    """Read one attachment; `name` is its URL path, `repair` decodes legacy encodings in its text.

    A file that cannot be read gets a status and a detail that say why; no error is raised.
    """
    file_type = sniff_file_type(body)
    if file_type == "html" and not _is_office_html(name, content_type):
        return FileReading(FileStatus.PAGE, file_type, detail="an HTML page in place of a file")
    if file_type in IMAGE_TYPES:
        return read_image(body)
    try:
        text, pages = FILE_READERS.get(file_type, partial(_raise_no_reader, file_type=file_type))(body)
    except UnreadableFileError as error:
        return FileReading(error.status, file_type, detail=str(error)[:300])
    return _text_reading(file_type, text, pages, repair)


def _raise_no_reader(body: bytes, file_type: str) -> tuple[str, None]:
    broken = (
        file_type == "ole" or not body or (file_type == "zip" and not zipfile.is_zipfile(io.BytesIO(body)))
    )
    raise (BrokenFileError if broken else UnreadableFileError)(
        f"no reader for {file_type}: {_describe_start(body)}"
    )


def _raise_encrypted(_body: bytes) -> tuple[str, None]:
    raise EncryptedFileError("an Office document under a password")


def read_image(body: bytes) -> FileReading:
    """Return an image's type and size in pixels, from its head alone: no pixels are decoded."""
    file_type = sniff_file_type(body)
    if file_type == "html":
        return FileReading(FileStatus.PAGE, file_type, detail="an HTML page in place of an image")
    if file_type not in IMAGE_TYPES:
        return FileReading(FileStatus.BROKEN, file_type, detail=f"no image: {_describe_start(body)}")
    try:
        width, height = imagesize.get(io.BytesIO(body[:IMAGE_HEAD_BYTES]))
    except (ValueError, OSError, IndexError, EOFError):  # a head that is cut off, each format in its way
        width = height = -1
    if width <= 0 or height <= 0:
        return FileReading(FileStatus.BROKEN, file_type, detail="its size in pixels cannot be read")
    return FileReading(FileStatus.READ, file_type, width=int(width), height=int(height))


def _is_office_html(name: str, content_type: str | None) -> bool:
    """Return whether HTML was saved by Word or Excel as .doc or .xls; error pages are sent as text/html."""
    return bool(OFFICE_NAME.search(name)) and "html" not in (content_type or "").lower()


def _describe_start(body: bytes) -> str:
    return f"{len(body)} bytes, {body[:8]!r}…"


def _text_reading(file_type: str, text: str, pages: int | None, repair: TextRepair) -> FileReading:
    full_text, note = repair(_tidy_text(text[: 2 * MAX_TEXT_CHARS]))
    stored_text = full_text[:MAX_TEXT_CHARS]
    cut_detail = (
        f"only the first {MAX_TEXT_CHARS} characters are kept" if len(full_text) > len(stored_text) else ""
    )
    letters = (
        sum(map(str.isalpha, stored_text))
        if len(stored_text) < 100 * MIN_LETTERS_A_PAGE * (pages or 1)
        else len(stored_text)
    )
    if not stored_text or (file_type == "pdf" and letters < MIN_LETTERS_A_PAGE * (pages or 1)):
        detail = f"{letters} letters on {pages or 1} pages: a scan" if file_type == "pdf" else "empty"
        return FileReading(FileStatus.NO_TEXT, file_type, stored_text, detail, pages, note=note)
    return FileReading(FileStatus.READ, file_type, stored_text, cut_detail, pages, note=note)


def _tidy_text(text: str) -> str:
    """Return the text in NFC, without invisible characters, one blank between words, no empty lines."""
    visible_text = INVISIBLE_CHARS.sub(
        "", text.replace("\r\n", "\n").replace("\r", "\n").replace("\x0c", "\n")
    )
    lines = (BLANKS.sub(" ", line).strip() for line in unicodedata.normalize("NFC", visible_text).split("\n"))
    return "\n".join(line for line in lines if line)


def _read_pdf(body: bytes) -> tuple[str, int]:
    try:
        document = pypdfium2.PdfDocument(body)
    except pypdfium2.PdfiumError as error:
        if getattr(error, "err_code", None) in {PDF_PASSWORD_ERROR, PDF_SECURITY_ERROR}:
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
    for number in range(min(len(document), MAX_PDF_PAGES)):
        page = document[number]
        text_page = page.get_textpage()
        text = text_page.get_text_bounded()
        text_page.close()
        page.close()
        yield text
        size += len(text)
        if size > MAX_TEXT_CHARS:
            return


def _read_workbook(body: bytes, *, packed: bool) -> tuple[str, int]:
    try:
        if packed:
            with zipfile.ZipFile(io.BytesIO(body)) as package:
                require_no_zip_bomb(package, len(body))
        with CalamineWorkbook.from_filelike(io.BytesIO(body)) as book:
            names = book.sheet_names
            return "\n".join(_workbook_rows(book, names)), len(names)
    except PasswordError as error:
        raise EncryptedFileError("a workbook under a password") from error
    except (CalamineError, zipfile.BadZipFile, OSError, ValueError) as error:
        raise BrokenFileError(f"{type(error).__name__}: {error}") from error
    except BaseException as error:
        if type(error).__name__ != "PanicException":  # a panic of calamine's: its class cannot be imported
            raise
        raise BrokenFileError(f"its cells cannot be told apart: {error}") from error


def _workbook_rows(book: CalamineWorkbook, names: list[str]) -> Iterator[str]:
    char_count = 0
    for name in names:
        yield name
        for row in book.get_sheet_by_name(name).iter_rows():
            line = " | ".join(text for text in map(_cell_text, row) if text)
            yield line
            char_count += len(line)
            if char_count > MAX_TEXT_CHARS:
                return


def _cell_text(value: object) -> str:
    """Return a cell as people read it: no `.0`, dates as they are written in Việt Nam."""
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


def _read_rtf(body: bytes) -> tuple[str, None]:
    try:
        text: str = rtf_to_text(body.decode("latin-1"), errors="ignore")  # type: ignore[no-untyped-call]
    except (ValueError, LookupError) as error:
        raise BrokenFileError(f"{type(error).__name__}: {error}") from error
    return text, None


def _read_html(body: bytes) -> tuple[str, None]:
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


def _read_msdoc(body: bytes) -> tuple[str, None]:
    return read_msdoc(body), None


FILE_READERS: dict[str, FileReader] = {
    "pdf": _read_pdf,
    **{kind: partial(read_office_xml, kind=kind) for kind in ("docx", "pptx", "odt", "odp")},
    "xlsx": partial(_read_workbook, packed=True),
    "ods": partial(_read_workbook, packed=True),
    "xls": partial(_read_workbook, packed=False),
    "doc": _read_msdoc,
    "rtf": _read_rtf,
    "html": _read_html,
    "encrypted": _raise_encrypted,
}
