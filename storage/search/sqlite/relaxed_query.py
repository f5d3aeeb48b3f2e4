"""Articles with most of what was typed in the SQLite index, scored as those with all of it are."""

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

MAX_READ_DOCUMENTS = 100  # of the most promising documents, at about 0.06 ms each
MAX_WORD_PAIRS = 10  # looked for, the rarest first: where words stand together costs the most to find


def relaxed_matches(connection: Connection, query: Query, most: int) -> tuple[SearchHit, ...]:
    """At most so many articles with much of what was typed, best first; none when it was not plain words.

    Words and pairs of words that at most MOST_WITH documents have are looked up, and the documents with the
    rarest of them are read.
    """
    words = plain_query_words(query)
    if not words:
        return ()
    whole = collection_statistics(connection)
    times = {
        word: many
        for word, many in document_frequencies(connection, words[:MAX_RELAXED_WORDS], whole).items()
        if many
    }
    best = _promising(connection, query, words, times, whole)
    judge = ProximityScorer(
        {word: inverse_document_frequency(many, whole) for word, many in times.items()}, whole.mean, (words,)
    )
    rarity = {word: math.log(1 + whole.documents / many) for word, many in times.items()}
    enough = MIN_WEIGHT_SHARE * sum(rarity.values())
    article = article_ids(connection, best)
    scored = [
        SearchHit(article[row], judge.score(streams, own))
        for row, (streams, own) in read_row_words(connection, best).items()
        if sum(rarity[word] for word in _standing(streams, rarity)) >= enough
    ]
    return tuple(sorted(scored, key=lambda hit: (-hit.score, -hit.article_id))[:most])


def _promising(
    connection: Connection,
    query: Query,
    words: tuple[str, ...],
    times: Mapping[str, int],
    whole: CollectionStatistics,
) -> list[int]:
    """The rows with the rarest of the words and pairs."""
    scores: dict[int, float] = defaultdict(float)
    rare = [word for word, many in times.items() if many <= MAX_WORD_ARTICLES]
    pairs = [pair for pair in dict.fromkeys(pairwise(words[:MAX_RELAXED_WORDS])) if set(pair) <= times.keys()]
    chosen = sorted(pairs, key=lambda pair: min(times[word] for word in pair))[:MAX_WORD_PAIRS]
    for match in (*(f'"{word}"' for word in rare), *(f'"{a} {b}"' for a, b in chosen)):
        rows = _rows(connection, query, match)
        points = math.log(1 + whole.documents / len(rows)) if 0 < len(rows) <= MAX_WORD_ARTICLES else 0.0
        for row in rows if points else ():
            scores[row] += points
    return sorted(scores, key=lambda row: (-scores[row], -row))[:MAX_READ_DOCUMENTS]


def _rows(connection: Connection, query: Query, match: str) -> list[int]:
    lowest, highest = row_id_range(query.date_range)
    facts = filter_expression(query.root) if query.root else ""
    match = f"{match} AND {facts}" if facts else match
    asked = {"match": match, "lowest": lowest, "highest": highest, "most": MAX_WORD_ARTICLES + 1}
    return fetch_column(connection, NEWEST_ROWS, asked)


def _standing(words: FieldWords, wanted: Iterable[str]) -> list[str]:
    text = f" {words.title} {words.text} {words.author} {words.file} "
    return [word for word in wanted if f" {word} " in text]
