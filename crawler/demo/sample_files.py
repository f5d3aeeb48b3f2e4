"""Sample pictures and attachments: small valid files, the same bytes for the same input."""

from __future__ import annotations

import base64
import io
import struct
import unicodedata
import zipfile
import zlib
from collections.abc import Sequence
from datetime import datetime

import docx
from fpdf import FPDF

from crawler.demo.site_systems import D_WITHOUT_STROKE

# A 48 × 32 gradient; a comment segment behind its first marker makes every picture's bytes its own.
JPEG_GRADIENT = base64.b64decode(
    "/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDACgcHiMeGSgjISMtKygwPGRBPDc3PHtYXUlkkYCZlo+AjIqgtObDoKrarYqMyP/L2u71"
    "////m8H////6/+b9//j/2wBDASstLTw1PHZBQXb4pYyl+Pj4+Pj4+Pj4+Pj4+Pj4+Pj4+Pj4+Pj4+Pj4+Pj4+Pj4+Pj4+Pj4+Pj4"
    "+Pj4+Pj4+Pj/wAARCAAgADADASIAAhEBAxEB/8QAFgABAQEAAAAAAAAAAAAAAAAAAQID/8QAFhABAQEAAAAAAAAAAAAAAAAAAQAR"
    "/8QAFgEBAQEAAAAAAAAAAAAAAAAAAwIE/8QAFREBAQAAAAAAAAAAAAAAAAAAAQD/2gAMAwEAAhEDEQA/AMAnKgkJliGAnJCoKFkG"
    "nJCoJChZRoCQnKgrWxDSEhVk5QsowEhIVZQsg3//2Q=="
)
ZIP_TIMESTAMP = (2020, 1, 1, 0, 0, 0)


def jpeg_image(path: str) -> bytes:
    """Return a JPEG that carries its path as a comment."""
    note = path.encode()
    return JPEG_GRADIENT[:2] + b"\xff\xfe" + struct.pack(">H", len(note) + 2) + note + JPEG_GRADIENT[2:]


def _png_chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png_image(path: str) -> bytes:
    """Return a one-coloured 48 × 32 PNG; the colour depends on the path."""
    colour = zlib.crc32(path.encode()).to_bytes(4, "big")[:3]
    rows = (b"\x00" + colour * 48) * 32
    head = struct.pack(">IIBBBBB", 48, 32, 8, 2, 0, 0, 0)
    parts = (
        (b"IHDR", head),
        (b"tEXt", b"Comment\x00" + path.encode()),
        (b"IDAT", zlib.compress(rows)),
        (b"IEND", b""),
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(_png_chunk(kind, data) for kind, data in parts)


def ascii_text(text: str) -> str:
    """Return the text in ASCII, which the built-in PDF fonts can show."""
    return unicodedata.normalize("NFD", text.translate(D_WITHOUT_STROKE)).encode("ascii", "ignore").decode()


def pdf_file(title: str, paragraphs: Sequence[str], when: datetime) -> bytes:
    """Return a PDF of the text, without Vietnamese marks."""
    document = FPDF()
    document.set_creation_date(when)
    document.set_title(ascii_text(title))
    document.add_page()
    document.set_font("Helvetica", "B", 14)
    document.multi_cell(0, 8, ascii_text(title), new_x="LMARGIN", new_y="NEXT")
    document.set_font("Helvetica", "", 11)
    for paragraph in paragraphs:
        document.multi_cell(0, 6, ascii_text(paragraph), new_x="LMARGIN", new_y="NEXT")
    return bytes(document.output())


def docx_file(title: str, paragraphs: Sequence[str], when: datetime) -> bytes:
    """Return a DOCX of the text, repacked so that its bytes do not depend on the clock."""
    document = docx.Document()
    document.core_properties.created = document.core_properties.modified = when.replace(tzinfo=None)
    document.core_properties.title = title
    document.add_heading(title, level=1)
    for paragraph in paragraphs:
        document.add_paragraph(paragraph)
    written = io.BytesIO()
    document.save(written)
    return _without_zip_dates(written)


def _without_zip_dates(packed: io.BytesIO) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(packed) as source, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as target:
        for name in source.namelist():
            target.writestr(zipfile.ZipInfo(name, ZIP_TIMESTAMP), source.read(name), zipfile.ZIP_DEFLATED)
    return out.getvalue()
