"""The tokenizer of Vietnamese text and its accent folding, used by every index and every query."""

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
MAX_FORM_CHARS = 100  # longer runs are blobs, and PostgreSQL refuses words over 2 KB

MAX_CACHED_FORMS = 1 << 17  # some 20 MB

_WORD = rf"\w[\w{COMBINING_MARKS}{INVISIBLE}]*"
_CODE_JOINT = r"(?:[/\-\u2010\u2011\u2013]|(?<=\d)[.,:](?=\d))"
WORD = re.compile(_WORD)
RUN = re.compile(rf"{_WORD}(?:{_CODE_JOINT}{_WORD})*")  # words, and what is written together: 589/QĐ-LĐLĐ
_INVISIBLE_CHARS = re.compile(f"[{INVISIBLE}]")
_DASHES = str.maketrans("\u2010\u2011\u2013", "---")
_CROSSED_D = str.maketrans(dict.fromkeys(D_LOOKALIKES, "đ"))
_CODE_SEPARATOR = re.compile(r"[/\-.,:]")
# In decomposed form: hòa, khỏe, úy, and the common slips tóan, qúa, all to tone on the main vowel (hoà).
_TONE = "[\u0300\u0301\u0303\u0309\u0323]"
_EARLY_TONE = re.compile(f"(?:(o)({_TONE})([ae])|(qu)({_TONE})([aeioy])|(u)({_TONE})(y))")


class Token(NamedTuple):
    """One word or code of a text; a tuple, because a page of results makes some ten thousand."""

    exact: str  # case folded, NFC, one tone placement, accents kept
    folded: str  # `exact` without accents, đ as d
    start: int  # first character, in the original text
    end: int  # after the last character, in the original text


def tokens(text: str) -> list[Token]:
    """Return the words of `text` in order; a run with a digit (589/QĐ-LĐLĐ) is one token.

    Positions are in `text` as given, whatever its composition (NFC or NFD).
    """
    text_tokens: list[Token] = []
    text = text.replace("_", " ")  # same length; an underscore is never part of a word here
    for run in RUN.finditer(text):
        forms = _single_token_forms(run[0])
        if forms:
            text_tokens.append(Token(*forms, run.start(), run.end()))
        else:
            text_tokens.extend(_word_tokens(text, run.start(), run.end()))
    return text_tokens


def exact_words(text: str) -> list[str]:
    """Return the exact forms of `tokens(text)` without positions, in half the time: what is indexed."""
    words: list[str] = []
    for run in RUN.findall(text.replace("_", " ")):
        if forms := _single_token_forms(run):
            words.append(forms[0])
        else:
            words.extend(_exact_form(word) for word in WORD.findall(run))
    return words


def code_parts(form: str) -> tuple[str, ...]:
    """Split a code into its words: `589/qd-ldld` → 589, qd, ldld; a plain word is its only part."""
    return tuple(part for part in _CODE_SEPARATOR.split(form) if part)


def find_words(text: str, folded_words: Collection[str], prefixes: tuple[str, ...] = ()) -> dict[int, Token]:
    """Return the words of `text`, codes in parts, with one of the folded forms or prefixes.

    The keys are word numbers in the text. A page of results holds ten thousand words, of which it shows a
    hundred: the others are only counted.
    """
    plain_text = text.replace("_", " ")
    unaccented = strip_text_accents(plain_text)
    if unaccented is None:
        return _find_words_one_by_one(plain_text, folded_words, prefixes)
    line = b" " + unaccented + b" "
    patterns = [f" {word} " for word in folded_words] + [f" {prefix}" for prefix in prefixes]
    starts = {
        start for pattern in patterns if pattern.isascii() for start in _occurrences(line, pattern.encode())
    }
    words: dict[int, Token] = {}
    word_number = counted_to = 0
    for start in sorted(starts):
        end = line.index(b" ", start + 1) - 1
        word_number += len(unaccented[counted_to:start].split())
        counted_to = start
        words[word_number] = _make_token(plain_text[start:end], start, end)
    return words


def _occurrences(line: bytes, pattern: bytes) -> Iterator[int]:
    index = line.find(pattern)
    while index >= 0:
        yield index
        index = line.find(pattern, index + 1)


def _find_words_one_by_one(
    text: str, folded_words: Collection[str], prefixes: tuple[str, ...]
) -> dict[int, Token]:
    words: dict[int, Token] = {}
    for word_number, match in enumerate(WORD.finditer(text)):
        token = _make_token(match[0], match.start(), match.end())
        if token.folded in folded_words or token.folded.startswith(prefixes):
            words[word_number] = token
    return words


@lru_cache(maxsize=1 << 16)  # syllables recur: nine words of ten are answered from here
def fold(exact: str) -> str:
    """Return an exact form without its accents."""
    letters = "".join(c for c in unicodedata.normalize("NFD", exact) if not unicodedata.combining(c))
    return unicodedata.normalize("NFC", letters).replace("đ", "d") or exact


@lru_cache(maxsize=1 << 16)
def fold_parts(exact: str) -> tuple[str, ...]:
    """Return the words of an exact form without their accents; one for a plain word."""
    return code_parts(fold(exact))


class _FoldedForms(dict[str, str]):
    """Folded words by exact form; a dict, because every word of a text is looked up: lru_cache is slower."""

    def __missing__(self, exact: str) -> str:
        if len(self) >= MAX_CACHED_FORMS:
            self.clear()
        self[exact] = folded = " ".join(fold_parts(exact))
        return folded


_FOLDED_FORMS = _FoldedForms()


def fold_words(words: str) -> str:
    """Return exact forms, separated by blanks, as words without accents, codes in parts."""
    unaccented = strip_word_accents(words)
    return unaccented if unaccented is not None else " ".join(map(_FOLDED_FORMS.__getitem__, words.split()))


@lru_cache(maxsize=1 << 16)
def has_accents_or_digits(exact: str) -> bool:
    """Return whether a form says more than its folded one: it has accents, or it is a number or code."""
    return fold(exact) != exact or any(c.isdigit() for c in exact)


def _word_tokens(text: str, start: int, end: int) -> list[Token]:
    return [_make_token(word[0], word.start(), word.end()) for word in WORD.finditer(text, start, end)]


def _make_token(word: str, start: int, end: int) -> Token:
    exact = _exact_form(word)
    return Token(exact, fold(exact), start, end)


@lru_cache(maxsize=1 << 16)
def _single_token_forms(run: str) -> tuple[str, str] | None:
    """Both forms of a run that is one token; None when it is several words (no digit, or too long)."""
    exact = _exact_form(run)
    has_parts = len(code_parts(exact)) > 1
    if has_parts and (len(exact) >= MAX_FORM_CHARS or not any(c.isdigit() for c in exact)):
        return None
    return exact, fold(exact)


@lru_cache(maxsize=1 << 16)
def _exact_form(run: str) -> str:
    visible = unicodedata.normalize("NFC", _INVISIBLE_CHARS.sub("", run)).casefold()
    decomposed = unicodedata.normalize("NFD", visible.translate(_CROSSED_D).translate(_DASHES))
    tones_moved = _EARLY_TONE.sub(_move_tone, decomposed)
    return unicodedata.normalize("NFC", tones_moved)[:MAX_FORM_CHARS]


def _move_tone(match: re.Match[str]) -> str:
    before, tone, vowel = (group for group in match.groups() if group)
    return before + vowel + tone  # composition puts it after the vowel's own hat or horn
