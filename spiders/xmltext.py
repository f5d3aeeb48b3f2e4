"""XML as sites write it: wrong encodings, bare ampersands, gzip that lies about its length."""

from __future__ import annotations

import re
import zlib

from spiders.markup import decoded

MOST = 64 * 1024 * 1024  # bytes unpacked; the sitemap protocol allows 50 MB
DECLARATION = re.compile(r"^\s*<\?xml[^>]*\?>")
# What may hold a bare `&` and must stay, or a `&` that begins no entity.
BARE = re.compile(
    r"<!\[CDATA\[.*?\]\]>|<!--.*?-->|&(?!#[0-9]+;|#[xX][0-9A-Fa-f]+;|[A-Za-z][A-Za-z0-9]*;)", re.DOTALL
)
# Control characters XML forbids; one makes strict parsers refuse the whole document.
FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")


def xml_text(body: bytes, content_type: str | None = None) -> str:
    """The document as text without its declaration, every bare `&` escaped."""
    text = FORBIDDEN.sub("", decoded(body, content_type).lstrip("\ufeff"))
    return BARE.sub(_escaped, DECLARATION.sub("", text, count=1)).strip()


def _escaped(match: re.Match[str]) -> str:
    return "&amp;" if match[0] == "&" else match[0]


def unpacked(body: bytes) -> tuple[bytes, str | None]:
    """The bytes without gzip (it may be wrapped twice) and what was lost, if anything."""
    lost = None
    for _ in range(2):
        if not body.startswith(b"\x1f\x8b"):
            break
        body, lost = _gunzip(body)
    return body, lost


def _gunzip(body: bytes) -> tuple[bytes, str | None]:
    reader = zlib.decompressobj(wbits=31)
    out = bytearray()
    rest = body
    try:
        while rest and not reader.eof and len(out) < MOST:
            out += reader.decompress(rest, 65536)
            rest = reader.unconsumed_tail
    except zlib.error as error:
        return bytes(out), f"its gzip breaks off ({error})"
    if len(out) >= MOST:
        return bytes(out), f"more than {MOST // 1024 // 1024} MB unpacked, the rest was left"
    return bytes(out), None if reader.eof else "its gzip ends too early"
