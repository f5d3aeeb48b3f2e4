"""The search engine as its callers see it, and the choice of one by database."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Protocol

from sqlalchemy import Connection, text

from storage.search.documents import (
    DatedHit,
    DayKey,
    IndexEntry,
    RankedHits,
    RankedPage,
    SearchDoc,
    SearchHit,
    SearchIndexError,
)
from storage.search.postgres import tsvector_engine as postgres
from storage.search.query.tree import Query
from storage.search.sqlite import fts5_engine as sqlite

__all__ = [
    "IndexEntry",
    "RankedPage",
    "SearchDoc",
    "SearchEngine",
    "SearchHit",
    "SearchIndexError",
    "engine_for",
]


class SearchEngine(Protocol):
    """An index kept in the article store's own database and transactions."""

    def prepare(self, doc: SearchDoc) -> IndexEntry:
        """The part of `put` that needs no database: a reader process may do it."""

    def index_document(
        self, connection: Connection, doc: SearchDoc, prepared: IndexEntry | None = None
    ) -> None:
        """Index a document, in place of what was indexed under its id; `prepared`: if it was beforehand."""

    def remove_document(self, connection: Connection, article_id: int) -> None:
        """Forget a document; an unknown id is no error."""

    def search(self, connection: Connection, query: Query, *, limit: int = 20, offset: int = 0) -> RankedPage:
        """One page of what matches, best first; pages of a capped answer end with what was ranked."""

    def rank_matches(self, connection: Connection, query: Query) -> RankedHits:
        """The best of what matches, at most MAX_RANKED_HITS, and how many do by year."""

    def list_by_day(
        self,
        connection: Connection,
        query: Query,
        *,
        limit: int,
        after: DayKey | None = None,
        oldest_first: bool = False,
    ) -> tuple[DatedHit, ...]:
        """What matches by day, the newest (or oldest) first, from beyond `after` on."""

    def matching_day_keys(
        self, connection: Connection, query: Query, ids: Iterable[int]
    ) -> Mapping[int, DayKey]:
        """Which of these articles match, and where they stand by day."""

    @property
    def relaxed_scores_comparable(self) -> bool:
        """Whether the scores of `alike` can be held against those of `ranked`."""

    def relaxed_matches(self, connection: Connection, query: Query, most: int) -> tuple[SearchHit, ...]:
        """At most so many articles with most of what was typed, best first; none but for plain words."""

    def indexed_words(self, connection: Connection, words: Iterable[str]) -> frozenset[str]:
        """Which of these folded words stand anywhere in the texts; words of letters and digits alone."""

    def count_word_pairs(
        self, connection: Connection, pairs: Iterable[tuple[str, str]], most: int
    ) -> Mapping[tuple[str, str], int]:
        """How many documents have each pair of folded words next to each other, counted up to `most`."""

    def matching_ids(self, connection: Connection, query: Query) -> Iterable[int]:
        """The ids of all articles that match, in no order, none left out."""

    def verify(self, connection: Connection) -> tuple[str, ...]:
        """What is wrong with the index, one line each with the remedy; empty when it is sound."""


def engine_for(database: Connection | str) -> SearchEngine:
    """The engine for a connection or dialect name; raises SearchIndexError for an unknown one."""
    name = database if isinstance(database, str) else database.dialect.name
    match name:
        case "sqlite":
            return sqlite.SqliteSearch()
        case "postgresql":
            return postgres.PostgresSearch()
    raise SearchIndexError(f"no search engine for `{name}`: use sqlite or postgresql")


def recreate_index(connection: Connection) -> None:
    """Make the index anew, without a document in it, whatever state it was in."""
    module = {"sqlite": sqlite, "postgresql": postgres}[connection.dialect.name]
    for statement in (*module.DROP, *module.CREATE):
        connection.execute(text(statement))
