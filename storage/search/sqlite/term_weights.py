"""Term weights on SQLite: collection statistics, and cached document frequencies of words."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from weakref import WeakKeyDictionary

from sqlalchemy import Connection, Engine, text

STALE_SHARE = 0.1  # a frequency is counted again when the number of documents has changed by this share
MAX_CACHED_WORDS = 50_000
MIN_IDF = 1e-6  # of a word in over half of the documents, as in FTS5's bm25

_AVERAGES = text("SELECT block FROM search_fts_data WHERE id = 1")
_COUNT_DOCUMENTS = text("SELECT count(*) FROM search_fts WHERE search_fts MATCH :match")


@dataclass(frozen=True, slots=True)
class CollectionStatistics:
    """What BM25 needs to know of all documents together."""

    documents: int  # in the index
    mean_words: float  # of a document, at least 1


@dataclass(frozen=True, slots=True)
class _CachedFrequency:
    document_frequency: int  # documents with the word
    documents: int  # in the index when it was counted


_frequency_caches: WeakKeyDictionary[Engine, dict[str, _CachedFrequency]] = WeakKeyDictionary()


def collection_statistics(connection: Connection) -> CollectionStatistics:
    """Return the number of documents and their mean length, from the record FTS5 keeps for its bm25."""
    term_documents, *column_words = _decode_varints(connection.scalar(_AVERAGES) or b"\x00")
    return CollectionStatistics(term_documents, max(1.0, sum(column_words) / max(1, term_documents)))


def document_frequencies(
    connection: Connection, terms: Iterable[str], statistics: CollectionStatistics
) -> Mapping[str, int]:
    """Return in about how many documents each folded word occurs.

    A frequency is cached while the index has about as many documents: to walk through a word that half of
    a million documents have takes longer than all else.
    """
    frequency_cache = _frequency_caches.setdefault(connection.engine, {})
    if len(frequency_cache) > MAX_CACHED_WORDS:
        frequency_cache.clear()
    term_frequencies = {}
    max_frequency_drift = STALE_SHARE * statistics.documents
    for term in dict.fromkeys(terms):
        cached_frequency = frequency_cache.get(term)
        if (
            cached_frequency is None
            or abs(cached_frequency.documents - statistics.documents) > max_frequency_drift
        ):
            term_frequency = connection.scalar(_COUNT_DOCUMENTS, {"match": f'"{term}"'}) or 0
            cached_frequency = frequency_cache[term] = _CachedFrequency(term_frequency, statistics.documents)
        term_frequencies[term] = cached_frequency.document_frequency
    return term_frequencies


def inverse_document_frequencies(
    connection: Connection, terms: Iterable[str], statistics: CollectionStatistics
) -> Mapping[str, float]:
    """Return the inverse document frequency of folded words, as FTS5's bm25 computes it."""
    term_frequencies = document_frequencies(connection, terms, statistics)
    return {
        term: inverse_document_frequency(term_frequency, statistics)
        for term, term_frequency in term_frequencies.items()
    }


def inverse_document_frequency(document_frequency: int, statistics: CollectionStatistics) -> float:
    """Return the inverse document frequency of a word that so many documents have."""
    documents_without = max(0, statistics.documents - document_frequency)
    return max(MIN_IDF, math.log((documents_without + 0.5) / (document_frequency + 0.5)))


def _decode_varints(varint_block: bytes) -> list[int]:
    """SQLite's variable-length integers: seven bits a byte, the highest first; never nine bytes long here."""
    integers, value = [], 0
    for byte in varint_block:
        value = value << 7 | byte & 0x7F
        if byte < 0x80:
            integers.append(value)
            value = 0
    return integers
