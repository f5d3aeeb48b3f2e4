"""What words weigh in the SQLite index: in how many documents they stand, counted once for many answers."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from weakref import WeakKeyDictionary

from sqlalchemy import Connection, Engine, text

STALE_SHARE = (
    0.1  # share of documents come or gone since a word was counted, from which on it is counted again
)
MAX_CACHED_WORDS = 50_000  # words
MIN_IDF = 1e-6  # weight of a word that stands in over half of the documents: bm25's own, as FTS5 has it

_AVERAGES = text("SELECT block FROM search_fts_data WHERE id = 1")
_COUNT = text("SELECT count(*) FROM search_fts WHERE search_fts MATCH :match")


@dataclass(frozen=True, slots=True)
class CollectionStatistics:
    """What bm25 has to know of all documents."""

    documents: int
    mean: float  # words of a document, at least 1


@dataclass(frozen=True, slots=True)
class _CachedFrequency:
    times: int  # documents with the word
    documents: int  # of the index then


_counted: WeakKeyDictionary[Engine, dict[str, _CachedFrequency]] = WeakKeyDictionary()


def collection_statistics(connection: Connection) -> CollectionStatistics:
    """The number of documents and their mean length, from the record FTS5 keeps for its own bm25."""
    documents, *columns = _varints(connection.scalar(_AVERAGES) or b"\x00")
    return CollectionStatistics(documents, max(1.0, sum(columns) / max(1, documents)))


def document_frequencies(
    connection: Connection, words: Iterable[str], whole: CollectionStatistics
) -> Mapping[str, int]:
    """In how many documents each folded word stands, about.

    A count is kept while the index has about as many documents: to walk through a word that stands in half
    of a million takes longer than all else.
    """
    kept = _counted.setdefault(connection.engine, {})
    if len(kept) > MAX_CACHED_WORDS:
        kept.clear()
    found = {}
    for word in dict.fromkeys(words):
        counted = kept.get(word)
        if counted is None or abs(counted.documents - whole.documents) > STALE_SHARE * whole.documents:
            times = connection.scalar(_COUNT, {"match": f'"{word}"'}) or 0
            counted = kept[word] = _CachedFrequency(times, whole.documents)
        found[word] = counted.times
    return found


def inverse_document_frequencies(
    connection: Connection, words: Iterable[str], whole: CollectionStatistics
) -> Mapping[str, float]:
    """The inverse document frequency of folded words, as FTS5's bm25 works it out."""
    return {
        word: inverse_document_frequency(times, whole)
        for word, times in document_frequencies(connection, words, whole).items()
    }


def inverse_document_frequency(times: int, whole: CollectionStatistics) -> float:
    """The inverse document frequency of a word that stands in so many documents."""
    rest = max(0, whole.documents - times)
    return max(MIN_IDF, math.log((rest + 0.5) / (times + 0.5)))


def _varints(block: bytes) -> list[int]:
    """SQLite's integers: seven bits a byte, the highest first; none here needs the ninth byte."""
    found, value = [], 0
    for byte in block:
        value = value << 7 | byte & 0x7F
        if byte < 0x80:
            found.append(value)
            value = 0
    return found
