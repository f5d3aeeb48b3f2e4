"""Rank the matches of the SQLite index: bm25 for all, their stored words for the best."""

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
from storage.search.sqlite.fts_matches import (
    MATCH_IN_RANGE,
    NEWEST_ROWS,
    FtsMatches,
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
    fts_filter_expression,
    fts_match_expression,
    fts_score_expression,
    has_alternatives,
    scored_words,
)
from storage.search.sqlite.index_row import unpack_words
from storage.search.sqlite.term_weights import (
    MIN_IDF,
    CollectionStatistics,
    collection_statistics,
    inverse_document_frequencies,
)

MAX_READ_CANDIDATES = 60  # best candidates whose words are read, about 0.06 ms each
MAX_VERBATIM_ROWS = 20  # newest rows that hold the whole query as typed
# bm25 is computed for the rarest words: so many of them, and all in under an eighth of the documents.
SCORED_WORDS, MIN_RARE_IDF = 2, math.log(7)
# The + keeps SQLite from one index look-up for each row; bm25 is computed for the rows that are left.
_AMONG_IDS = "+search_fts.rowid IN (SELECT value FROM json_each(:ids))"
# S608: only MATCH_IN_RANGE and _AMONG_IDS are written into these statements.
_MATCHING_ROWS = text(f"SELECT rowid FROM search_fts WHERE {MATCH_IN_RANGE}")  # noqa: S608
_BM25_SCORES = text(
    "SELECT rowid, -bm25(search_fts, :title, :text, :author, :file, 0.0, 0.0, 0.0) "  # noqa: S608
    f"FROM search_fts WHERE {MATCH_IN_RANGE} AND {_AMONG_IDS}"
).bindparams(title=TITLE_WEIGHT, text=TEXT_WEIGHT, author=AUTHOR_WEIGHT, file=FILE_WEIGHT)
_ANY_ATTACHMENT_TEXT = text("SELECT EXISTS (SELECT 1 FROM search_documents WHERE length > own)")
# For articles with attachments: the score of their own words.
_OWN_BM25_SCORES = text(
    "SELECT search_fts.rowid, "  # noqa: S608
    "-bm25(search_fts, :title, :text, :author, 0.0, 0.0, 0.0, 0.0), own, length "
    "FROM search_fts JOIN search_documents ON id = search_fts.rowid "
    f"WHERE {MATCH_IN_RANGE} AND length > own AND {_AMONG_IDS}"
).bindparams(title=TITLE_WEIGHT, text=TEXT_WEIGHT, author=AUTHOR_WEIGHT)
_STORED_WORDS = text(
    "SELECT id, words, own FROM search_documents JOIN search_words USING (article_id) "
    "WHERE id IN (SELECT value FROM json_each(:ids))"
)


def rank_matches(connection: Connection, query: Query) -> RankedHits:
    """Return the best matches of a query, and how many match by year."""
    if query.root is None:
        return _newest_documents(connection, query)
    rankable_matches = find_matches(connection, query)
    if not rankable_matches.rows:
        return RankedHits((), 0, False, None, rankable_matches.years, rankable_matches.at_least)
    ranking, has_verbatim = _Ranking.of_matches(connection, query, rankable_matches).order()
    row_facets = facet_rows(connection, rankable_matches.rows)
    older_rows = [candidate.article_id for candidate in ranking if candidate.article_id not in row_facets]
    older_ids = article_ids(connection, older_rows)
    article_of_row = {ranked_row: facets.article_id for ranked_row, facets in row_facets.items()} | older_ids
    return RankedHits(
        hits=tuple(SearchHit(article_of_row[candidate.article_id], candidate.score) for candidate in ranking),
        total=sum(rankable_matches.years.values()),
        is_capped=rankable_matches.has_older,
        oldest_key=(rankable_matches.rows[-1], 0),
        years=rankable_matches.years,
        at_least=rankable_matches.at_least,
        facet_rows=list(row_facets.values()),
        has_verbatim=has_verbatim,
        older_ids=tuple(older_ids.values()),
    )


def _newest_documents(connection: Connection, query: Query) -> RankedHits:
    """The result of a query without words: every document of its dates, the newest first."""
    ranked_year_counts = count_documents_by_year(connection, query)
    newest_ranked = list_by_day(connection, query, MAX_RANKED_HITS, None, oldest_first=False)
    ranked_total = sum(ranked_year_counts.values())
    return RankedHits(
        hits=tuple(SearchHit(hit.article_id, 0.0) for hit in newest_ranked),
        total=ranked_total,
        is_capped=ranked_total > len(newest_ranked),
        oldest_key=newest_ranked[-1].key if newest_ranked else None,
        years=ranked_year_counts,
        facet_rows=list(facet_rows(connection, [hit.key[0] for hit in newest_ranked]).values()),
    )


@dataclass(frozen=True, slots=True)
class _Ranking:
    """Orders the matches of one query; candidates have row ids in place of article ids."""

    connection: Connection
    query: Query
    matches: FtsMatches
    statistics: CollectionStatistics
    scorer: ProximityScorer

    @classmethod
    def of_matches(cls, connection: Connection, query: Query, rankable_matches: FtsMatches) -> _Ranking:
        assert query.root is not None
        statistics = collection_statistics(connection)
        word_weights = inverse_document_frequencies(connection, scored_words(query.root), statistics)
        scorer = ProximityScorer(word_weights, statistics.mean_words, typed_orders(query.root))
        return cls(connection, query, rankable_matches, statistics, scorer)

    @property
    def root(self) -> QueryNode:
        assert self.query.root is not None
        return self.query.root

    def order(self) -> tuple[list[RankCandidate], bool]:
        """Candidates best first, and whether one holds the whole query as it was typed.

        The words of few matches are all read; of many, those of the best by bm25 and of verbatim ones.
        """
        ranked_rows = self.matches.rows
        if len(ranked_rows) <= MAX_READ_CANDIDATES:
            row_words = read_row_words(self.connection, ranked_rows)
            has_verbatim = any(self.scorer.is_verbatim(words) for words, _ in row_words.values())
            return sort_by_rank(self._score_words(self._unscored(ranked_rows), row_words)), has_verbatim
        by_bm25 = sort_by_rank(self._score_bm25())
        if not self.scorer.has_pairs():
            return by_bm25, False
        verbatim_rows = self._verbatim_rows()
        best_count = MAX_READ_CANDIDATES - len(verbatim_rows)
        best_by_bm25, other_by_bm25 = by_bm25[:best_count], by_bm25[best_count:]
        verbatim_candidates = [
            candidate for candidate in other_by_bm25 if candidate.article_id in verbatim_rows
        ]
        bm25_rows = set(ranked_rows)
        older_candidates = self._unscored(
            [ranked_row for ranked_row in verbatim_rows if ranked_row not in bm25_rows]
        )
        read_candidates = [*best_by_bm25, *verbatim_candidates, *older_candidates]
        row_words = read_row_words(self.connection, [candidate.article_id for candidate in read_candidates])
        rescored = sort_by_rank(self._score_words(read_candidates, row_words))
        unread_candidates = [
            candidate for candidate in other_by_bm25 if candidate.article_id not in verbatim_rows
        ]
        return rescored + unread_candidates, bool(verbatim_rows)

    def _unscored(self, ranked_rows: Sequence[int]) -> list[RankCandidate]:
        accented_rows = rows_with_accents(self.connection, self.root, ranked_rows) if ranked_rows else None
        return [
            RankCandidate(
                (ranked_row, 0), ranked_row, 0.0, accented_rows is None or ranked_row in accented_rows
            )
            for ranked_row in ranked_rows
        ]

    def _score_bm25(self) -> list[RankCandidate]:
        """Every match with its bm25; where no word has weight, with whether all words are in the title."""
        ranked_rows = self.matches.rows
        accented_rows = rows_with_accents(self.connection, self.root, ranked_rows)
        bm25_parameters = {
            "lowest": ranked_rows[-1],
            "highest": ranked_rows[0],
            "ids": json.dumps(ranked_rows),
        }
        bm25_scores: dict[int, float] = {}
        if bm25_match := fts_score_expression(self.root, self._bm25_words()):
            bm25_scores = dict(
                fetch_tuples(self.connection, _BM25_SCORES, {**bm25_parameters, "match": bm25_match})
            )
            for ranked_row, bm25_points in self._length_corrections(
                {**bm25_parameters, "match": bm25_match}
            ).items():
                bm25_scores[ranked_row] += bm25_points
        title_query = None if bm25_scores else title_only(self.root)
        title_rows: set[int] = set()
        if title_query:
            title_match = {**bm25_parameters, "match": fts_match_expression(title_query)}
            title_rows = set(fetch_column(self.connection, _MATCHING_ROWS, title_match))
        return [
            RankCandidate(
                (ranked_row, 0),
                ranked_row,
                bm25_scores.get(ranked_row, 0.0),
                accented_rows is None or ranked_row in accented_rows,
                ranked_row in title_rows,
            )
            for ranked_row in ranked_rows
        ]

    def _bm25_words(self) -> frozenset[str]:
        """The words bm25 is computed for: for each it walks along all documents that have it."""
        by_weight = sorted(
            ((weight, word) for word, weight in self.scorer.word_weights.items()), reverse=True
        )
        always_scored = len(by_weight) if has_alternatives(self.root) else SCORED_WORDS
        return frozenset(
            word
            for position, (weight, word) in enumerate(by_weight)
            if weight > (MIN_IDF if position < always_scored else MIN_RARE_IDF)
        )

    def _length_corrections(self, bm25_parameters: Mapping[str, object]) -> dict[int, float]:
        """The points that bm25 takes from articles for the length of their attachments, by row."""
        if not self.connection.scalar(_ANY_ATTACHMENT_TEXT):
            return {}
        own_scores = fetch_tuples(self.connection, _OWN_BM25_SCORES, bm25_parameters)
        mean_words = self.statistics.mean_words
        return {
            ranked_row: score_without_files(score, total_words_count, own_words_count, mean_words) - score
            for ranked_row, score, own_words_count, total_words_count in own_scores
        }

    def _verbatim_rows(self) -> list[int]:
        """The newest of all matching rows that hold the query as typed; two words only in titles."""
        if self.query.strict:
            return []
        verbatim_orders = [order for order in self.scorer.typed_orders if len(order) > 1]
        long_verbatim_orders = [order for order in verbatim_orders if len(order) > 2]
        ranked_rows = self._newest_rows_with(f'"{" ".join(order)}"' for order in long_verbatim_orders)
        if self.matches.has_older and long_verbatim_orders != verbatim_orders:
            title_rows = self._newest_rows_with(
                f'{{title}} : "{" ".join(order)}"' for order in verbatim_orders
            )
            ranked_rows = list(dict.fromkeys([*title_rows, *ranked_rows]))
        return ranked_rows

    def _newest_rows_with(self, verbatim_runs: Iterable[str]) -> list[int]:
        """The newest matching rows that have one of the runs of words."""
        any_verbatim_run = " OR ".join(verbatim_runs)
        if not any_verbatim_run:
            return []
        is_plain = is_plain_query(self.root)
        verbatim_conditions = (
            fts_filter_expression(self.root) if is_plain else fts_match_expression(self.root)
        )
        bm25_match = (
            f"({any_verbatim_run}) AND {verbatim_conditions}" if verbatim_conditions else any_verbatim_run
        )
        bm25_parameters = match_parameters(self.query) | {"match": bm25_match, "limit": MAX_VERBATIM_ROWS}
        return fetch_column(self.connection, NEWEST_ROWS, bm25_parameters)

    def _score_words(
        self, candidates: Iterable[RankCandidate], row_words: Mapping[int, tuple[FieldWords, int]]
    ) -> list[RankCandidate]:
        """Candidates with the scores of their stored words."""
        return [
            candidate._replace(
                score=self.scorer.score(words, own_words), all_in_title=self.scorer.all_in_title(words)
            )
            for candidate in candidates
            for words, own_words in (row_words[candidate.article_id],)
        ]


def read_row_words(connection: Connection, ranked_rows: Sequence[int]) -> dict[int, tuple[FieldWords, int]]:
    """Return by row id the folded words, and their number without those of attachments."""
    stored_rank_words = fetch_tuples(connection, _STORED_WORDS, {"ids": json.dumps(list(ranked_rows))})
    return {
        ranked_row: (unpack_words(packed)[0].folded, own_words)
        for ranked_row, packed, own_words in stored_rank_words
    }
