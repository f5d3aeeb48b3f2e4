"""Vietnamese text without its marks, letter by letter, in the time of a copy.

What is written with Vietnamese letters alone fits one byte a letter; bytes are mapped to others at once,
where words would be looked at one by one. Other texts are left to `normalise`, by whose rules this one goes.
"""

from __future__ import annotations

import codecs
import re
import unicodedata

COMBINING_MARKS = (
    "\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f"  # apart from their letters
)
INVISIBLE = "\u00ad\u200b-\u200f\u2060-\u2064\ufeff"  # soft hyphen, zero-width and direction marks
# Files typed with the wrong keyboard have eth or the African D for đ; they look the same.
D_LOOKALIKES = "ðɖ"

_VOWELS, _TONES = "aăâeêioôơuưy", ("", "\u0300", "\u0301", "\u0303", "\u0309", "\u0323")
_MARKED = "".join(
    sorted(
        {unicodedata.normalize("NFC", vowel + tone) for vowel in _VOWELS for tone in _TONES} - set("aeiouy")
    )
)
_SIGNS = "“”‘’–—…•·«»°′″\u00a0\u2009\u2010\u2011\u2212"  # the common ones; others cost a second look
_PARTING = "/-.,:"  # within codes
_A_SIGN = re.compile(rf"[^\w{COMBINING_MARKS}{INVISIBLE}]")
_ASCII = "".join(map(chr, range(128)))


def _plain(letter: str) -> str:
    return "d" if letter in "đ" + D_LOOKALIKES else unicodedata.normalize("NFD", letter)[0]


class _AccentTable:
    """Letters as bytes, and the bytes they become."""

    def __init__(self, letters: str, blanks: str) -> None:
        told = _ASCII + letters
        self._bytes = codecs.charmap_build(told.ljust(256, "\ufffe"))
        plain = "".join(" " if letter in blanks else _plain(letter) for letter in told)
        self._becomes = plain.encode("ascii").ljust(256, b" ")

    def level(self, text: str) -> bytes | None:
        """As many bytes as there are letters; None when there is one this table has not."""
        try:
            return codecs.charmap_encode(text, "strict", self._bytes)[0].translate(self._becomes)
        except UnicodeEncodeError:
            return None


_NO_WORD = "".join(sign for sign in _ASCII if not sign.isalnum())
_OF_WORDS = _AccentTable(_MARKED + "đ", _PARTING)
_OF_TEXT = _AccentTable(_MARKED + "đ" + D_LOOKALIKES + _SIGNS, _NO_WORD + _SIGNS)


def strip_word_accents(words: str) -> str | None:
    """`normalise.spread` of a row of exact forms; None when it has other letters than Vietnamese ones."""
    level = _OF_WORDS.level(words)
    if level is None:
        return None
    spread = level.decode("ascii")
    return " ".join(spread.split()) if "  " in f" {spread} " else spread


def strip_text_accents(text: str) -> bytes | None:
    """A text as long as it was: words without marks in small letters, all else blank.

    None when it has letters other than Vietnamese ones, or marks apart from their letters.
    """
    low = text.lower()
    if len(low) != len(text):
        return None
    return _OF_TEXT.level(low) or _OF_TEXT.level(_A_SIGN.sub(" ", low))
