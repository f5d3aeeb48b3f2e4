"""Sniffs the type of a file by its first bytes, since servers and file names are often wrong."""

from __future__ import annotations

import io
import re
import zipfile

import olefile

OLE_MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
MAGIC_BYTES: tuple[tuple[bytes, str], ...] = (
    (b"{\\rtf", "rtf"),
    (b"Rar!\x1a\x07", "rar"),
    (b"7z\xbc\xaf\x27\x1c", "7z"),
    (b"\x1f\x8b", "gzip"),
    (b"\x89PNG\r\n\x1a\n", "png"),
    (b"\xff\xd8\xff", "jpeg"),
    (b"GIF87a", "gif"),
    (b"GIF89a", "gif"),
    (b"BM", "bmp"),
    (b"II*\x00", "tiff"),
    (b"MM\x00*", "tiff"),
)
IMAGE_TYPES = frozenset({"png", "jpeg", "gif", "bmp", "tiff", "webp", "avif", "heic", "svg"})
OOXML_FOLDERS = (("word/", "docx"), ("xl/", "xlsx"), ("ppt/", "pptx"))
OPEN_DOCUMENT_TYPES = {
    b"application/vnd.oasis.opendocument.text": "odt",
    b"application/vnd.oasis.opendocument.spreadsheet": "ods",
    b"application/vnd.oasis.opendocument.presentation": "odp",
}
OLE_STREAM_TYPES = (
    ("EncryptedPackage", "encrypted"),
    ("WordDocument", "doc"),
    ("Workbook", "xls"),
    ("Book", "xls"),
    ("PowerPoint Document", "ppt"),
)
HTML = re.compile(rb"<(?:!doctype\s+html|html|head|body|table|meta)\b", re.IGNORECASE)
SVG = re.compile(rb"<svg\b")
UNKNOWN_TYPE = "unknown"


def sniff_file_type(body: bytes) -> str:
    """Return a file's type: pdf, docx, xlsx, pptx, odt, ods, odp, doc, xls, ppt, rtf, html, zip, jpeg.

    `encrypted` is an Office document under a password, `unknown` any other file.
    """
    if b"%PDF-" in body[:1024]:
        return "pdf"
    if body.startswith(b"PK"):
        return _zip_type(body)
    if body.startswith(OLE_MAGIC):
        return _ole_type(body)
    for mark, kind in MAGIC_BYTES:
        if body.startswith(mark):
            return kind
    return _boxed_image_type(body) or _markup_type(body[:4096])


def _zip_type(body: bytes) -> str:
    try:
        with zipfile.ZipFile(io.BytesIO(body)) as package:
            names = package.namelist()
            open_document = _open_document_type(package) if "mimetype" in names else ""
    except (zipfile.BadZipFile, ValueError, RuntimeError, NotImplementedError, EOFError):
        return "zip"
    return open_document or next(
        (kind for start, kind in OOXML_FOLDERS if any(n.startswith(start) for n in names)), "zip"
    )


def _open_document_type(package: zipfile.ZipFile) -> str:
    with package.open("mimetype") as mimetype_file:
        return OPEN_DOCUMENT_TYPES.get(mimetype_file.read(100).strip(), "")


def _ole_type(body: bytes) -> str:
    try:
        with olefile.OleFileIO(io.BytesIO(body)) as compound:
            return next((kind for name, kind in OLE_STREAM_TYPES if compound.exists(name)), UNKNOWN_TYPE)
    except (OSError, ValueError, IndexError, TypeError):  # olefile on broken sector chains
        return "ole"


def _boxed_image_type(body: bytes) -> str | None:
    if body.startswith(b"RIFF") and body[8:12] == b"WEBP":
        return "webp"
    if body[4:8] == b"ftyp":
        return "avif" if body[8:12] in (b"avif", b"avis") else "heic" if body[8:11] == b"hei" else None
    return None


def _markup_type(head: bytes) -> str:
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        head = head.replace(b"\x00", b"")
    if SVG.search(head) and not HTML.search(head):
        return "svg"
    return "html" if HTML.search(head) else UNKNOWN_TYPE
