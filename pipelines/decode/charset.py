"""Bytes to text: charset, twice-encoded UTF-8, NFC; every change is named in `repairs`."""

from __future__ import annotations

import codecs
import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass

from w3lib.encoding import read_bom, resolve_encoding

from pipelines.decode.legacy_encodings import read_viscii_bytes
from pipelines.decode.legacy_text import suspicious, whole

# In `<meta charset=…>`, `<meta … content="text/html; charset=…">` and `<?xml encoding=…`.
IN_MARKUP = re.compile(
    rb"""(?i)<meta[^>]+?charset\s*=\s*["']?\s*([a-z0-9_.:-]+)|<\?xml[^>]*?encoding\s*=\s*["']([a-z0-9_.:-]+)"""
)
IN_HEADER = re.compile(r"""(?i)charset\s*=\s*["']?\s*([a-z0-9_.:-]+)""")
HEAD = 4096  # bytes; browsers look at 1024, old editors wrote more before it
WHOLE_HEAD = 65536  # bytes, looked at where the bytes do not say it themselves
VISCII_NAMES = ("viscii", "csviscii", "viscii1.1-1")
# U+00AD and the joiners carry nothing in Vietnamese and break words for search.
ZERO_WIDTH = re.compile("[\u200b\u200c\u200d\u2060\ufeff\u00ad]")
JOINERS = re.compile("[\u200b\u200c\u200d\u2060\ufeff]")
CONTROL = re.compile("[\x00-\x08\x0b\x0e-\x1f\x7f]")
LINK_VALUE = re.compile(r"""((?:href|src)\s*=\s*(?:"[^"]*"|'[^']*'))""", re.IGNORECASE)
# What one byte became when it was read as latin-1 or as windows-1252.
AS_BYTE = {
    char: b for b in range(0x80, 0x100) for char in (chr(b), bytes([b]).decode("cp1252", "ignore")) if char
}
AS_SHOWN = {b: char for b in range(0x80, 0xA0) if (char := bytes([b]).decode("cp1252", "ignore"))}
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
    """Text of `body` by the order of docs/explanation/reading.md; legacy text is left for `mend_tree`."""
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
    told = _told(body, content_type, HEAD)
    if wide := _wide(body):
        return body.decode(wide, "replace"), wide, _charset_note(told, wide)
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError:
        return _read_legacy(body, _told(body, content_type, WHOLE_HEAD))
    if text.isascii():
        return text, next(iter(_known(told)), "utf-8"), []
    # Text with marks that is valid UTF-8 by accident does not occur: any other declaration lies.
    return text, "utf-8", _charset_note(told, "utf-8")


def _told(body: bytes, content_type: str | None, size: int) -> list[str]:
    """Charsets as declared, header before markup, by Python's names where it knows them."""
    names = IN_HEADER.findall(content_type or "")
    if found := IN_MARKUP.search(body, 0, size):
        names.append((found[1] or found[2]).decode("ascii"))
    return list(dict.fromkeys(_resolved(name) for name in names))


def _resolved(name: str) -> str:
    known = resolve_encoding(name)
    return _name(known) if known else name.lower()


def _known(told: list[str]) -> list[str]:
    return [name for name in told if resolve_encoding(name)]


def _name(charset: str) -> str:
    return codecs.lookup(charset).name


def _charset_note(told: list[str], charset: str) -> list[str]:
    """Nothing where the declaration was right, or there was none for what needs none."""
    if not told:
        return [] if charset == "utf-8" else [f"charset:unknown>{charset}"]
    return [] if told[0] == charset else [f"charset:{told[0]}>{charset}"]


def _wide(body: bytes) -> str | None:
    """UTF-16 without a mark: every other byte of the markup is zero."""
    even, odd = body[0:2048:2].count(0), body[1:2048:2].count(0)
    pairs = len(body[:2048]) // 2
    if max(even, odd) * 2 <= pairs or min(even, odd) * 20 > max(even, odd):
        return None
    return "utf-16-le" if odd > even else "utf-16-be"


def _read_legacy(body: bytes, told: list[str]) -> tuple[str, str, list[str]]:
    """Bytes that are not UTF-8: damaged UTF-8, an old alphabet, a declared charset that fits, windows-1252.

    TCVN3 and VNI are fonts, no charsets: their bytes are windows-1252 until `mend_tree` reads the lines.
    """
    if _is_damaged_utf8(body):
        return body.decode("utf-8", "replace"), "utf-8", _charset_note(told, "utf-8")
    shown = body.decode("latin-1").translate(AS_SHOWN)
    alphabet = whole(shown)
    if (alphabet and alphabet.name == "viscii") or told[:1] in [[name] for name in VISCII_NAMES]:
        return read_viscii_bytes(body), "viscii", _charset_note([_viscii(name) for name in told], "viscii")
    if alphabet:
        charset = "cp1258" if alphabet.name == "windows-1258" else "cp1252"
        text = body.decode("cp1258", "replace") if charset == "cp1258" else shown
        return text, charset, _charset_note(told, charset)
    for charset in _known(told):
        text_as_told = _strictly(body, charset)
        if text_as_told is not None:
            return text_as_told, charset, _charset_note(told, charset)
    return body.decode("cp1252", "replace"), "cp1252", _charset_note(told, "cp1252")


def _viscii(name: str) -> str:
    return "viscii" if name in VISCII_NAMES else name


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
    # The soft hyphen is ư in TCVN3: it stays until the lines are read.
    invisible = JOINERS if "\xad" in text and suspicious(text) else ZERO_WIDTH
    if not invisible.search(text):
        return text, ""
    return _outside_links(text, lambda part: invisible.sub("", part)), "zero_width"


def _compose(text: str) -> tuple[str, str]:
    if unicodedata.is_normalized("NFC", text):
        return text, ""
    return _outside_links(text, lambda part: unicodedata.normalize("NFC", part)), "nfc"


def _outside_links(text: str, change: Callable[[str], str]) -> str:
    """The text changed, except in href and src: a server knows its paths by their bytes."""
    parts = LINK_VALUE.split(text)
    return "".join(part if at % 2 else change(part) for at, part in enumerate(parts))
