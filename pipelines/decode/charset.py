"""Decodes the bytes of a page: charset, twice-encoded UTF-8, NFC; every change is named in `repairs`."""

from __future__ import annotations

import codecs
import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass

from w3lib.encoding import read_bom, resolve_encoding

from pipelines.decode.legacy_encodings import decode_viscii
from pipelines.decode.legacy_text import main_encoding, may_be_legacy

# In `<meta charset=…>`, `<meta … content="text/html; charset=…">` and `<?xml encoding=…`.
MARKUP_CHARSET = re.compile(
    rb"""(?i)<meta[^>]+?charset\s*=\s*["']?\s*([a-z0-9_.:-]+)|<\?xml[^>]*?encoding\s*=\s*["']([a-z0-9_.:-]+)"""
)
HEADER_CHARSET = re.compile(r"""(?i)charset\s*=\s*["']?\s*([a-z0-9_.:-]+)""")
HEAD_BYTES = 4096  # browsers search 1024, old editors wrote more before the declaration
LONG_HEAD_BYTES = 65536  # searched where the bytes are not UTF-8
VISCII_NAMES = ("viscii", "csviscii", "viscii1.1-1")
# U+00AD and the joiners carry nothing in Vietnamese and break words for search.
ZERO_WIDTH = re.compile("[\u200b\u200c\u200d\u2060\ufeff\u00ad]")
JOINERS = re.compile("[\u200b\u200c\u200d\u2060\ufeff]")
CONTROL = re.compile("[\x00-\x08\x0b\x0e-\x1f\x7f]")
LINK_VALUE = re.compile(r"""((?:href|src)\s*=\s*(?:"[^"]*"|'[^']*'))""", re.IGNORECASE)
# The characters that one byte becomes as latin-1 or as windows-1252.
BYTE_OF_CHAR = {
    char: b for b in range(0x80, 0x100) for char in (chr(b), bytes([b]).decode("cp1252", "ignore")) if char
}
CP1252_CHAR_OF_BYTE = {b: char for b in range(0x80, 0xA0) if (char := bytes([b]).decode("cp1252", "ignore"))}
NON_ASCII_RUN = re.compile("[" + re.escape("".join(BYTE_OF_CHAR)) + "]{2,}")
# In Vietnamese UTF-8 decoded as windows-1252 every vowel with marks becomes three such characters.
TWICE_ENCODED_VOWEL = re.compile("á[\u00ba\u00bb][" + re.escape("".join(BYTE_OF_CHAR)) + "]")
MIN_TWICE_ENCODED_VOWELS = 8  # on a page, before single runs of it are repaired
VIETNAMESE_TEXT = re.compile("[\u00a0-\u024f\u0300-\u036fẠ-ỹ‐-‧₫]+")


@dataclass(frozen=True, slots=True)
class DecodedText:
    """Text of a page, the charset it was decoded by, and notes on the repairs made."""

    text: str
    charset: str
    repairs: tuple[str, ...] = ()


def decode(body: bytes, content_type: str | None) -> DecodedText:
    """Decode a page in the order of docs/explanation/reading.md, but for legacy encodings of single lines."""
    text, charset, repairs = _decode_body(body, content_type)
    for repair in (_undo_twice_encoded, _drop_control, _drop_zero_width, _compose_letters):
        repaired, note = repair(text)
        if note:
            text = repaired
            repairs.append(note)
    if replacements := text.count("\ufffd"):
        repairs.append(f"replacement:{replacements}")
    return DecodedText(text, charset, tuple(repairs))


def _decode_body(body: bytes, content_type: str | None) -> tuple[str, str, list[str]]:
    charset, bom = read_bom(body)
    if charset and bom:
        return body[len(bom) :].decode(charset, "replace"), _python_name(charset), []
    declared = _declared_charsets(body, content_type, HEAD_BYTES)
    if utf16 := _utf16_without_bom(body):
        return body.decode(utf16, "replace"), utf16, _charset_note(declared, utf16)
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError:
        return _decode_not_utf8(body, _declared_charsets(body, content_type, LONG_HEAD_BYTES))
    if text.isascii():
        return text, next(iter(_supported_charsets(declared)), "utf-8"), []
    # Text with marks is never valid UTF-8 by accident: any other declaration is wrong.
    return text, "utf-8", _charset_note(declared, "utf-8")


def _declared_charsets(body: bytes, content_type: str | None, size: int) -> list[str]:
    """Return the declared charsets, header before markup, by Python's names where it knows them."""
    names = HEADER_CHARSET.findall(content_type or "")
    if match := MARKUP_CHARSET.search(body, 0, size):
        names.append((match[1] or match[2]).decode("ascii"))
    return list(dict.fromkeys(_resolve_name(name) for name in names))


def _resolve_name(name: str) -> str:
    encoding = resolve_encoding(name)
    return _python_name(encoding) if encoding else name.lower()


def _supported_charsets(declared: list[str]) -> list[str]:
    return [name for name in declared if resolve_encoding(name)]


def _python_name(charset: str) -> str:
    return codecs.lookup(charset).name


def _charset_note(declared: list[str], charset: str) -> list[str]:
    """Return a repair note unless the declaration was right, or missing for UTF-8."""
    if not declared:
        return [] if charset == "utf-8" else [f"charset:unknown>{charset}"]
    return [] if declared[0] == charset else [f"charset:{declared[0]}>{charset}"]


def _utf16_without_bom(body: bytes) -> str | None:
    """Return the UTF-16 charset of a body without BOM, or None: every other byte of the markup is zero."""
    even, odd = body[0:2048:2].count(0), body[1:2048:2].count(0)
    pairs = len(body[:2048]) // 2
    if max(even, odd) * 2 <= pairs or min(even, odd) * 20 > max(even, odd):
        return None
    return "utf-16-le" if odd > even else "utf-16-be"


def _decode_not_utf8(body: bytes, declared: list[str]) -> tuple[str, str, list[str]]:
    """Decode bytes that are not UTF-8: damaged UTF-8, a legacy encoding, the declared charset, windows-1252.

    TCVN3 and VNI are fonts, no charsets: their bytes are windows-1252 until `repair_legacy_html` runs.
    """
    if _is_damaged_utf8(body):
        return body.decode("utf-8", "replace"), "utf-8", _charset_note(declared, "utf-8")
    cp1252_text = body.decode("latin-1").translate(CP1252_CHAR_OF_BYTE)
    legacy = main_encoding(cp1252_text)
    if (legacy and legacy.name == "viscii") or declared[:1] in [[name] for name in VISCII_NAMES]:
        return (
            decode_viscii(body),
            "viscii",
            _charset_note([_viscii_name(name) for name in declared], "viscii"),
        )
    if legacy:
        charset = "cp1258" if legacy.name == "windows-1258" else "cp1252"
        text = body.decode("cp1258", "replace") if charset == "cp1258" else cp1252_text
        return text, charset, _charset_note(declared, charset)
    for charset in _supported_charsets(declared):
        declared_text = _decode_strictly(body, charset)
        if declared_text is not None:
            return declared_text, charset, _charset_note(declared, charset)
    return body.decode("cp1252", "replace"), "cp1252", _charset_note(declared, "cp1252")


def _viscii_name(name: str) -> str:
    return "viscii" if name in VISCII_NAMES else name


def _decode_strictly(body: bytes, charset: str) -> str | None:
    try:
        return body.decode(charset)
    except UnicodeDecodeError:
        return None


def _is_damaged_utf8(body: bytes) -> bool:
    """Return whether most of the bytes above ASCII still form UTF-8 (a cut page, a few broken letters)."""
    text = body.decode("utf-8", "replace")
    above = sum(1 for char in text if char > "\x7f")
    return above > 0 and text.count("\ufffd") <= max(1, above // 10)


def _undo_twice_encoded(text: str) -> tuple[str, str]:
    """Undo UTF-8 that was decoded as windows-1252 and encoded again, in the page or in single runs of it."""
    vowel_count = len(TWICE_ENCODED_VOWEL.findall(text))
    if not vowel_count:
        return text, ""
    if (decoded_page := _decode_again(text)) is not None:
        return decoded_page, "twice_encoded"
    if vowel_count < MIN_TWICE_ENCODED_VOWELS:
        return text, ""
    count = 0

    def decode_run(match: re.Match[str]) -> str:
        nonlocal count
        decoded_run = _decode_again(match[0])
        if decoded_run is None or not VIETNAMESE_TEXT.fullmatch(decoded_run):
            return match[0]
        count += 1
        return decoded_run

    repaired = NON_ASCII_RUN.sub(decode_run, text)
    return repaired, f"twice_encoded:{count}" if count else ""


def _decode_again(text: str) -> str | None:
    try:
        return bytes(BYTE_OF_CHAR[c] if c > "\x7f" else ord(c) for c in text).decode("utf-8")
    except (KeyError, UnicodeDecodeError):
        return None


def _drop_control(text: str) -> tuple[str, str]:
    cleaned, count = CONTROL.subn("", text)
    return cleaned, f"control:{count}" if count else ""


def _drop_zero_width(text: str) -> tuple[str, str]:
    if not ZERO_WIDTH.search(text):
        return text, ""
    # The soft hyphen is ư in TCVN3: it stays until legacy lines are repaired.
    invisible = JOINERS if "\xad" in text and may_be_legacy(text) else ZERO_WIDTH
    if not invisible.search(text):
        return text, ""
    return _outside_links(text, lambda part: invisible.sub("", part)), "zero_width"


def _compose_letters(text: str) -> tuple[str, str]:
    if unicodedata.is_normalized("NFC", text):
        return text, ""
    return _outside_links(text, lambda part: unicodedata.normalize("NFC", part)), "nfc"


def _outside_links(text: str, change: Callable[[str], str]) -> str:
    """Change the text except in href and src: a server knows its paths by their bytes."""
    parts = LINK_VALUE.split(text)
    return "".join(part if at % 2 else change(part) for at, part in enumerate(parts))
