"""Bytes to text: charset, twice-encoded UTF-8, NFC; every change is named in `repairs`."""

from __future__ import annotations

import codecs
import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass

from w3lib.encoding import html_body_declared_encoding, http_content_type_encoding, read_bom, resolve_encoding

# U+00AD and the joiners carry nothing in Vietnamese and break words for search.
ZERO_WIDTH = re.compile("[\u200b\u200c\u200d\u2060\ufeff\u00ad]")
CONTROL = re.compile("[\x00-\x08\x0b\x0e-\x1f\x7f]")
LINK_VALUE = re.compile(r"""((?:href|src)\s*=\s*(?:"[^"]*"|'[^']*'))""", re.IGNORECASE)
# Syllables of windows-1258 are letters followed by combining marks; these five compose.
TONE_MARK = re.compile("[A-Za-zÀ-ư][\u0300\u0301\u0303\u0309\u0323]")

# What one byte became when it was read as latin-1 or as windows-1252.
AS_BYTE = {
    char: b for b in range(0x80, 0x100) for char in (chr(b), bytes([b]).decode("cp1252", "ignore")) if char
}
LEGACY_RUN = re.compile("[" + re.escape("".join(AS_BYTE)) + "]{2,}")
# In Vietnamese text read as windows-1252 every marked vowel shows as three such characters.
MARKED_VOWEL = re.compile("á[\u00ba\u00bb][" + re.escape("".join(AS_BYTE)) + "]")
CERTAIN = 8  # marked vowels seen before pieces of a page are repaired
VIETNAMESE = re.compile("[\u00a0-\u024f\u0300-\u036fẠ-ỹ‐-‧₫]+")


@dataclass(frozen=True, slots=True)
class Decoded:
    """Text of a page, the charset it was read as, and what was mended on the way."""

    text: str
    charset: str
    repairs: tuple[str, ...] = ()


def decode(body: bytes, content_type: str | None) -> Decoded:
    """Text of `body`: BOM, then header, then meta, then the bytes themselves decide the charset."""
    text, charset, repairs = _read(body, content_type)
    for mend in (_undouble, _drop_control, _drop_zero_width, _compose):
        mended, note = mend(text)
        if note:
            text = mended
            repairs.append(note)
    if lost := text.count("\ufffd"):
        repairs.append(f"replacement:{lost}")
    return Decoded(text, charset, tuple(repairs))


def _read(body: bytes, content_type: str | None) -> tuple[str, str, list[str]]:
    charset, bom = read_bom(body)
    if charset and bom:
        return body[len(bom) :].decode(charset, "replace"), _name(charset), []
    declared = _declared(body, content_type)
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError:
        return _read_legacy(body, declared)
    if not declared or declared[0] == "utf-8" or text.isascii():
        return text, declared[0] if declared else "utf-8", []
    if declared[0] in ("utf-16-le", "utf-16-be", "utf-16"):
        return body.decode(declared[0], "replace"), declared[0], []
    # Text with marks that is valid UTF-8 by accident does not occur: the declaration lies.
    return text, "utf-8", [f"charset:{declared[0]}>utf-8"]


def _declared(body: bytes, content_type: str | None) -> list[str]:
    names = [http_content_type_encoding(content_type), html_body_declared_encoding(body)]
    resolved = [resolve_encoding(name) for name in names if name]
    return list(dict.fromkeys(_name(name) for name in resolved if name))


def _name(charset: str) -> str:
    return codecs.lookup(charset).name


def _read_legacy(body: bytes, declared: list[str]) -> tuple[str, str, list[str]]:
    """Bytes that are not UTF-8: a declared charset that fits, damaged UTF-8, or windows-1258.

    TCVN3, VNI and VISCII fonts hide behind windows-1252 here; telling them apart starts at this seam.
    """
    first = declared[0] if declared else None
    if _is_damaged_utf8(body):
        note = [] if first in (None, "utf-8") else [f"charset:{first}>utf-8"]
        return body.decode("utf-8", "replace"), "utf-8", note
    for charset in declared:
        text = _strictly(body, charset)
        if text is not None and not (charset in ("cp1252", "latin-1") and _looks_1258(body)):
            return text, charset, [] if charset == first else [f"charset:{first}>{charset}"]
    guess = "cp1258" if _looks_1258(body) else "cp1252"
    return body.decode(guess, "replace"), guess, [f"charset:{first or 'unknown'}>{guess}"]


def _strictly(body: bytes, charset: str) -> str | None:
    try:
        return body.decode(charset)
    except UnicodeDecodeError:
        return None


def _is_damaged_utf8(body: bytes) -> bool:
    """True when most of the bytes above ASCII still form UTF-8 (a cut page, a few broken letters)."""
    text = body.decode("utf-8", "replace")
    above = sum(1 for char in text if char > "\x7f")
    return above > 0 and text.count("\ufffd") <= max(1, above // 10)


def _looks_1258(body: bytes) -> bool:
    text = body.decode("cp1258", "replace")
    return len(TONE_MARK.findall(text)) >= 3


def _undouble(text: str) -> tuple[str, str]:
    """UTF-8 read as windows-1252 and encoded again: undone for the page, or in certain pieces."""
    seen = len(MARKED_VOWEL.findall(text))
    if not seen:
        return text, ""
    if (whole := _piece(text)) is not None:
        return whole, "twice_encoded"
    if seen < CERTAIN:
        return text, ""
    count = 0

    def mend(match: re.Match[str]) -> str:
        nonlocal count
        piece = _piece(match[0])
        if piece is None or not VIETNAMESE.fullmatch(piece):
            return match[0]
        count += 1
        return piece

    mended = LEGACY_RUN.sub(mend, text)
    return mended, f"twice_encoded:{count}" if count else ""


def _piece(text: str) -> str | None:
    try:
        return bytes(AS_BYTE[c] if c > "\x7f" else ord(c) for c in text).decode("utf-8")
    except (KeyError, UnicodeDecodeError):
        return None


def _drop_control(text: str) -> tuple[str, str]:
    mended, count = CONTROL.subn("", text)
    return mended, f"control:{count}" if count else ""


def _drop_zero_width(text: str) -> tuple[str, str]:
    if not ZERO_WIDTH.search(text):
        return text, ""
    return _outside_links(text, lambda part: ZERO_WIDTH.sub("", part)), "zero_width"


def _compose(text: str) -> tuple[str, str]:
    if unicodedata.is_normalized("NFC", text):
        return text, ""
    return _outside_links(text, lambda part: unicodedata.normalize("NFC", part)), "nfc"


def _outside_links(text: str, change: Callable[[str], str]) -> str:
    """The text changed, except in href and src: a server knows its paths by their bytes."""
    parts = LINK_VALUE.split(text)
    return "".join(part if at % 2 else change(part) for at, part in enumerate(parts))
