"""Text as it was typed before Unicode: TCVN3, VNI, VISCII, windows-1258, the other way round from reading."""

from __future__ import annotations

import unicodedata
from functools import cache

from pipelines.decode.legacy_encodings import TCVN3_LATIN1, TCVN3_UNICODE, VNI_TO_UNICODE
from pipelines.decode.syllables import TONES


def as_tcvn3(text: str) -> str:
    """As .VnTime shows it; a capital with a tone has the place of its small letter."""
    return "".join(_tcvn3().get(char) or _tcvn3().get(char.lower(), char) for char in text)


def as_vni(text: str) -> str:
    """As VNI-Times shows it."""
    return "".join(_vni().get(char, char) for char in text)


def windows_1258_bytes(text: str) -> bytes:
    """As windows-1258 writes it: base letter, then the tone as a combining mark."""
    out = ""
    for char in text:
        whole = unicodedata.normalize("NFD", char)
        tones = "".join(mark for mark in whole if mark in TONES)
        out += unicodedata.normalize("NFC", "".join(mark for mark in whole if mark not in TONES)) + tones
    return out.encode("cp1258", "xmlcharrefreplace")


@cache
def _tcvn3() -> dict[str, str]:
    return dict(zip(TCVN3_UNICODE, TCVN3_LATIN1, strict=True))


@cache
def _vni() -> dict[str, str]:
    small = {
        meant: shown
        for shown, meant in VNI_TO_UNICODE.items()
        if shown not in ("iù", "iø", "iû", "iõ", "iï", "yï")
    }
    small |= {"í": "í", "ì": "ì"}
    return small | {meant.upper(): shown.upper() for meant, shown in small.items()}
