"""The search engine as its callers see it, and the choice of one by database."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from sqlalchemy import Connection, text

from storage.search import postgres, sqlite
from storage.search.documents import Hit, Prepared, Results, SearchDoc, SearchIndexError, Words
from storage.search.tree import Query

__all__ = [
    "Hit",
    "Prepared",
    "Results",
    "SearchDoc",
    "SearchEngine",
    "SearchIndexError",
    "Words",
    "engine_for",
]


class SearchEngine(Protocol):
    """An index kept in the article store's own database and transactions."""

    def prepare(self, site: str, words: Words) -> Prepared:
        """The part of `put` that needs no database: a reader process may do it."""

    def put(self, connection: Connection, doc: SearchDoc, prepared: Prepared | None = None) -> None:
        """Index a document, in place of what was indexed under its id; `prepared`: if it was beforehand."""

    def remove(self, connection: Connection, article_id: int) -> None:
        """Forget a document; an unknown id is no error."""

    def search(self, connection: Connection, query: Query, *, limit: int = 20, offset: int = 0) -> Results:
        """One page of what matches, best first; pages of a capped answer end with what was ranked."""

    def matching(self, connection: Connection, query: Query) -> Iterable[int]:
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


def empty(connection: Connection) -> None:
    """Make the index anew, without a document in it, whatever state it was in."""
    module = {"sqlite": sqlite, "postgresql": postgres}[connection.dialect.name]
    for statement in (*module.DROP, *module.CREATE):
        connection.execute(text(statement))
