"""Reads the text of documents that are XML in a ZIP file: DOCX, PPTX, ODT, ODP; refuses zip bombs."""

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
MAX_XML_BYTES = 50_000_000  # of one part, unpacked
MAX_UNPACKED_BYTES = 300_000_000  # of all parts, as the package declares them; photographs included
# Spreadsheets of zeros pack to a fiftieth, zip bombs to a thousandth.
MAX_UNPACK_RATIO = 200
MAX_UNCHECKED_BYTES = 20_000_000  # unpacked; so much is read at any ratio
MAX_PARTS = 20_000

WORD_NS = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
DRAWING_NS = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
COMPATIBILITY_NS = "{http://schemas.openxmlformats.org/markup-compatibility/2006}"
ODF_TEXT_NS = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}"
ODF_TABLE_NS = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
ODF_OFFICE_NS = "{urn:oasis:names:tc:opendocument:xmlns:office:1.0}"


class UnreadableFileError(Exception):
    """A file whose text cannot be read; the message says why."""

    status = FileStatus.UNSUPPORTED


class ZipBombError(UnreadableFileError):
    """A file that unpacks to more than a document may hold."""

    status = FileStatus.BOMB


class BrokenFileError(UnreadableFileError):
    """A file that cannot be read to its end."""

    status = FileStatus.BROKEN


class EncryptedFileError(UnreadableFileError):
    """A file that needs a password."""

    status = FileStatus.ENCRYPTED


@dataclass(frozen=True, slots=True)
class DocumentFormat:
    """Where the text is in one family of documents, by element names."""

    parts: re.Pattern[str]  # names of the parts that hold text
    paragraphs: frozenset[str]
    row: str
    cell: str
    runs: frozenset[str]  # elements whose text counts; none = all text within a paragraph
    skipped: frozenset[str]
    breaks: frozenset[str]
    tabs: frozenset[str]


DOCX_FORMAT = DocumentFormat(
    parts=re.compile(r"word/(?:document\d*|footnotes|endnotes)\.xml"),
    paragraphs=frozenset({WORD_NS + "p"}),
    row=WORD_NS + "tr",
    cell=WORD_NS + "tc",
    runs=frozenset({WORD_NS + "t"}),
    skipped=frozenset(
        {COMPATIBILITY_NS + "Fallback"}
    ),  # text boxes are in the file twice, the second time for old programs
    breaks=frozenset({WORD_NS + "br", WORD_NS + "cr"}),
    tabs=frozenset({WORD_NS + "tab"}),
)
PPTX_FORMAT = DocumentFormat(
    parts=re.compile(r"ppt/slides/slide\d+\.xml"),
    paragraphs=frozenset({DRAWING_NS + "p"}),
    row=DRAWING_NS + "tr",
    cell=DRAWING_NS + "tc",
    runs=frozenset({DRAWING_NS + "t"}),
    skipped=frozenset({COMPATIBILITY_NS + "Fallback"}),
    breaks=frozenset({DRAWING_NS + "br"}),
    tabs=frozenset(),
)
ODF_FORMAT = DocumentFormat(
    parts=re.compile(r"content\.xml"),
    paragraphs=frozenset({ODF_TEXT_NS + "p", ODF_TEXT_NS + "h"}),
    row=ODF_TABLE_NS + "table-row",
    cell=ODF_TABLE_NS + "table-cell",
    runs=frozenset(),
    skipped=frozenset({ODF_TEXT_NS + "tracked-changes", ODF_OFFICE_NS + "annotation"}),
    breaks=frozenset({ODF_TEXT_NS + "line-break"}),
    tabs=frozenset({ODF_TEXT_NS + "tab", ODF_TEXT_NS + "s"}),
)
DOCUMENT_FORMATS = {"docx": DOCX_FORMAT, "pptx": PPTX_FORMAT, "odt": ODF_FORMAT, "odp": ODF_FORMAT}


def read_office_xml(body: bytes, kind: str) -> tuple[str, int | None]:
    """Return the text, and the number of slides of a presentation.

    Raises BombError, BrokenError, LockedError.
    """
    document_format = DOCUMENT_FORMATS[kind]
    try:
        with zipfile.ZipFile(io.BytesIO(body)) as package:
            require_no_zip_bomb(package, len(body))
            names = sorted(
                (n for n in package.namelist() if document_format.parts.fullmatch(n)), key=_part_order
            )
            if not names:
                raise BrokenFileError(f"no part of it holds the text of a {kind}")
            text = "\n".join(
                line
                for name in names
                for line in _paragraph_lines(_part_tree(package, name), document_format)
            )
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, ValueError) as error:
        raise BrokenFileError(f"{type(error).__name__}: {error}") from error
    return text, len(names) if kind == "pptx" else None


def require_no_zip_bomb(package: zipfile.ZipFile, packed: int) -> None:
    """Raise BombError when the package declares more than a document may hold, LockedError when encrypted."""
    parts = package.infolist()
    size = sum(part.file_size for part in parts)
    if (
        len(parts) > MAX_PARTS
        or size > MAX_UNPACKED_BYTES
        or (size > MAX_UNCHECKED_BYTES and size > MAX_UNPACK_RATIO * packed)
    ):
        raise ZipBombError(f"{packed} bytes would unpack to {size} in {len(parts)} parts")
    biggest = max((part.file_size for part in parts if part.filename.endswith((".xml", ".rels"))), default=0)
    if biggest > MAX_XML_BYTES:
        raise ZipBombError(
            f"one part would unpack to {biggest} bytes of XML, at most {MAX_XML_BYTES} are read"
        )
    if any(part.flag_bits & 1 for part in parts):
        raise EncryptedFileError("its parts are encrypted")


def _part_order(name: str) -> tuple[bool, list[int], str]:
    """Return a sort key: the document before its notes, slide 10 after slide 9."""
    return "notes" in name, [int(digits) for digits in re.findall(r"\d+", name)], name


def _part_tree(package: zipfile.ZipFile, name: str) -> etree._Element:
    # No entities, no DTD, no network: a document needs none, and only attacks have them.
    parser = etree.XMLParser(resolve_entities=False, load_dtd=False, no_network=True, huge_tree=False)
    try:
        return etree.fromstring(package.read(name), parser)
    except etree.XMLSyntaxError as error:
        raise BrokenFileError(f"{name}: {error.msg}") from error


def _paragraph_lines(node: etree._Element, document_format: DocumentFormat) -> Iterator[str]:
    for child in node:
        tag = child.tag
        if tag in document_format.skipped:
            continue
        if tag == document_format.row:
            cells = (
                " ".join(_paragraph_lines(cell, document_format)) for cell in child.iter(document_format.cell)
            )
            yield " | ".join(cell for cell in cells if cell)
        elif tag in document_format.paragraphs:
            yield "".join(_text_runs(child, document_format)).strip()
        elif isinstance(tag, str):
            yield from _paragraph_lines(child, document_format)


def _text_runs(node: etree._Element, document_format: DocumentFormat) -> Iterator[str]:
    tag = node.tag
    if tag in document_format.skipped or not isinstance(tag, str):
        return
    if node.text and (tag in document_format.runs or not document_format.runs):
        yield node.text
    if tag in document_format.breaks:
        yield "\n"
    elif tag in document_format.tabs:
        yield " "
    for child in node:
        yield from _text_runs(child, document_format)
        if child.tail and not document_format.runs:
            yield child.tail
