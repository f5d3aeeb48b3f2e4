"""Word shingles of a text: the sample that near-duplicates are looked up by, and texts made comparable.

The scheme is our own and versioned, because signatures are stored: syllables folded to base letters, hashed
with BLAKE2b, every three in a row combined to a 64-bit shingle, the smallest shingles kept as a sample
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
SHINGLE_WIDTH = 3  # syllables
SAMPLING_RATE = 32  # one shingle in so many is sampled …
MIN_SAMPLED_SHINGLES = 16  # … but of a short text so many
MIN_SAMPLED_SYLLABLES = 20  # a shorter text has no sample: it would be found in everything

Hashes = NDArray[np.uint64]
_SHINGLE_FACTORS = np.array([0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9], dtype=np.uint64)
_MIX_FACTOR = np.uint64(0xBF58476D1CE4E5B9)
_SAMPLE_BELOW = np.uint64((1 << 64) // SAMPLING_RATE)
_INVISIBLE = "\u0300-\u036f\u00ad\u200b-\u200d\u2060\ufeff"  # fold to nothing and separate no words
_RAW_WORD = re.compile(rf"[^\W_]+(?:[{_INVISIBLE}]+[^\W_]*)*")
_IOTA = "\u0345"  # the one mark that case folding makes a letter of
_NUMBER = re.compile(r"\d+(?:[.,/-]\d+)*")
_LOWER = "a-zà-öø-ÿđăĩũơư" + "".join(map(chr, range(0x1EA1, 0x1EFA, 2)))  # skipped early; not all there are
_NAME_PAIR = re.compile(rf"(?<![^\W_])(?=([^\W\d_{_LOWER}][^\W_]*) ([^\W\d_{_LOWER}][^\W_]*))")
_FIRST_WORD_CHAR, _WORD_CHARS = 0xE000, 0x110000 - 0xE000  # code points without surrogates, one for a word
_SENTENCE_END = re.compile(r"[.!?:;\n…]\s*[\"“(‘-]?\s*$")


def _base_letters() -> dict[int, str | None]:
    """Map every Latin letter with marks to its base letter, the marks themselves to nothing."""
    table: dict[int, str | None] = dict.fromkeys(range(768, 880))
    table |= {ord(char): None for char in "\u00ad\u200b\u200c\u200d\u2060\ufeff"}
    for code in (*range(0xC0, 0x250), *range(0x1E00, 0x1F00)):
        base = unicodedata.normalize("NFD", chr(code))[0]
        if base != chr(code):
            table[code] = base
    return table | {ord("đ"): "d", ord("ð"): "d", ord("ɖ"): "d"}


_BASE_LETTERS = _base_letters()


@dataclass(frozen=True, slots=True)
class ShingleSample:
    """The sampled shingles of a text, smallest first, as signed 64-bit numbers that databases store."""

    version: int  # SHINGLE_VERSION it was made by
    words: int  # syllables of the text
    shingles: tuple[int, ...]


@dataclass(frozen=True)
class ComparableText:
    """A text prepared for comparison; what only likely duplicates need is made on demand (no slots)."""

    text: str
    words: NDArray[np.uint64]  # hash of each folded syllable, in order
    shingles: Hashes  # each once, ascending
    title: str = ""

    @cached_property
    def spelled_words(self) -> list[str]:
        """Each syllable as it is written."""
        return list(chain.from_iterable(map(_RAW_WORD.findall, _tokens(self.text))))

    @cached_property
    def word_chars(self) -> str:
        """One character for each syllable: strings are aligned some six times as fast as lists of numbers.

        In a pair of texts in thirty two different syllables have one; one syllable more counts as shared.
        """
        codes = (self.words % np.uint64(_WORD_CHARS)).astype("<u4") + np.uint32(_FIRST_WORD_CHAR)
        return codes.tobytes().decode("utf-32-le")

    @cached_property
    def digits(self) -> NDArray[np.bool_]:
        """Flags of the syllables that are numbers."""
        return (np.frombuffer(self.word_flags, dtype=np.uint8) & 1).astype(np.bool_)

    @cached_property
    def capitals(self) -> NDArray[np.bool_]:
        """Flags of the syllables that begin with a capital."""
        return (np.frombuffer(self.word_flags, dtype=np.uint8) & 2).astype(np.bool_)

    @cached_property
    def word_flags(self) -> bytes:
        """One byte for each syllable: odd for a number, 2 more for a capital at its beginning."""
        return b"".join(map(_token_flags, _tokens(self.text)))

    @cached_property
    def numbers(self) -> frozenset[str]:
        """Its numbers: dates, amounts, counts."""
        return numbers_in(self.text)

    @cached_property
    def names(self) -> frozenset[str]:
        """Pairs of capitalised words inside sentences, folded."""
        return names_in(self.text)


def sample_shingles(text: str) -> ShingleSample | None:
    """Return the shingle sample of a text; None for one too short to be told from others."""
    words = word_hashes(text)
    if len(words) < MIN_SAMPLED_SYLLABLES:
        return None
    hashes = row_of_shingles(words)
    smallest = _sorted_unique(hashes[hashes < _SAMPLE_BELOW])
    if len(smallest) < MIN_SAMPLED_SHINGLES:
        smallest = _sorted_unique(hashes)[:MIN_SAMPLED_SHINGLES]
    return ShingleSample(SHINGLE_VERSION, len(words), tuple(smallest.view(np.int64).tolist()))


def sample_article(article: Article) -> ShingleSample | None:
    """Return the shingle sample of an article's lead and body; None when these are too short."""
    return sample_shingles(near_text(article.lead, article.body))


def prepare_text(text: str, title: str = "") -> ComparableText:
    """Prepare a text for comparison, with the title it stands under where that is known."""
    words = word_hashes(text)
    return ComparableText(text, words, shingle_hashes(words), title)


def fold_text(text: str) -> str:
    """Return the text in lower case without any mark, the same for every way of typing it."""
    return unicodedata.normalize("NFC", text).casefold().translate(_BASE_LETTERS)


def word_hashes(text: str) -> Hashes:
    """Return the hash of each syllable in order."""
    return np.fromiter(chain.from_iterable(map(_token_hashes, _tokens(text))), dtype=np.uint64)


def _tokens(text: str) -> list[str]:
    """Split a text at spaces: most tokens recur, so that each is split and folded only once.

    Folding word by word gives the words of the folded text, but for the one mark that becomes a letter.
    """
    return (fold_text(text) if _IOTA in text else unicodedata.normalize("NFC", text)).split()


@lru_cache(maxsize=1 << 16)
def _token_hashes(token: str) -> tuple[int, ...]:
    return tuple(
        int.from_bytes(blake2b(_fold_word(word).encode(), digest_size=8).digest(), "big")
        for word in _RAW_WORD.findall(token)
    )


@lru_cache(maxsize=1 << 14)
def _fold_word(word: str) -> str:
    """Return a composed word folded."""
    return word.casefold().translate(_BASE_LETTERS)


@lru_cache(maxsize=1 << 14)
def _token_flags(token: str) -> bytes:
    """Return a byte for each syllable: 1 for a number, 2 for a capital at its beginning."""
    return bytes(word[0].isdigit() + 2 * word[0].isupper() for word in _RAW_WORD.findall(token))


def _sorted_unique(hashes: Hashes) -> Hashes:
    """Return each hash once, ascending; for so short a row faster than numpy's own."""
    ascending = np.sort(hashes)
    first = np.ones(len(ascending), dtype=np.bool_)
    np.not_equal(ascending[1:], ascending[:-1], out=first[1:])
    unique: Hashes = ascending[first]
    return unique


def shingle_hashes(words: Hashes) -> Hashes:
    """Return the shingles of a row of syllables, each once, ascending."""
    return _sorted_unique(row_of_shingles(words))


def row_of_shingles(words: Hashes) -> Hashes:
    """Return the shingles of a row of syllables, in order."""
    if len(words) < SHINGLE_WIDTH:
        return words[:0]
    mixed: Hashes = (
        words[:-2] * _SHINGLE_FACTORS[0] + words[1:-1] * _SHINGLE_FACTORS[1] + words[2:] * _SHINGLE_FACTORS[2]
    )
    mixed ^= mixed >> np.uint64(29)
    mixed *= _MIX_FACTOR
    mixed ^= mixed >> np.uint64(32)
    return mixed


def numbers_in(text: str) -> frozenset[str]:
    """Return the numbers of a text, without separators and leading zeros: dates, amounts, counts."""
    digits = (re.sub(r"[.,/-]", "", number).lstrip("0") for number in _NUMBER.findall(text))
    return frozenset(number for number in digits if number)


def names_in(text: str) -> frozenset[str]:
    """Return every two capitalised words in a row inside a sentence, folded: persons, places, offices."""
    text = unicodedata.normalize("NFC", text)
    return frozenset(
        f"{_fold_word(pair[1])} {_fold_word(pair[2])}"
        for pair in _NAME_PAIR.finditer(text)
        if pair[1][0].isupper()
        and pair[2][0].isupper()
        and not _SENTENCE_END.search(text[max(0, pair.start() - 4) : pair.start()])
    )
