"""The best of what matches in the SQLite index."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, text

from storage.search.documents import FieldWords, RankedHits, SearchHit
from storage.search.query.tree import Query, QueryNode
from storage.search.ranking.proximity import ProximityScorer, typed_orders
from storage.search.ranking.rank import (
    AUTHOR_WEIGHT,
    FILE_WEIGHT,
    MAX_RANKED_HITS,
    TEXT_WEIGHT,
    TITLE_WEIGHT,
    RankCandidate,
    score_without_files,
    sort_by_rank,
    title_only,
)
from storage.search.ranking.relaxed import is_plain_query
from storage.search.sqlite.find import (
    MATCH_IN_RANGE,
    NEWEST_ROWS,
    SqliteMatches,
    article_ids,
    count_documents_by_year,
    facet_rows,
    fetch_column,
    fetch_tuples,
    find_matches,
    list_by_day,
    match_parameters,
    rows_with_accents,
)
from storage.search.sqlite.fts_query import (
    filter_expression,
    has_alternatives,
    match_expression,
    score_expression,
    scored_words,
)
from storage.search.sqlite.rows import unpack_words
from storage.search.sqlite.term_weights import (
    MIN_IDF,
    CollectionStatistics,
    collection_statistics,
    inverse_document_frequencies,
)

MAX_READ_CANDIDATES = 60  # best candidates whose words are read, at about 0.06 ms each
MAX_VERBATIM_ROWS = 20  # newest rows looked for in which all stands as typed
# The rarest words choose the candidates: so many of them, and those in under an eighth of all documents.
SCORED_WORDS, MIN_RARE_IDF = 2, math.log(7)
# The + keeps SQLite from asking the index once for each row; bm25 is worked out for those that are left.
_CHOSEN = "+search_fts.rowid IN (SELECT value FROM json_each(:ids))"
# S608: nothing is put together here but WITHIN and _CHOSEN.
_ROWS = text(f"SELECT rowid FROM search_fts WHERE {MATCH_IN_RANGE}")  # noqa: S608
_SCORED = text(
    "SELECT rowid, -bm25(search_fts, :title, :text, :author, :file, 0.0, 0.0, 0.0) "  # noqa: S608
    f"FROM search_fts WHERE {MATCH_IN_RANGE} AND {_CHOSEN}"
).bindparams(title=TITLE_WEIGHT, text=TEXT_WEIGHT, author=AUTHOR_WEIGHT, file=FILE_WEIGHT)
_FILED = text("SELECT EXISTS (SELECT 1 FROM search_documents WHERE length > own)")
# Of those with attachments, what their own words are worth.
_OWN = text(
    "SELECT search_fts.rowid, "  # noqa: S608
    "-bm25(search_fts, :title, :text, :author, 0.0, 0.0, 0.0, 0.0), own, length "
    "FROM search_fts JOIN search_documents ON id = search_fts.rowid "
    f"WHERE {MATCH_IN_RANGE} AND length > own AND {_CHOSEN}"
).bindparams(title=TITLE_WEIGHT, text=TEXT_WEIGHT, author=AUTHOR_WEIGHT)
_KEPT = text(
    "SELECT id, words, own FROM search_documents JOIN search_words USING (article_id) "
    "WHERE id IN (SELECT value FROM json_each(:ids))"
)


def rank_matches(connection: Connection, query: Query) -> RankedHits:
    """The best of what matches, and how many do by year."""
    if query.root is None:
        return _newest_documents(connection, query)
    found = find_matches(connection, query)
    if not found.rows:
        return RankedHits((), 0, False, None, found.years, found.at_least)
    order, verbatim = _Ranking.of(connection, query, found).order()
    shelves = facet_rows(connection, found.rows)
    older = article_ids(connection, [one.article_id for one in order if one.article_id not in shelves])
    article = {row: shelf.article_id for row, shelf in shelves.items()} | older
    hits = tuple(SearchHit(article[one.article_id], one.text) for one in order)
    return RankedHits(
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


def _newest_documents(connection: Connection, query: Query) -> RankedHits:
    """What a query without words wants: every document of its days, the newest first."""
    years = count_documents_by_year(connection, query)
    found = list_by_day(connection, query, MAX_RANKED_HITS, None, oldest_first=False)
    total = sum(years.values())
    hits = tuple(SearchHit(each.article_id, 0.0) for each in found)
    oldest = found[-1].key if found else None
    shelves = list(facet_rows(connection, [each.key[0] for each in found]).values())
    return RankedHits(hits, total, total > len(found), oldest, years, facet_rows=shelves)


@dataclass(frozen=True, slots=True)
class _Ranking:
    """The order of what was found; row ids in place of article ids."""

    connection: Connection
    query: Query
    found: SqliteMatches
    whole: CollectionStatistics
    judge: ProximityScorer

    @classmethod
    def of(cls, connection: Connection, query: Query, found: SqliteMatches) -> _Ranking:
        assert query.root is not None
        whole = collection_statistics(connection)
        weight = inverse_document_frequencies(connection, scored_words(query.root), whole)
        return cls(
            connection, query, found, whole, ProximityScorer(weight, whole.mean, typed_orders(query.root))
        )

    @property
    def root(self) -> QueryNode:
        assert self.query.root is not None
        return self.query.root

    def order(self) -> tuple[list[RankCandidate], bool]:
        """Best first, and whether one holds all as it was typed.

        Of few, the words are read; of many, those of the best by bm25 and of verbatim ones.
        """
        rows = self.found.rows
        if len(rows) <= MAX_READ_CANDIDATES:
            kept = read_row_words(self.connection, rows)
            verbatim_there = any(self.judge.is_verbatim(words) for words, _ in kept.values())
            return sort_by_rank(self._judged(self._plain(rows), kept)), verbatim_there
        order = sort_by_rank(self._candidates())
        if not self.judge.has_pairs():
            return order, False
        verbatim = self._verbatim()
        known = set(rows)
        most = MAX_READ_CANDIDATES - len(verbatim)
        lifted = [one for one in order[most:] if one.article_id in verbatim]
        older = self._plain([row for row in verbatim if row not in known])
        seen = [*order[:most], *lifted, *older]
        kept = read_row_words(self.connection, [one.article_id for one in seen])
        best = sort_by_rank(self._judged(seen, kept))
        return best + [one for one in order[most:] if one.article_id not in verbatim], bool(verbatim)

    def _plain(self, rows: Sequence[int]) -> list[RankCandidate]:
        exact = rows_with_accents(self.connection, self.root, rows) if rows else None
        return [RankCandidate((row, 0), row, 0.0, exact is None or row in exact) for row in rows]

    def _candidates(self) -> list[RankCandidate]:
        """Every one with its bm25, or where no word weighs anything, with what stands in its title."""
        rows = self.found.rows
        exact = rows_with_accents(self.connection, self.root, rows)
        asked = {"lowest": rows[-1], "highest": rows[0], "ids": json.dumps(rows)}
        scores: dict[int, float] = {}
        if match := score_expression(self.root, self._telling()):
            scores = dict(fetch_tuples(self.connection, _SCORED, {**asked, "match": match}))
            for row, owed in self._owed({**asked, "match": match}).items():
                scores[row] += owed
        title = None if scores else title_only(self.root)
        titled = (
            set(fetch_column(self.connection, _ROWS, {**asked, "match": match_expression(title)}))
            if title
            else ()
        )
        return [
            RankCandidate((row, 0), row, scores.get(row, 0.0), exact is None or row in exact, row in titled)
            for row in rows
        ]

    def _telling(self) -> frozenset[str]:
        """The words bm25 is asked of: for each it walks along all documents that have it."""
        inverse_document_frequencies = sorted(
            ((weight, word) for word, weight in self.judge.word_weights.items()), reverse=True
        )
        most = len(inverse_document_frequencies) if has_alternatives(self.root) else SCORED_WORDS
        told = [
            word
            for at, (weight, word) in enumerate(inverse_document_frequencies)
            if weight > (MIN_IDF if at < most else MIN_RARE_IDF)
        ]
        return frozenset(told)

    def _owed(self, asked: Mapping[str, object]) -> dict[int, float]:
        """What bm25 takes from articles for the length of their attachments."""
        if not self.connection.scalar(_FILED):
            return {}
        rows = fetch_tuples(self.connection, _OWN, asked)
        mean = self.whole.mean
        return {
            row: score_without_files(score, length, own, mean) - score for row, score, own, length in rows
        }

    def _verbatim(self) -> list[int]:
        """The newest rows, of all that match, in which all stands as typed; two words only in titles."""
        if self.query.strict:
            return []
        rows = [row for row in self.judge.typed_orders if len(row) > 1]
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
        rest = filter_expression(self.root) if is_plain_query(self.root) else match_expression(self.root)
        asked = match_parameters(self.query) | {"match": f"({match}) AND {rest}" if rest else match}
        return fetch_column(self.connection, NEWEST_ROWS, {**asked, "most": MAX_VERBATIM_ROWS})

    def _judged(
        self, ones: Iterable[RankCandidate], kept: Mapping[int, tuple[FieldWords, int]]
    ) -> list[RankCandidate]:
        """Candidates judged by their words."""
        return [
            one._replace(text=self.judge.score(words, own), titled=self.judge.all_in_title(words))
            for one in ones
            for words, own in (kept[one.article_id],)
        ]


def read_row_words(connection: Connection, rows: Sequence[int]) -> dict[int, tuple[FieldWords, int]]:
    """By row: its folded words, and how many it has without those of its attachments."""
    kept = fetch_tuples(connection, _KEPT, {"ids": json.dumps(list(rows))})
    return {row: (unpack_words(words)[0].folded, own) for row, words, own in kept}
