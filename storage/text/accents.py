"""Strip accents from Vietnamese text letter by letter, as fast as copying it.

Text of Vietnamese letters alone is encoded as one byte a letter, and all bytes are mapped at once; words
would be looked at one by one. Other texts are left to `tokens.fold`, whose rules this module follows.
"""

from __future__ import annotations

import codecs
import re
import unicodedata

COMBINING_MARKS = "\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f"
INVISIBLE = "\u00ad\u200b-\u200f\u2060-\u2064\ufeff"  # soft hyphen, zero-width and direction marks
# Files typed with the wrong keyboard have eth or the African D for đ; they look the same.
D_LOOKALIKES = "ðɖ"

_VOWELS, _TONES = "aăâeêioôơuưy", ("", "\u0300", "\u0301", "\u0303", "\u0309", "\u0323")
_ACCENTED_VOWELS = "".join(
    sorted(
        {unicodedata.normalize("NFC", vowel + tone) for vowel in _VOWELS for tone in _TONES} - set("aeiouy")
    )
)
_COMMON_SIGNS = "“”‘’–—…•·«»°′″\u00a0\u2009\u2010\u2011\u2212"  # others cost a second pass
_CODE_SEPARATORS = "/-.,:"
_SIGN = re.compile(rf"[^\w{COMBINING_MARKS}{INVISIBLE}]")
_ASCII = "".join(map(chr, range(128)))


def _base_letter(accented_letter: str) -> str:
    return "d" if accented_letter in "đ" + D_LOOKALIKES else unicodedata.normalize("NFD", accented_letter)[0]


class _AccentTable:
    """A one-byte encoding of ASCII and up to 128 other letters, and the unaccented byte of each."""

    def __init__(self, accent_letters: str, blank_letters: str) -> None:
        encoded_letters = _ASCII + accent_letters
        self._encoding = codecs.charmap_build(encoded_letters.ljust(256, "\ufffe"))
        unaccented = "".join(
            " " if accented_letter in blank_letters else _base_letter(accented_letter)
            for accented_letter in encoded_letters
        )
        self._unaccented_bytes = unaccented.encode("ascii").ljust(256, b" ")

    def strip_accents(self, accented_text: str) -> bytes | None:
        """Return one unaccented byte a letter; None when the text has a letter outside the table."""
        try:
            accent_encoded = codecs.charmap_encode(accented_text, "strict", self._encoding)[0]
        except UnicodeEncodeError:
            return None
        return accent_encoded.translate(self._unaccented_bytes)


_ASCII_SIGNS = "".join(sign for sign in _ASCII if not sign.isalnum())
_WORD_TABLE = _AccentTable(_ACCENTED_VOWELS + "đ", _CODE_SEPARATORS)
_TEXT_TABLE = _AccentTable(
    _ACCENTED_VOWELS + "đ" + D_LOOKALIKES + _COMMON_SIGNS, _ASCII_SIGNS + _COMMON_SIGNS
)


def strip_word_accents(accented_words: str) -> str | None:
    """Return exact word forms, separated by blanks, without accents; None when a letter is not Vietnamese.

    Codes are split into their parts, as `tokens.fold_words` does.
    """
    accents_stripped = _WORD_TABLE.strip_accents(accented_words)
    if accents_stripped is None:
        return None
    unaccented = accents_stripped.decode("ascii")
    return " ".join(unaccented.split()) if "  " in f" {unaccented} " else unaccented


def strip_text_accents(accented_text: str) -> bytes | None:
    """Return a text of the same length with words in lower case without accents, and blanks for all else.

    None when it has letters other than Vietnamese ones, or combining marks.
    """
    accented_lower = accented_text.lower()
    if len(accented_lower) != len(accented_text):
        return None
    return _TEXT_TABLE.strip_accents(accented_lower) or _TEXT_TABLE.strip_accents(
        _SIGN.sub(" ", accented_lower)
    )
