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

import numpy as np
from numpy.typing import NDArray

from storage.records import Article
from storage.stories import near_text

SHINGLE_VERSION = 1  # raise it when any text would get another sample
WIDTH = 3  # syllables a shingle
ONE_IN = 32  # of the shingles is sampled …
AT_LEAST = 16  # … but of a short text so many
SHORTEST = 20  # syllables; a shorter text has no sample: it would be found in everything

Hashes = NDArray[np.uint64]
_TURN = np.array([0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9], dtype=np.uint64)
_MIX = np.uint64(0xBF58476D1CE4E5B9)
_BELOW = np.uint64((1 << 64) // ONE_IN)
_WORD = re.compile(r"[^\W_]+")
_UNSEEN = "\u0300-\u036f\u00ad\u200b-\u200d\u2060\ufeff"  # fold to nothing and part no word
_RAW_WORD = re.compile(rf"[^\W_]+(?:[{_UNSEEN}]+[^\W_]*)*")
_IOTA = "\u0345"  # the one mark that case folding makes a letter of
_CAPITAL = re.compile(r"[^\W\d_a-zà-ỹđ][^\W\d_]*")
_NUMBER = re.compile(r"\d+(?:[.,/-]\d+)*")
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

    @cached_property
    def digits(self) -> NDArray[np.bool_]:
        """Which of the syllables are numbers."""
        return np.fromiter((word[0].isdigit() for word in _raw_words(self.text)), dtype=np.bool_)

    @cached_property
    def capitals(self) -> NDArray[np.bool_]:
        """Which of them begin with a capital."""
        return np.fromiter((word[0].isupper() for word in _raw_words(self.text)), dtype=np.bool_)

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
    smallest = np.unique(hashes[hashes < _BELOW])
    if len(smallest) < AT_LEAST:
        smallest = np.unique(hashes)[:AT_LEAST]
    return Sample(SHINGLE_VERSION, len(words), tuple(smallest.view(np.int64).tolist()))


def sample_of(article: Article) -> Sample | None:
    """The sample of an article's text; None when it is too short to be told from others."""
    return sample(near_text(article.lead, article.body))


def grain(text: str) -> Grain:
    """The text prepared for comparison."""
    words = word_hashes(text)
    return Grain(text, words, shingle_hashes(words))


def folded(text: str) -> str:
    """The text in lower case without any mark; of the same text typed otherwise it is the same."""
    return unicodedata.normalize("NFC", text).casefold().translate(_BASE)


def word_hashes(text: str) -> Hashes:
    """The hash of each syllable in order."""
    return _hashes(_raw_words(text))


def _raw_words(text: str) -> list[str]:
    """The syllables as they are written: folding them one by one gives what the folded text is made of.

    Syllables recur, so that each is folded once, and not every text.
    """
    if _IOTA in text:
        return _WORD.findall(folded(text))
    return _RAW_WORD.findall(unicodedata.normalize("NFC", text))


def _hashes(raw: list[str]) -> Hashes:
    return np.fromiter(map(_hash, raw), dtype=np.uint64, count=len(raw))


@lru_cache(maxsize=1 << 16)
def _hash(word: str) -> int:
    bare = word.casefold().translate(_BASE)
    return int.from_bytes(blake2b(bare.encode(), digest_size=8).digest(), "big")


def shingle_hashes(words: Hashes) -> Hashes:
    """The shingles of a row of syllables, each once, ascending."""
    unique: Hashes = np.unique(row_of_shingles(words))
    return unique


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
    found = set()
    before: re.Match[str] | None = None
    text = unicodedata.normalize("NFC", text)
    for word in _WORD.finditer(text):
        capital = word[0][0].isupper()
        if capital and before is not None and text[before.end() : word.start()] == " ":
            found.add(folded(f"{before[0]} {word[0]}"))
        starts = capital and bool(_SENTENCE.search(text[max(0, word.start() - 4) : word.start()]))
        before = word if capital and not starts else None
    return frozenset(found)
