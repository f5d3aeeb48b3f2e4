"""The one tokeniser and the one folding of Vietnamese text that every index and every query goes through."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterator
from functools import lru_cache
from typing import NamedTuple

from storage.text.accents import (
    COMBINING_MARKS,
    D_LOOKALIKES,
    INVISIBLE,
    strip_text_accents,
    strip_word_accents,
)

# Stored with every indexed document. Raise it whenever `tokens` gives other forms for any text: rows of
# another version are reported by `verify`, and the index is then rebuilt from the store.
NORM_VERSION = 1
MAX_FORM_CHARS = 100  # characters of a form; longer runs are blobs, and PostgreSQL refuses words over 2 KB

MAX_CACHED_FORMS = 1 << 17  # forms; some 20 MB

_WORD = rf"\w[\w{COMBINING_MARKS}{INVISIBLE}]*"
_JOIN = r"(?:[/\-\u2010\u2011\u2013]|(?<=\d)[.,:](?=\d))"
WORD = re.compile(_WORD)
RUN = re.compile(rf"{_WORD}(?:{_JOIN}{_WORD})*")  # words, and what is written together: 589/QĐ-LĐLĐ
_DROP = re.compile(f"[{INVISIBLE}]")
_DASHES = str.maketrans("\u2010\u2011\u2013", "---")
_CROSSED_D = str.maketrans(dict.fromkeys(D_LOOKALIKES, "đ"))
_SPLIT = re.compile(r"[/\-.,:]")
# In decomposed form: hòa, khỏe, úy, and the common slips tóan, qúa, all to tone on the main vowel (hoà).
_TONE = "[\u0300\u0301\u0303\u0309\u0323]"
_EARLY_TONE = re.compile(f"(?:(o)({_TONE})([ae])|(qu)({_TONE})([aeioy])|(u)({_TONE})(y))")


class Token(NamedTuple):
    """One word or code of a text; a tuple, because a page of results makes some ten thousand."""

    exact: str  # case folded, NFC, one tone placement, marks kept
    folded: str  # `exact` without marks, đ as d
    start: int  # first character, in the original text
    end: int  # after the last character, in the original text


def tokens(text: str) -> list[Token]:
    """The words of `text` in order; a run with a digit written together (589/QĐ-LĐLĐ) is one token.

    Positions are in `text` as given, whatever its composition (NFC or NFD).
    """
    found: list[Token] = []
    text = text.replace("_", " ")  # same length; an underscore is never part of a word here
    for run in RUN.finditer(text):
        forms = _forms(run[0])
        if forms:
            found.append(Token(*forms, run.start(), run.end()))
        else:
            found.extend(_words(text, run.start(), run.end()))
    return found


def exact_words(text: str) -> list[str]:
    """The exact forms of `tokens(text)` without their places, in half the time: what an index is made of."""
    found: list[str] = []
    for run in RUN.findall(text.replace("_", " ")):
        if forms := _forms(run):
            found.append(forms[0])
        else:
            found.extend(_exact(word) for word in WORD.findall(run))
    return found


def code_parts(form: str) -> tuple[str, ...]:
    """The words within a form: `589/qd-ldld` → 589, qd, ldld; a plain word is its only part."""
    return tuple(part for part in _SPLIT.split(form) if part)


def find_words(text: str, wanted: Collection[str], beginnings: tuple[str, ...] = ()) -> dict[int, Token]:
    """The words of `text`, codes in parts, whose folded form is wanted or has one of these beginnings.

    By their number in the row of all. A page of results holds ten thousand words, of which it shows a
    hundred: the others are only counted.
    """
    plain = text.replace("_", " ")
    level = strip_text_accents(plain)
    if level is None:
        return _sought_singly(plain, wanted, beginnings)
    line = b" " + level + b" "
    ends = [f" {word} " for word in wanted] + [f" {beginning}" for beginning in beginnings]
    starts = {start for sign in ends if sign.isascii() for start in _places(line, sign.encode())}
    found: dict[int, Token] = {}
    at = passed = 0
    for start in sorted(starts):
        end = line.index(b" ", start + 1) - 1
        at += len(level[passed:start].split())
        passed = start
        found[at] = _token(plain[start:end], start, end)
    return found


def _places(line: bytes, sign: bytes) -> Iterator[int]:
    at = line.find(sign)
    while at >= 0:
        yield at
        at = line.find(sign, at + 1)


def _sought_singly(plain: str, wanted: Collection[str], beginnings: tuple[str, ...]) -> dict[int, Token]:
    found: dict[int, Token] = {}
    for at, word in enumerate(WORD.finditer(plain)):
        form = _token(word[0], word.start(), word.end())
        if form.folded in wanted or form.folded.startswith(beginnings):
            found[at] = form
    return found


@lru_cache(maxsize=1 << 16)  # syllables recur: nine words of ten are answered from here
def fold(exact: str) -> str:
    """An exact form without its marks."""
    bare = "".join(c for c in unicodedata.normalize("NFD", exact) if not unicodedata.combining(c))
    return unicodedata.normalize("NFC", bare).replace("đ", "d") or exact


@lru_cache(maxsize=1 << 16)
def fold_parts(exact: str) -> tuple[str, ...]:
    """The words of an exact form without their marks; one for a plain word."""
    return code_parts(fold(exact))


class _FoldedForms(dict[str, str]):
    """Exact forms with their words without marks: every word of a text asks, and a cache would be slower."""

    def __missing__(self, exact: str) -> str:
        if len(self) >= MAX_CACHED_FORMS:
            self.clear()
        self[exact] = found = " ".join(fold_parts(exact))
        return found


_FOLDED_FORMS = _FoldedForms()


def fold_words(words: str) -> str:
    """A row of exact forms parted by blanks as its words without marks."""
    level = strip_word_accents(words)
    return level if level is not None else " ".join(map(_FOLDED_FORMS.__getitem__, words.split()))


@lru_cache(maxsize=1 << 16)
def has_accents_or_digits(exact: str) -> bool:
    """Whether a form says more than its folded one: it has marks, or it is a number or code."""
    return fold(exact) != exact or any(c.isdigit() for c in exact)


def _words(text: str, start: int, end: int) -> list[Token]:
    return [_token(word[0], word.start(), word.end()) for word in WORD.finditer(text, start, end)]


def _token(word: str, start: int, end: int) -> Token:
    exact = _exact(word)
    return Token(exact, fold(exact), start, end)


@lru_cache(maxsize=1 << 16)
def _forms(run: str) -> tuple[str, str] | None:
    """Both forms of a run that is one token; None when it is several words (no digit, or too long)."""
    exact = _exact(run)
    several = len(code_parts(exact)) > 1
    if several and (len(exact) >= MAX_FORM_CHARS or not any(c.isdigit() for c in exact)):
        return None
    return exact, fold(exact)


@lru_cache(maxsize=1 << 16)
def _exact(run: str) -> str:
    plain = unicodedata.normalize("NFC", _DROP.sub("", run)).casefold()
    decomposed = unicodedata.normalize("NFD", plain.translate(_CROSSED_D).translate(_DASHES))
    placed = _EARLY_TONE.sub(_late_tone, decomposed)
    return unicodedata.normalize("NFC", placed)[:MAX_FORM_CHARS]


def _late_tone(match: re.Match[str]) -> str:
    before, tone, vowel = (group for group in match.groups() if group)
    return before + vowel + tone  # composition puts it after the vowel's own hat or horn
