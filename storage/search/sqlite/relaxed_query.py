"""Relaxed matches on SQLite: articles with most of the words, scored as full matches are."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping
from itertools import pairwise

from sqlalchemy import Connection

from storage.search.documents import FieldWords, SearchHit
from storage.search.query.tree import Query
from storage.search.ranking.proximity import ProximityScorer
from storage.search.ranking.relaxed import (
    MAX_RELAXED_WORDS,
    MAX_WORD_ARTICLES,
    MIN_WEIGHT_SHARE,
    plain_query_words,
)
from storage.search.sqlite.find import NEWEST_ROWS, article_ids, fetch_column
from storage.search.sqlite.fts_query import filter_expression
from storage.search.sqlite.fts_rank import read_row_words
from storage.search.sqlite.rows import row_id_range
from storage.search.sqlite.term_weights import (
    CollectionStatistics,
    collection_statistics,
    document_frequencies,
    inverse_document_frequency,
)

MAX_READ_DOCUMENTS = 100  # the most promising ones, about 0.06 ms each
MAX_WORD_PAIRS = 10  # looked up, the rarest first: finding adjacent words costs the most


def relaxed_matches(connection: Connection, query: Query, limit: int) -> tuple[SearchHit, ...]:
    """Return at most `limit` articles with many of the words, best first; none unless words are plain.

    Words and pairs of words in at most MAX_WORD_ARTICLES documents are looked up, and the documents with
    the rarest of them are read.
    """
    words = plain_query_words(query)
    if not words:
        return ()
    statistics = collection_statistics(connection)
    all_frequencies = document_frequencies(connection, words[:MAX_RELAXED_WORDS], statistics)
    frequencies = {word: documents for word, documents in all_frequencies.items() if documents}
    promising_rows = _promising_rows(connection, query, words, frequencies, statistics)
    idf = {word: inverse_document_frequency(documents, statistics) for word, documents in frequencies.items()}
    scorer = ProximityScorer(idf, statistics.mean_words, (words,))
    rarity = {word: math.log(1 + statistics.documents / documents) for word, documents in frequencies.items()}
    min_weight = MIN_WEIGHT_SHARE * sum(rarity.values())
    article_of_row = article_ids(connection, promising_rows)
    hits = [
        SearchHit(article_of_row[row], scorer.score(row_words, own_words))
        for row, (row_words, own_words) in read_row_words(connection, promising_rows).items()
        if sum(rarity[word] for word in _words_present(row_words, rarity)) >= min_weight
    ]
    return tuple(sorted(hits, key=lambda hit: (-hit.score, -hit.article_id))[:limit])


def _promising_rows(
    connection: Connection,
    query: Query,
    words: tuple[str, ...],
    frequencies: Mapping[str, int],
    statistics: CollectionStatistics,
) -> list[int]:
    """The rows with the rarest of the words and pairs."""
    scores: dict[int, float] = defaultdict(float)
    rare_words = [word for word, documents in frequencies.items() if documents <= MAX_WORD_ARTICLES]
    pairs = [
        pair for pair in dict.fromkeys(pairwise(words[:MAX_RELAXED_WORDS])) if set(pair) <= frequencies.keys()
    ]
    rarest_pairs = sorted(pairs, key=lambda pair: min(frequencies[word] for word in pair))[:MAX_WORD_PAIRS]
    phrases = (*(f'"{word}"' for word in rare_words), *(f'"{a} {b}"' for a, b in rarest_pairs))
    for phrase in phrases:
        rows = _phrase_rows(connection, query, phrase)
        if 0 < len(rows) <= MAX_WORD_ARTICLES:
            points = math.log(1 + statistics.documents / len(rows))
            for row in rows:
                scores[row] += points
    return sorted(scores, key=lambda row: (-scores[row], -row))[:MAX_READ_DOCUMENTS]


def _phrase_rows(connection: Connection, query: Query, phrase: str) -> list[int]:
    lowest, highest = row_id_range(query.date_range)
    filters = filter_expression(query.root) if query.root else ""
    match = f"{phrase} AND {filters}" if filters else phrase
    parameters = {"match": match, "lowest": lowest, "highest": highest, "limit": MAX_WORD_ARTICLES + 1}
    return fetch_column(connection, NEWEST_ROWS, parameters)


def _words_present(row_words: FieldWords, words: Iterable[str]) -> list[str]:
    text = f" {row_words.title} {row_words.text} {row_words.author} {row_words.file} "
    return [word for word in words if f" {word} " in text]
