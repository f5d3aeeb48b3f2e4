"""Articles with most of what was typed in the SQLite index, scored as those with all of it are."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping
from itertools import pairwise

from sqlalchemy import Connection

from storage.search.documents import Hit, Streams
from storage.search.query.tree import Query
from storage.search.ranking.proximity import Judge
from storage.search.ranking.relaxed import LEAST, MOST_WITH, MOST_WORDS, plain_words
from storage.search.sqlite.find import NEWEST, articles_of, numbers
from storage.search.sqlite.fts_query import besides_words
from storage.search.sqlite.fts_rank import read_words
from storage.search.sqlite.rows import row_range
from storage.search.sqlite.term_weights import Collection, collection, counts, weight

MOST_READ = 100  # of the most promising documents, at about 0.06 ms each
MOST_PAIRS = 10  # looked for, the rarest first: where words stand together costs the most to find


def alike(connection: Connection, query: Query, most: int) -> tuple[Hit, ...]:
    """At most so many articles with much of what was typed, best first; none when it was not plain words.

    Words and pairs of words that at most MOST_WITH documents have are looked up, and the documents with the
    rarest of them are read.
    """
    words = plain_words(query)
    if not words:
        return ()
    whole = collection(connection)
    times = {word: many for word, many in counts(connection, words[:MOST_WORDS], whole).items() if many}
    best = _promising(connection, query, words, times, whole)
    judge = Judge({word: weight(many, whole) for word, many in times.items()}, whole.mean, (words,))
    rarity = {word: math.log(1 + whole.documents / many) for word, many in times.items()}
    enough = LEAST * sum(rarity.values())
    article = articles_of(connection, best)
    scored = [
        Hit(article[row], judge.worth(streams, own))
        for row, (streams, own) in read_words(connection, best).items()
        if sum(rarity[word] for word in _standing(streams, rarity)) >= enough
    ]
    return tuple(sorted(scored, key=lambda hit: (-hit.score, -hit.article_id))[:most])


def _promising(
    connection: Connection, query: Query, words: tuple[str, ...], times: Mapping[str, int], whole: Collection
) -> list[int]:
    """The rows with the rarest of the words and pairs."""
    scores: dict[int, float] = defaultdict(float)
    rare = [word for word, many in times.items() if many <= MOST_WITH]
    pairs = [pair for pair in dict.fromkeys(pairwise(words[:MOST_WORDS])) if set(pair) <= times.keys()]
    chosen = sorted(pairs, key=lambda pair: min(times[word] for word in pair))[:MOST_PAIRS]
    for match in (*(f'"{word}"' for word in rare), *(f'"{a} {b}"' for a, b in chosen)):
        rows = _rows(connection, query, match)
        points = math.log(1 + whole.documents / len(rows)) if 0 < len(rows) <= MOST_WITH else 0.0
        for row in rows if points else ():
            scores[row] += points
    return sorted(scores, key=lambda row: (-scores[row], -row))[:MOST_READ]


def _rows(connection: Connection, query: Query, match: str) -> list[int]:
    lowest, highest = row_range(query.days)
    facts = besides_words(query.root) if query.root else ""
    match = f"{match} AND {facts}" if facts else match
    asked = {"match": match, "lowest": lowest, "highest": highest, "most": MOST_WITH + 1}
    return numbers(connection, NEWEST, asked)


def _standing(words: Streams, wanted: Iterable[str]) -> list[str]:
    text = f" {words.title} {words.text} {words.author} {words.file} "
    return [word for word in wanted if f" {word} " in text]
