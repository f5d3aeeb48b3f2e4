"""`SearchEngine`, the interface of both engines, and the choice of one by the database's dialect."""

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
from storage.search.postgres import tsvector_engine
from storage.search.query.tree import Query
from storage.search.sqlite import fts5_engine

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
    """A search index kept in the article store's own database and transactions."""

    def prepare(self, doc: SearchDoc) -> IndexEntry:
        """Tokenise a document for `index_document`; needs no database, so a worker process may do it."""

    def index_document(
        self, connection: Connection, doc: SearchDoc, prepared: IndexEntry | None = None
    ) -> None:
        """Index a document, replacing the one of the same id; `prepared` is the result of `prepare`."""

    def remove_document(self, connection: Connection, article_id: int) -> None:
        """Remove a document from the index; an unknown id is no error."""

    def search(self, connection: Connection, query: Query, *, limit: int = 20, offset: int = 0) -> RankedPage:
        """Return one page of matches, best first; pages of a capped result end with what was ranked."""

    def rank_matches(self, connection: Connection, query: Query) -> RankedHits:
        """Return the best matches, at most MAX_RANKED_HITS, and how many match by year."""

    def list_by_day(
        self,
        connection: Connection,
        query: Query,
        *,
        limit: int,
        after: DayKey | None = None,
        oldest_first: bool = False,
    ) -> tuple[DatedHit, ...]:
        """Return matches by day, the newest (or oldest) first, beginning after the key `after`."""

    def matching_day_keys(
        self, connection: Connection, query: Query, ids: Iterable[int]
    ) -> Mapping[int, DayKey]:
        """Return the articles among `ids` that match, with their keys in the order of days."""

    @property
    def relaxed_scores_comparable(self) -> bool:
        """Whether scores of `relaxed_matches` can be compared with those of `rank_matches`."""

    def relaxed_matches(self, connection: Connection, query: Query, limit: int) -> tuple[SearchHit, ...]:
        """Return at most `limit` articles with most of the words, best first; only for plain words."""

    def indexed_words(self, connection: Connection, words: Iterable[str]) -> frozenset[str]:
        """Return those of the folded words (letters and digits) that occur in any title or text."""

    def count_word_pairs(
        self, connection: Connection, pairs: Iterable[tuple[str, str]], max_count: int
    ) -> Mapping[tuple[str, str], int]:
        """Count the documents in which each pair of folded words is adjacent, up to `max_count`."""

    def matching_ids(self, connection: Connection, query: Query) -> Iterable[int]:
        """Return the ids of all matching articles, in no order."""

    def verify(self, connection: Connection) -> tuple[str, ...]:
        """Return every defect of the index, one line each with the remedy; empty when it is sound."""


def engine_for(database: Connection | str) -> SearchEngine:
    """Return the engine for a connection or dialect name; raise SearchIndexError for an unknown one."""
    dialect = database if isinstance(database, str) else database.dialect.name
    match dialect:
        case "sqlite":
            return fts5_engine.SqliteSearch()
        case "postgresql":
            return tsvector_engine.PostgresSearch()
    raise SearchIndexError(f"no search engine for `{dialect}`: use sqlite or postgresql")


def recreate_index(connection: Connection) -> None:
    """Drop the search tables, whatever their state, and create them empty."""
    engine = {"sqlite": fts5_engine, "postgresql": tsvector_engine}[connection.dialect.name]
    for statement in (*engine.DROP, *engine.CREATE):
        connection.execute(text(statement))
