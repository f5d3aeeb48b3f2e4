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
from storage.search.sqlite.fts_matches import NEWEST_ROWS, article_ids, fetch_column
from storage.search.sqlite.fts_query import fts_filter_expression
from storage.search.sqlite.fts_rank import read_row_words
from storage.search.sqlite.index_row import row_id_range
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
    relaxed_words = plain_query_words(query)
    if not relaxed_words:
        return ()
    statistics = collection_statistics(connection)
    all_frequencies = document_frequencies(connection, relaxed_words[:MAX_RELAXED_WORDS], statistics)
    relaxed_counts = {
        relaxed_word: relaxed_documents
        for relaxed_word, relaxed_documents in all_frequencies.items()
        if relaxed_documents
    }
    promising_rows = _promising_rows(connection, query, relaxed_words, relaxed_counts, statistics)
    idf = {
        relaxed_word: inverse_document_frequency(relaxed_documents, statistics)
        for relaxed_word, relaxed_documents in relaxed_counts.items()
    }
    scorer = ProximityScorer(idf, statistics.mean_words, (relaxed_words,))
    relaxed_rarity = {
        relaxed_word: math.log(1 + statistics.documents / relaxed_documents)
        for relaxed_word, relaxed_documents in relaxed_counts.items()
    }
    min_weight = MIN_WEIGHT_SHARE * sum(relaxed_rarity.values())
    article_of_row = article_ids(connection, promising_rows)
    relaxed_hits = [
        SearchHit(article_of_row[relaxed_row], scorer.score(row_words, own_words))
        for relaxed_row, (row_words, own_words) in read_row_words(connection, promising_rows).items()
        if sum(relaxed_rarity[relaxed_word] for relaxed_word in _words_present(row_words, relaxed_rarity))
        >= min_weight
    ]
    return tuple(sorted(relaxed_hits, key=lambda hit: (-hit.score, -hit.article_id))[:limit])


def _promising_rows(
    connection: Connection,
    query: Query,
    relaxed_words: tuple[str, ...],
    relaxed_counts: Mapping[str, int],
    statistics: CollectionStatistics,
) -> list[int]:
    """The rows with the rarest of the words and pairs."""
    relaxed_scores: dict[int, float] = defaultdict(float)
    rare_words = [
        relaxed_word
        for relaxed_word, relaxed_documents in relaxed_counts.items()
        if relaxed_documents <= MAX_WORD_ARTICLES
    ]
    relaxed_pairs = [
        relaxed_pair
        for relaxed_pair in dict.fromkeys(pairwise(relaxed_words[:MAX_RELAXED_WORDS]))
        if set(relaxed_pair) <= relaxed_counts.keys()
    ]
    rarest_pairs = sorted(
        relaxed_pairs,
        key=lambda relaxed_pair: min(relaxed_counts[relaxed_word] for relaxed_word in relaxed_pair),
    )[:MAX_WORD_PAIRS]
    relaxed_phrases = (
        *(f'"{relaxed_word}"' for relaxed_word in rare_words),
        *(f'"{a} {b}"' for a, b in rarest_pairs),
    )
    for relaxed_phrase in relaxed_phrases:
        relaxed_rows = _phrase_rows(connection, query, relaxed_phrase)
        if 0 < len(relaxed_rows) <= MAX_WORD_ARTICLES:
            relaxed_points = math.log(1 + statistics.documents / len(relaxed_rows))
            for relaxed_row in relaxed_rows:
                relaxed_scores[relaxed_row] += relaxed_points
    return sorted(relaxed_scores, key=lambda relaxed_row: (-relaxed_scores[relaxed_row], -relaxed_row))[
        :MAX_READ_DOCUMENTS
    ]


def _phrase_rows(connection: Connection, query: Query, relaxed_phrase: str) -> list[int]:
    first_row, last_row = row_id_range(query.date_range)
    relaxed_filters = fts_filter_expression(query.root) if query.root else ""
    relaxed_match = f"{relaxed_phrase} AND {relaxed_filters}" if relaxed_filters else relaxed_phrase
    relaxed_values = {
        "match": relaxed_match,
        "lowest": first_row,
        "highest": last_row,
        "limit": MAX_WORD_ARTICLES + 1,
    }
    return fetch_column(connection, NEWEST_ROWS, relaxed_values)


def _words_present(row_words: FieldWords, relaxed_words: Iterable[str]) -> list[str]:
    relaxed_text = f" {row_words.title} {row_words.text} {row_words.author} {row_words.file} "
    return [relaxed_word for relaxed_word in relaxed_words if f" {relaxed_word} " in relaxed_text]
