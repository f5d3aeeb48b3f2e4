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
    for token_run in RUN.finditer(text):
        token_forms = _single_token_forms(token_run[0])
        if token_forms:
            text_tokens.append(Token(*token_forms, token_run.start(), token_run.end()))
        else:
            text_tokens.extend(_word_tokens(text, token_run.start(), token_run.end()))
    return text_tokens


def exact_words(text: str) -> list[str]:
    """Return the exact forms of `tokens(text)` without positions, in half the time: what is indexed."""
    token_words: list[str] = []
    for token_run in RUN.findall(text.replace("_", " ")):
        if token_forms := _single_token_forms(token_run):
            token_words.append(token_forms[0])
        else:
            token_words.extend(_exact_form(token_word) for token_word in WORD.findall(token_run))
    return token_words


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
    token_line = b" " + unaccented + b" "
    token_patterns = [f" {token_word} " for token_word in folded_words] + [
        f" {prefix}" for prefix in prefixes
    ]
    token_starts = {
        token_start
        for token_pattern in token_patterns
        if token_pattern.isascii()
        for token_start in _occurrences(token_line, token_pattern.encode())
    }
    token_words: dict[int, Token] = {}
    word_number = counted_to = 0
    for token_start in sorted(token_starts):
        token_end = token_line.index(b" ", token_start + 1) - 1
        word_number += len(unaccented[counted_to:token_start].split())
        counted_to = token_start
        token_words[word_number] = _make_token(plain_text[token_start:token_end], token_start, token_end)
    return token_words


def _occurrences(token_line: bytes, token_pattern: bytes) -> Iterator[int]:
    token_index = token_line.find(token_pattern)
    while token_index >= 0:
        yield token_index
        token_index = token_line.find(token_pattern, token_index + 1)


def _find_words_one_by_one(
    text: str, folded_words: Collection[str], prefixes: tuple[str, ...]
) -> dict[int, Token]:
    token_words: dict[int, Token] = {}
    for word_number, token_match in enumerate(WORD.finditer(text)):
        token = _make_token(token_match[0], token_match.start(), token_match.end())
        if token.folded in folded_words or token.folded.startswith(prefixes):
            token_words[word_number] = token
    return token_words


@lru_cache(maxsize=1 << 16)  # syllables recur: nine words of ten are answered from here
def fold(exact: str) -> str:
    """Return an exact form without its accents."""
    folded_letters = "".join(c for c in unicodedata.normalize("NFD", exact) if not unicodedata.combining(c))
    return unicodedata.normalize("NFC", folded_letters).replace("đ", "d") or exact


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


def fold_words(token_words: str) -> str:
    """Return exact forms, separated by blanks, as words without accents, codes in parts."""
    unaccented = strip_word_accents(token_words)
    return (
        unaccented
        if unaccented is not None
        else " ".join(map(_FOLDED_FORMS.__getitem__, token_words.split()))
    )


@lru_cache(maxsize=1 << 16)
def has_accents_or_digits(exact: str) -> bool:
    """Return whether a form says more than its folded one: it has accents, or it is a number or code."""
    return fold(exact) != exact or any(c.isdigit() for c in exact)


def _word_tokens(text: str, token_start: int, token_end: int) -> list[Token]:
    return [
        _make_token(token_word[0], token_word.start(), token_word.end())
        for token_word in WORD.finditer(text, token_start, token_end)
    ]


def _make_token(token_word: str, token_start: int, token_end: int) -> Token:
    exact = _exact_form(token_word)
    return Token(exact, fold(exact), token_start, token_end)


@lru_cache(maxsize=1 << 16)
def _single_token_forms(token_run: str) -> tuple[str, str] | None:
    """Both forms of a run that is one token; None when it is several words (no digit, or too long)."""
    exact = _exact_form(token_run)
    has_parts = len(code_parts(exact)) > 1
    if has_parts and (len(exact) >= MAX_FORM_CHARS or not any(c.isdigit() for c in exact)):
        return None
    return exact, fold(exact)


@lru_cache(maxsize=1 << 16)
def _exact_form(token_run: str) -> str:
    visible_form = unicodedata.normalize("NFC", _INVISIBLE_CHARS.sub("", token_run)).casefold()
    decomposed_form = unicodedata.normalize("NFD", visible_form.translate(_CROSSED_D).translate(_DASHES))
    tones_moved = _EARLY_TONE.sub(_move_tone, decomposed_form)
    return unicodedata.normalize("NFC", tones_moved)[:MAX_FORM_CHARS]


def _move_tone(token_match: re.Match[str]) -> str:
    tone_before, tone, vowel = (group for group in token_match.groups() if group)
    return tone_before + vowel + tone  # composition puts it after the vowel's own hat or horn
