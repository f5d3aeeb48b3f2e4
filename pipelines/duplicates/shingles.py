"""A text as word shingles: what near-duplicates are found by and held against each other (pure).

The scheme is our own and versioned, because signatures are kept for ever: syllables folded to base letters,
hashed with BLAKE2b, every three in a row combined to a 64-bit shingle, the smallest shingles kept as a sample
(sketching by the smallest hashes: Broder 1997; samples of every n-th hash: Manber 1994).
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import cached_property, lru_cache
from hashlib import blake2b
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from storage.records import Article
from storage.stories.clusters import near_text

SHINGLE_VERSION = 1  # raise it when any text would get another sample
WIDTH = 3  # syllables a shingle
ONE_IN = 32  # of the shingles is sampled …
AT_LEAST = 16  # … but of a short text so many
SHORTEST = 20  # syllables; a shorter text has no sample: it would be found in everything

Hashes = NDArray[np.uint64]
_TURN = np.array([0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9], dtype=np.uint64)
_MIX = np.uint64(0xBF58476D1CE4E5B9)
_BELOW = np.uint64((1 << 64) // ONE_IN)
_UNSEEN = "\u0300-\u036f\u00ad\u200b-\u200d\u2060\ufeff"  # fold to nothing and part no word
_RAW_WORD = re.compile(rf"[^\W_]+(?:[{_UNSEEN}]+[^\W_]*)*")
_IOTA = "\u0345"  # the one mark that case folding makes a letter of
_NUMBER = re.compile(r"\d+(?:[.,/-]\d+)*")
_LOWER = "a-zà-öø-ÿđăĩũơư" + "".join(map(chr, range(0x1EA1, 0x1EFA, 2)))  # skipped early; not all there are
_NAMED = re.compile(rf"(?<![^\W_])(?=([^\W\d_{_LOWER}][^\W_]*) ([^\W\d_{_LOWER}][^\W_]*))")
_PRIVATE, _PRIVATES = (
    0xE000,
    0x110000 - 0xE000,
)  # characters, none of them half of another, that stand for words
_SENTENCE = re.compile(r"[.!?:;\n…]\s*[\"“(‘-]?\s*$")


def _base_letters() -> dict[int, str | None]:
    """Every Latin letter with marks to its base letter; marks themselves to nothing."""
    table: dict[int, str | None] = dict.fromkeys(range(768, 880))
    table |= {ord(char): None for char in "\u00ad\u200b\u200c\u200d\u2060\ufeff"}
    for code in (*range(0xC0, 0x250), *range(0x1E00, 0x1F00)):
        bare = unicodedata.normalize("NFD", chr(code))[0]
        if bare != chr(code):
            table[code] = bare
    return table | {ord("đ"): "d", ord("ð"): "d", ord("ɖ"): "d"}


_BASE = _base_letters()


@dataclass(frozen=True, slots=True)
class Sample:
    """The sampled shingles of a text, smallest first, as signed 64-bit numbers that databases keep."""

    version: int
    words: int  # syllables of the text
    shingles: tuple[int, ...]


@dataclass(frozen=True)
class Grain:
    """A text prepared for comparison; what only likely kin need is made when asked for (so no slots)."""

    text: str
    words: NDArray[np.uint64]  # hash of each folded syllable, in order
    shingles: Hashes  # each once, ascending
    title: str = ""

    @cached_property
    def spelled(self) -> list[str]:
        """Each syllable as it is written."""
        return list(chain.from_iterable(map(_RAW_WORD.findall, _tokens(self.text))))

    @cached_property
    def coded(self) -> str:
        """A character for each syllable: strings are aligned some six times as fast as lists of numbers.

        In a pair of texts in thirty two different syllables share one; then one syllable more counts as held.
        """
        codes = (self.words % np.uint64(_PRIVATES)).astype("<u4") + np.uint32(_PRIVATE)
        return codes.tobytes().decode("utf-32-le")

    @cached_property
    def digits(self) -> NDArray[np.bool_]:
        """Which of the syllables are numbers."""
        return (np.frombuffer(self.looks, dtype=np.uint8) & 1).astype(np.bool_)

    @cached_property
    def capitals(self) -> NDArray[np.bool_]:
        """Which of them begin with a capital."""
        return (np.frombuffer(self.looks, dtype=np.uint8) & 2).astype(np.bool_)

    @cached_property
    def looks(self) -> bytes:
        """A byte for each syllable: odd for a number, 2 more for a capital at its beginning."""
        return b"".join(map(_looks, _tokens(self.text)))

    @cached_property
    def numbers(self) -> frozenset[str]:
        """Dates, amounts, counts."""
        return numbers_in(self.text)

    @cached_property
    def names(self) -> frozenset[str]:
        """Pairs of capitalised words inside sentences, folded."""
        return names_in(self.text)


def sample(text: str) -> Sample | None:
    """The sample of a text; None for one too short to be told from others."""
    words = word_hashes(text)
    if len(words) < SHORTEST:
        return None
    hashes = row_of_shingles(words)
    smallest = _once(hashes[hashes < _BELOW])
    if len(smallest) < AT_LEAST:
        smallest = _once(hashes)[:AT_LEAST]
    return Sample(SHINGLE_VERSION, len(words), tuple(smallest.view(np.int64).tolist()))


def sample_of(article: Article) -> Sample | None:
    """The sample of an article's text; None when it is too short to be told from others."""
    return sample(near_text(article.lead, article.body))


def grain(text: str, title: str = "") -> Grain:
    """The text prepared for comparison, with the title it stands under where that is known."""
    words = word_hashes(text)
    return Grain(text, words, shingle_hashes(words), title)


def folded(text: str) -> str:
    """The text in lower case without any mark; of the same text typed otherwise it is the same."""
    return unicodedata.normalize("NFC", text).casefold().translate(_BASE)


def word_hashes(text: str) -> Hashes:
    """The hash of each syllable in order."""
    return np.fromiter(chain.from_iterable(map(_token_hashes, _tokens(text))), dtype=np.uint64)


def _tokens(text: str) -> list[str]:
    """What stands between spaces: most of it recurs, so that each is taken apart and folded once.

    Folding word by word gives what the folded text is made of, but for the one mark that becomes a letter.
    """
    return (folded(text) if _IOTA in text else unicodedata.normalize("NFC", text)).split()


@lru_cache(maxsize=1 << 16)
def _token_hashes(token: str) -> tuple[int, ...]:
    return tuple(
        int.from_bytes(blake2b(_bare(word).encode(), digest_size=8).digest(), "big")
        for word in _RAW_WORD.findall(token)
    )


@lru_cache(maxsize=1 << 14)
def _bare(word: str) -> str:
    """A composed word folded."""
    return word.casefold().translate(_BASE)


@lru_cache(maxsize=1 << 14)
def _looks(token: str) -> bytes:
    """A byte for each syllable: 1 for a number, 2 for a capital at its beginning."""
    return bytes(word[0].isdigit() + 2 * word[0].isupper() for word in _RAW_WORD.findall(token))


def _once(hashes: Hashes) -> Hashes:
    """Each hash once, ascending; of so short a row faster than numpy's own."""
    ascending = np.sort(hashes)
    first = np.ones(len(ascending), dtype=np.bool_)
    np.not_equal(ascending[1:], ascending[:-1], out=first[1:])
    once: Hashes = ascending[first]
    return once


def shingle_hashes(words: Hashes) -> Hashes:
    """The shingles of a row of syllables, each once, ascending."""
    return _once(row_of_shingles(words))


def row_of_shingles(words: Hashes) -> Hashes:
    """The shingles of a row of syllables, in order."""
    if len(words) < WIDTH:
        return words[:0]
    mixed: Hashes = words[:-2] * _TURN[0] + words[1:-1] * _TURN[1] + words[2:] * _TURN[2]
    mixed ^= mixed >> np.uint64(29)
    mixed *= _MIX
    mixed ^= mixed >> np.uint64(32)
    return mixed


def numbers_in(text: str) -> frozenset[str]:
    """The numbers of a text, without separators and leading zeros: dates, amounts, counts."""
    found = (re.sub(r"[.,/-]", "", part).lstrip("0") for part in _NUMBER.findall(text))
    return frozenset(number for number in found if number)


def names_in(text: str) -> frozenset[str]:
    """Every two capitalised words in a row that do not begin a sentence, folded: persons, places, offices."""
    text = unicodedata.normalize("NFC", text)
    return frozenset(
        f"{_bare(pair[1])} {_bare(pair[2])}"
        for pair in _NAMED.finditer(text)
        if pair[1][0].isupper()
        and pair[2][0].isupper()
        and not _SENTENCE.search(text[max(0, pair.start() - 4) : pair.start()])
    )
