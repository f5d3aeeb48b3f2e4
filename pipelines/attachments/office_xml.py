"""The text of documents that are XML in a ZIP file: DOCX, PPTX, ODT, ODP (pure)."""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass

from lxml import etree

from storage.records import FileStatus

# A thousand-page report is 5 MB of XML; a parsed tree takes ten times its text in memory.
MOST_XML = 50_000_000  # bytes of one part, unpacked
MOST_UNPACKED = 300_000_000  # bytes of all parts, as the package declares them; photographs included
# Spreadsheets of zeros pack to a fiftieth; what is meant to burst, to a thousandth.
MOST_RATIO = 200
SMALL = 20_000_000  # bytes unpacked that are always borne
MOST_PARTS = 20_000

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
A = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
MC = "{http://schemas.openxmlformats.org/markup-compatibility/2006}"
TEXT = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}"
TABLE = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
OFFICE = "{urn:oasis:names:tc:opendocument:xmlns:office:1.0}"


class UnreadableFileError(Exception):
    """A file that gives no text: the message says why."""

    status = FileStatus.UNSUPPORTED


class ZipBombError(UnreadableFileError):
    """A file that unpacks to more than a document may be."""

    status = FileStatus.BOMB


class BrokenFileError(UnreadableFileError):
    """A file that cannot be read to its end."""

    status = FileStatus.BROKEN


class EncryptedFileError(UnreadableFileError):
    """A file that asks for a password."""

    status = FileStatus.ENCRYPTED


@dataclass(frozen=True, slots=True)
class DocumentFormat:
    """Where text stands in one family of documents."""

    parts: re.Pattern[str]  # names of the parts that hold text
    paragraphs: frozenset[str]
    row: str
    cell: str
    runs: frozenset[str]  # elements whose text counts; none = all text within a paragraph
    skipped: frozenset[str]
    breaks: frozenset[str]
    tabs: frozenset[str]


WORD = DocumentFormat(
    parts=re.compile(r"word/(?:document\d*|footnotes|endnotes)\.xml"),
    paragraphs=frozenset({W + "p"}),
    row=W + "tr",
    cell=W + "tc",
    runs=frozenset({W + "t"}),
    skipped=frozenset({MC + "Fallback"}),  # text boxes stand twice, the second time for old programs
    breaks=frozenset({W + "br", W + "cr"}),
    tabs=frozenset({W + "tab"}),
)
SLIDES = DocumentFormat(
    parts=re.compile(r"ppt/slides/slide\d+\.xml"),
    paragraphs=frozenset({A + "p"}),
    row=A + "tr",
    cell=A + "tc",
    runs=frozenset({A + "t"}),
    skipped=frozenset({MC + "Fallback"}),
    breaks=frozenset({A + "br"}),
    tabs=frozenset(),
)
OPEN = DocumentFormat(
    parts=re.compile(r"content\.xml"),
    paragraphs=frozenset({TEXT + "p", TEXT + "h"}),
    row=TABLE + "table-row",
    cell=TABLE + "table-cell",
    runs=frozenset(),
    skipped=frozenset({TEXT + "tracked-changes", OFFICE + "annotation"}),
    breaks=frozenset({TEXT + "line-break"}),
    tabs=frozenset({TEXT + "tab", TEXT + "s"}),
)
DOCUMENT_FORMATS = {"docx": WORD, "pptx": SLIDES, "odt": OPEN, "odp": OPEN}


def read_office_xml(body: bytes, kind: str) -> tuple[str, int | None]:
    """Text, and the number of slides where there are any.

    Raises BombError, BrokenError, LockedError.
    """
    form = DOCUMENT_FORMATS[kind]
    try:
        with zipfile.ZipFile(io.BytesIO(body)) as package:
            require_no_zip_bomb(package, len(body))
            names = sorted((n for n in package.namelist() if form.parts.fullmatch(n)), key=_order)
            if not names:
                raise BrokenFileError(f"no part of it holds the text of a {kind}")
            text = "\n".join(line for name in names for line in _lines(_tree(package, name), form))
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, ValueError) as error:
        raise BrokenFileError(f"{type(error).__name__}: {error}") from error
    return text, len(names) if kind == "pptx" else None


def require_no_zip_bomb(package: zipfile.ZipFile, packed: int) -> None:
    """Raise BombError when the package declares more than a document may hold, LockedError when encrypted."""
    parts = package.infolist()
    size = sum(part.file_size for part in parts)
    if len(parts) > MOST_PARTS or size > MOST_UNPACKED or (size > SMALL and size > MOST_RATIO * packed):
        raise ZipBombError(f"{packed} bytes would unpack to {size} in {len(parts)} parts")
    biggest = max((part.file_size for part in parts if part.filename.endswith((".xml", ".rels"))), default=0)
    if biggest > MOST_XML:
        raise ZipBombError(f"one part would unpack to {biggest} bytes of XML, at most {MOST_XML} are read")
    if any(part.flag_bits & 1 for part in parts):
        raise EncryptedFileError("its parts are encrypted")


def _order(name: str) -> tuple[bool, list[int], str]:
    """The document before its notes, slide 10 after slide 9."""
    return "notes" in name, [int(digits) for digits in re.findall(r"\d+", name)], name


def _tree(package: zipfile.ZipFile, name: str) -> etree._Element:
    # No entities, no DTD, no network: a document needs none, and only attacks have them.
    parser = etree.XMLParser(resolve_entities=False, load_dtd=False, no_network=True, huge_tree=False)
    try:
        return etree.fromstring(package.read(name), parser)
    except etree.XMLSyntaxError as error:
        raise BrokenFileError(f"{name}: {error.msg}") from error


def _lines(node: etree._Element, form: DocumentFormat) -> Iterator[str]:
    for child in node:
        tag = child.tag
        if tag in form.skipped:
            continue
        if tag == form.row:
            cells = (" ".join(_lines(cell, form)) for cell in child.iter(form.cell))
            yield " | ".join(cell for cell in cells if cell)
        elif tag in form.paragraphs:
            yield "".join(_pieces(child, form)).strip()
        elif isinstance(tag, str):
            yield from _lines(child, form)


def _pieces(node: etree._Element, form: DocumentFormat) -> Iterator[str]:
    tag = node.tag
    if tag in form.skipped or not isinstance(tag, str):
        return
    if node.text and (tag in form.runs or not form.runs):
        yield node.text
    if tag in form.breaks:
        yield "\n"
    elif tag in form.tabs:
        yield " "
    for child in node:
        yield from _pieces(child, form)
        if child.tail and not form.runs:
            yield child.tail
