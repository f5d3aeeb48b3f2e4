"""The best of what matches in the SQLite index."""

from __future__ import annotations

import json
from collections.abc import Mapping

from sqlalchemy import Connection, text

from storage.search.documents import Hit, Ranked
from storage.search.ranking import (
    AUTHOR,
    FILE,
    MOST_RANKED,
    TEXT,
    TITLE,
    Candidate,
    as_without_files,
    closeness,
    in_order,
    in_title,
    neighbours,
    typed,
)
from storage.search.sqlite_find import (
    WITHIN,
    Newest,
    by_year,
    listed,
    listed_by_year,
    newest,
    shelved,
    with_accents,
)
from storage.search.sqlite_match import expression
from storage.search.sqlite_rows import mean_length, unpacked
from storage.search.tree import Node, Query

LOOKED_AT = 80  # best candidates whose words are read, at about 0.15 ms each
# bm25 points for standing all together. On 20,000 real articles four words of a title, typed without marks,
# find it at MRR@10 .44 without and .85 with them; 6 to 24 points make no difference.
CLOSE = 12.0
LONG_RUN = 4  # pairs: from five words on it says something that they stand in one run
# The + keeps SQLite from asking the index once for each row; bm25 is worked out for those that are left.
_CHOSEN = "+search_fts.rowid IN (SELECT value FROM json_each(:ids))"
# S608: nothing is put together here but WITHIN and _CHOSEN.
_ROWS = text(f"SELECT rowid FROM search_fts WHERE {WITHIN}")  # noqa: S608
_SCORED = text(
    "SELECT rowid, -bm25(search_fts, :title, :text, :author, :file, 0.0, 0.0, 0.0) "  # noqa: S608
    f"FROM search_fts WHERE {WITHIN} AND {_CHOSEN}"
).bindparams(title=TITLE, text=TEXT, author=AUTHOR, file=FILE)
_FILED = text("SELECT EXISTS (SELECT 1 FROM search_documents WHERE length > own)")
# Of those with attachments, what their own words are worth.
_OWN = text(
    "SELECT search_fts.rowid, "  # noqa: S608
    "-bm25(search_fts, :title, :text, :author, 0.0, 0.0, 0.0, 0.0), own, length "
    "FROM search_fts JOIN search_documents ON id = search_fts.rowid "
    f"WHERE {WITHIN} AND length > own AND {_CHOSEN}"
).bindparams(title=TITLE, text=TEXT, author=AUTHOR)
_KEPT = text(
    "SELECT id, words FROM search_documents JOIN search_words USING (article_id) "
    "WHERE id IN (SELECT value FROM json_each(:ids))"
)


def ranked(connection: Connection, query: Query) -> Ranked:
    """The best of what matches, and how many do by year."""
    if query.root is None:
        return _newest_documents(connection, query)
    found = newest(connection, query)
    years = by_year(connection, query, found)
    if not found.rows:
        return Ranked((), 0, False, None, years, found.at_least)
    order = _looked_at(connection, query.root, in_order(_candidates(connection, query, found)))
    shelves = shelved(connection, found.rows)
    hits = tuple(Hit(shelves[one.article_id].article_id, one.text) for one in order)
    total = sum(years.values())
    oldest = (found.rows[-1], 0)
    return Ranked(hits, total, found.more, oldest, years, found.at_least, list(shelves.values()))


def _newest_documents(connection: Connection, query: Query) -> Ranked:
    """What a query without words wants: every document of its days, the newest first."""
    years = listed_by_year(connection, query)
    found = listed(connection, query, MOST_RANKED, None, oldest_first=False)
    total = sum(years.values())
    hits = tuple(Hit(each.article_id, 0.0) for each in found)
    oldest = found[-1].key if found else None
    shelves = list(shelved(connection, [each.key[0] for each in found]).values())
    return Ranked(hits, total, total > len(found), oldest, years, shelves=shelves)


def _candidates(connection: Connection, query: Query, found: Newest) -> list[Candidate]:
    """Every match among the newest rows; row ids in place of article ids."""
    root = query.root
    assert root is not None
    lowest, highest = found.rows[-1], found.rows[0]
    exact = with_accents(connection, root, found.rows)
    title = in_title(root)
    titled = _rows(connection, title, lowest, highest) if title else frozenset[int]()
    # bm25 counts every word in the whole index: with columns to heed that takes twice as long.
    asked = {"match": expression(root, anywhere=True), "lowest": lowest, "highest": highest}
    asked["ids"] = json.dumps(found.rows)
    owed = _owed(connection, asked)
    return [
        Candidate((row, 0), row, score + owed.get(row, 0.0), exact is None or row in exact, row in titled)
        for row, score in connection.execute(_SCORED, asked).all()
    ]


def _owed(connection: Connection, asked: Mapping[str, object]) -> dict[int, float]:
    """What bm25 takes from articles for the length of their attachments."""
    if not connection.scalar(_FILED):
        return {}
    mean = mean_length(connection)
    rows = connection.execute(_OWN, asked)
    return {row: as_without_files(score, length, own, mean) - score for row, score, own, length in rows}


def _rows(connection: Connection, node: Node, lowest: int, highest: int) -> frozenset[int]:
    asked = {"match": expression(node), "lowest": lowest, "highest": highest}
    return frozenset(connection.scalars(_ROWS, asked).all())


def _looked_at(connection: Connection, root: Node, order: list[Candidate]) -> list[Candidate]:
    """The best candidates in a better order: bm25 knows nothing of words standing together."""
    pairs = neighbours(root)
    if not pairs or len(order) < 2:
        return order
    run = f" {' '.join(typed(root))} " if len(pairs) >= LONG_RUN else None
    best = order[:LOOKED_AT]
    asked = {"ids": json.dumps([one.article_id for one in best])}
    kept = {row[0]: row[1] for row in connection.execute(_KEPT, asked).all()}

    def looked_at(one: Candidate) -> Candidate:
        folded = unpacked(kept[one.article_id])[0].fold
        close = closeness(pairs, folded.title, folded.text, folded.file)
        if run and any(run in f" {text} " for text in (folded.title, folded.text, folded.file)):
            close += 1.0  # a title or sentence as it stands there
        return one._replace(text=one.text + CLOSE * close)

    return in_order(map(looked_at, best)) + order[LOOKED_AT:]
