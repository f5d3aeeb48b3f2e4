"""XML of feeds and sitemaps: decoded, repaired (bare ampersands, forbidden characters), gunzipped."""

from __future__ import annotations

import re
import zlib

from spiders.markup.html import decode_markup

MAX_XML_BYTES = 64 * 1024 * 1024  # bytes unpacked; the sitemap protocol allows 50 MB
XML_DECLARATION = re.compile(r"^\s*<\?xml[^>]*\?>")
# What must stay as it is (to the end of the text where it has none: else each beginning would look for
# one anew), character references, and any `&` that begins no entity.
AMPERSAND = re.compile(
    r"<!\[CDATA\[.*?(?:\]\]>|\Z)|<!--.*?(?:-->|\Z)|&#(?:([0-9]+)|[xX]([0-9A-Fa-f]+));|&(?![A-Za-z][A-Za-z0-9]*;)",
    re.DOTALL,
)
# Control characters XML forbids; one makes strict parsers refuse the whole document.
FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")


def xml_text(body: bytes, content_type: str | None = None) -> str:
    """Return the document as text without its declaration, every bare `&` escaped."""
    text = FORBIDDEN.sub("", decode_markup(body, content_type).lstrip("\ufeff"))
    return AMPERSAND.sub(_escape_ampersand, XML_DECLARATION.sub("", text, count=1)).strip()


def _escape_ampersand(match: re.Match[str]) -> str:
    if match[0] == "&":
        return "&amp;"
    if not (match[1] or match[2]):
        return match[0]
    # `&#55357;`, half of an emoji, and numbers beyond Unicode make feedparser raise.
    code = int(match[1][:9]) if match[1] else int(match[2][:9], 16)
    allowed = (
        code in (9, 10, 13) or 32 <= code < 0xD800 or 0xE000 <= code < 0xFFFE or 0x10000 <= code < 0x110000
    )
    return match[0] if allowed else "\ufffd"


def gunzip(body: bytes, max_bytes: int = MAX_XML_BYTES) -> tuple[bytes, str | None]:
    """Return the body without gzip (up to two layers), cut near `max_bytes`, and a line on what was lost."""
    trouble = None
    for _ in range(2):
        if not body.startswith(b"\x1f\x8b"):
            break
        body, trouble = _gunzip(body, max_bytes)
    return body, trouble


def _gunzip(body: bytes, max_bytes: int) -> tuple[bytes, str | None]:
    reader = zlib.decompressobj(wbits=31)
    unpacked = bytearray()
    packed = body
    try:
        while packed and not reader.eof and len(unpacked) < max_bytes:
            unpacked += reader.decompress(packed, 1 << 20)
            packed = reader.unconsumed_tail
    except zlib.error as error:
        return bytes(unpacked), f"its gzip breaks off ({error})"
    if len(unpacked) >= max_bytes:
        return bytes(unpacked), f"more than {max_bytes >> 20} MB unpacked, the rest was left"
    return bytes(unpacked), None if reader.eof else "its gzip ends too early"
