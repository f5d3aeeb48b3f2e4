"""The best of what matches in the SQLite index."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, text

from storage.search.documents import Hit, Ranked, Streams
from storage.search.query.tree import Node, Query
from storage.search.ranking.proximity import Judge, ways
from storage.search.ranking.rank import (
    AUTHOR,
    FILE,
    MOST_RANKED,
    TEXT,
    TITLE,
    Candidate,
    as_without_files,
    in_order,
    in_title,
)
from storage.search.ranking.relaxed import is_plain
from storage.search.sqlite.find import (
    NEWEST,
    WITHIN,
    Found,
    articles_of,
    asked_of,
    listed,
    listed_by_year,
    look_up,
    numbers,
    shelved,
    tuples,
    with_accents,
)
from storage.search.sqlite.fts_query import besides_words, expression, has_choices, scoring, weighed
from storage.search.sqlite.rows import unpacked
from storage.search.sqlite.term_weights import LEAST, Collection, collection, weights

LOOKED_AT = 60  # best candidates whose words are read, at about 0.06 ms each
VERBATIM = 20  # newest rows looked for in which all stands as typed
# The rarest words choose the candidates: so many of them, and those in under an eighth of all documents.
TELLING, RARE = 2, math.log(7)
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
    "SELECT id, words, own FROM search_documents JOIN search_words USING (article_id) "
    "WHERE id IN (SELECT value FROM json_each(:ids))"
)


def ranked(connection: Connection, query: Query) -> Ranked:
    """The best of what matches, and how many do by year."""
    if query.root is None:
        return _newest_documents(connection, query)
    found = look_up(connection, query)
    if not found.rows:
        return Ranked((), 0, False, None, found.years, found.at_least)
    order, verbatim = _Ranking.of(connection, query, found).order()
    shelves = shelved(connection, found.rows)
    older = articles_of(connection, [one.article_id for one in order if one.article_id not in shelves])
    article = {row: shelf.article_id for row, shelf in shelves.items()} | older
    hits = tuple(Hit(article[one.article_id], one.text) for one in order)
    return Ranked(
        hits,
        sum(found.years.values()),
        found.more,
        (found.rows[-1], 0),
        found.years,
        found.at_least,
        list(shelves.values()),
        verbatim,
        tuple(older.values()),
    )


def _newest_documents(connection: Connection, query: Query) -> Ranked:
    """What a query without words wants: every document of its days, the newest first."""
    years = listed_by_year(connection, query)
    found = listed(connection, query, MOST_RANKED, None, oldest_first=False)
    total = sum(years.values())
    hits = tuple(Hit(each.article_id, 0.0) for each in found)
    oldest = found[-1].key if found else None
    shelves = list(shelved(connection, [each.key[0] for each in found]).values())
    return Ranked(hits, total, total > len(found), oldest, years, shelves=shelves)


@dataclass(frozen=True, slots=True)
class _Ranking:
    """The order of what was found; row ids in place of article ids."""

    connection: Connection
    query: Query
    found: Found
    whole: Collection
    judge: Judge

    @classmethod
    def of(cls, connection: Connection, query: Query, found: Found) -> _Ranking:
        assert query.root is not None
        whole = collection(connection)
        weight = weights(connection, weighed(query.root), whole)
        return cls(connection, query, found, whole, Judge(weight, whole.mean, ways(query.root)))

    @property
    def root(self) -> Node:
        assert self.query.root is not None
        return self.query.root

    def order(self) -> tuple[list[Candidate], bool]:
        """Best first, and whether one holds all as it was typed.

        Of few, the words are read; of many, those of the best by bm25 and of verbatim ones.
        """
        rows = self.found.rows
        if len(rows) <= LOOKED_AT:
            kept = read_words(self.connection, rows)
            verbatim_there = any(self.judge.verbatim(words) for words, _ in kept.values())
            return in_order(self._judged(self._plain(rows), kept)), verbatim_there
        order = in_order(self._candidates())
        if not self.judge.looks():
            return order, False
        verbatim = self._verbatim()
        known = set(rows)
        most = LOOKED_AT - len(verbatim)
        lifted = [one for one in order[most:] if one.article_id in verbatim]
        older = self._plain([row for row in verbatim if row not in known])
        seen = [*order[:most], *lifted, *older]
        kept = read_words(self.connection, [one.article_id for one in seen])
        best = in_order(self._judged(seen, kept))
        return best + [one for one in order[most:] if one.article_id not in verbatim], bool(verbatim)

    def _plain(self, rows: Sequence[int]) -> list[Candidate]:
        exact = with_accents(self.connection, self.root, rows) if rows else None
        return [Candidate((row, 0), row, 0.0, exact is None or row in exact) for row in rows]

    def _candidates(self) -> list[Candidate]:
        """Every one with its bm25, or where no word weighs anything, with what stands in its title."""
        rows = self.found.rows
        exact = with_accents(self.connection, self.root, rows)
        asked = {"lowest": rows[-1], "highest": rows[0], "ids": json.dumps(rows)}
        scores: dict[int, float] = {}
        if match := scoring(self.root, self._telling()):
            scores = dict(tuples(self.connection, _SCORED, {**asked, "match": match}))
            for row, owed in self._owed({**asked, "match": match}).items():
                scores[row] += owed
        title = None if scores else in_title(self.root)
        titled = set(numbers(self.connection, _ROWS, {**asked, "match": expression(title)})) if title else ()
        return [
            Candidate((row, 0), row, scores.get(row, 0.0), exact is None or row in exact, row in titled)
            for row in rows
        ]

    def _telling(self) -> frozenset[str]:
        """The words bm25 is asked of: for each it walks along all documents that have it."""
        weights = sorted(((weight, word) for word, weight in self.judge.weight.items()), reverse=True)
        most = len(weights) if has_choices(self.root) else TELLING
        told = [word for at, (weight, word) in enumerate(weights) if weight > (LEAST if at < most else RARE)]
        return frozenset(told)

    def _owed(self, asked: Mapping[str, object]) -> dict[int, float]:
        """What bm25 takes from articles for the length of their attachments."""
        if not self.connection.scalar(_FILED):
            return {}
        rows = tuples(self.connection, _OWN, asked)
        mean = self.whole.mean
        return {row: as_without_files(score, length, own, mean) - score for row, score, own, length in rows}

    def _verbatim(self) -> list[int]:
        """The newest rows, of all that match, in which all stands as typed; two words only in titles."""
        if self.query.strict:
            return []
        rows = [row for row in self.judge.rows if len(row) > 1]
        longer = [row for row in rows if len(row) > 2]
        found = self._newest(f'"{" ".join(row)}"' for row in longer)
        if self.found.more and longer != rows:
            titles = self._newest(f'{{title}} : "{" ".join(row)}"' for row in rows)
            found = list(dict.fromkeys([*titles, *found]))
        return found

    def _newest(self, runs: Iterable[str]) -> list[int]:
        """The newest rows that match and have one of the runs of words."""
        match = " OR ".join(runs)
        if not match:
            return []
        rest = besides_words(self.root) if is_plain(self.root) else expression(self.root)
        asked = asked_of(self.query) | {"match": f"({match}) AND {rest}" if rest else match}
        return numbers(self.connection, NEWEST, {**asked, "most": VERBATIM})

    def _judged(self, ones: Iterable[Candidate], kept: Mapping[int, tuple[Streams, int]]) -> list[Candidate]:
        """Candidates judged by their words."""
        return [
            one._replace(text=self.judge.worth(words, own), titled=self.judge.titled(words))
            for one in ones
            for words, own in (kept[one.article_id],)
        ]


def read_words(connection: Connection, rows: Sequence[int]) -> dict[int, tuple[Streams, int]]:
    """By row: its folded words, and how many it has without those of its attachments."""
    kept = tuples(connection, _KEPT, {"ids": json.dumps(list(rows))})
    return {row: (unpacked(words)[0].fold, own) for row, words, own in kept}
