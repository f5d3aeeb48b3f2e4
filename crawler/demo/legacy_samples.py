"""Write Unicode text in legacy Vietnamese encodings: TCVN3, VNI, windows-1258."""

from __future__ import annotations

import unicodedata
from functools import cache

from pipelines.decode.legacy_encodings import TCVN3_LATIN1, TCVN3_UNICODE, VNI_TO_UNICODE
from pipelines.decode.syllables import TONES


def as_tcvn3(text: str) -> str:
    """Return the text as typed in a TCVN3 font (.VnTime), toned capitals as small letters."""
    return "".join(_tcvn3().get(char) or _tcvn3().get(char.lower(), char) for char in text)


def as_vni(text: str) -> str:
    """Return the text as typed in a VNI font (VNI-Times)."""
    return "".join(_vni().get(char, char) for char in text)


def windows_1258_bytes(text: str) -> bytes:
    """Return the text in windows-1258: base letter, then the tone as a combining mark."""
    encoded = ""
    for char in text:
        decomposed = unicodedata.normalize("NFD", char)
        tones = "".join(letter for letter in decomposed if letter in TONES)
        encoded += (
            unicodedata.normalize("NFC", "".join(letter for letter in decomposed if letter not in TONES))
            + tones
        )
    return encoded.encode("cp1258", "xmlcharrefreplace")


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
