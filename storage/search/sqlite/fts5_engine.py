"""The engine for SQLite: contentless FTS5 tables fed with our own words, beside a table of documents."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from sqlalchemy import Connection, text

from storage.search.documents import (
    DatedHit,
    DayKey,
    RankedHits,
    RankedPage,
    SearchDoc,
    SearchHit,
    SearchIndexError,
)
from storage.search.query.site_filters import resolve_site_filters
from storage.search.query.tree import Query
from storage.search.sqlite import find as sqlite_find
from storage.search.sqlite import fts_rank as sqlite_rank
from storage.search.sqlite import relaxed_query as sqlite_alike
from storage.search.sqlite.index_check import index_problems
from storage.search.sqlite.rows import FTS_COLUMNS, IndexRow, allocate_row_id
from storage.search.sqlite.tables import CREATE, DROP, TABLE_NAMES
from storage.text.tokens import NORM_VERSION

__all__ = ["CREATE", "DROP", "TABLE_NAMES", "SqliteSearch"]

_FIND = text(
    "SELECT id, words, checksum, norm_version FROM search_documents JOIN search_words USING (article_id) "
    "WHERE article_id = :article_id"
)
_KEPT = (
    "article_id",
    "norm_version",
    "checksum",
    "own",
    "length",
    "site",
    "place",
    "section",
    "author",
    "has",
)
# S608: nothing is put together here but our own column names.
_KEEP = text(
    f"INSERT INTO search_documents (id, {', '.join(_KEPT)}) "  # noqa: S608
    f"VALUES (:id, {', '.join(f':{name}' for name in _KEPT)}) ON CONFLICT (article_id) DO NOTHING"
)
_KEEP_WORDS = text("INSERT INTO search_words (article_id, words) VALUES (:article_id, :words)")
_FORGET = text("DELETE FROM search_documents WHERE id = :id")
_FORGET_WORDS = text("DELETE FROM search_words WHERE article_id = :article_id")
_NAMES, _MARKED = ", ".join(FTS_COLUMNS), ", ".join(f":{name}" for name in FTS_COLUMNS)
_INDEX = text(f"INSERT INTO search_fts (rowid, {_NAMES}) VALUES (:id, {_MARKED})")  # noqa: S608
_UNINDEX = text(
    f"INSERT INTO search_fts (search_fts, rowid, {_NAMES}) VALUES ('delete', :id, {_MARKED})"  # noqa: S608
)
_INDEX_EXACT = text("INSERT INTO search_exact (rowid, marked) VALUES (:id, :marked)")
_UNINDEX_EXACT = text(
    "INSERT INTO search_exact (search_exact, rowid, marked) VALUES ('delete', :id, :marked)"
)


class SqliteSearch:
    """SearchEngine over FTS5."""

    relaxed_scores_comparable = True  # both are judged by the words of the best

    def prepare(self, doc: SearchDoc) -> IndexRow:
        """The part of `put` that needs no database: a reader process may do it."""
        return IndexRow.from_document(doc)

    def index_document(
        self, connection: Connection, doc: SearchDoc, prepared: IndexRow | None = None
    ) -> None:
        """Index a document, in place of what was indexed under its id; `prepared`: if it was beforehand."""
        row = prepared or self.prepare(doc)
        if not _add(connection, doc, row):
            self.remove_document(connection, doc.article_id)
            _add(connection, doc, row)

    def remove_document(self, connection: Connection, article_id: int) -> None:
        """Forget a document; an unknown id is no error.

        Raises SearchIndexError when the row was folded by rules that are no longer ours.
        """
        row = connection.execute(_FIND, {"article_id": article_id}).one_or_none()
        if row is None:
            return
        kept = IndexRow.read(row.words)
        if kept.checksum != row.checksum:
            raise SearchIndexError(
                f"article {article_id} was indexed under another folding (version {row.norm_version}; "
                f"now {NORM_VERSION}) and cannot be taken out of the index: "
                "rebuild the search index with `congdoan db rebuild --search`"
            )
        connection.execute(_UNINDEX, {"id": row.id, **kept.columns})
        connection.execute(_UNINDEX_EXACT, {"id": row.id, "marked": kept.accented})
        connection.execute(_FORGET, {"id": row.id})
        connection.execute(_FORGET_WORDS, {"article_id": article_id})

    def search(self, connection: Connection, query: Query, *, limit: int = 20, offset: int = 0) -> RankedPage:
        """One page of what matches, best first; pages of a capped answer end with what was ranked."""
        found = self.rank_matches(connection, query)
        return RankedPage(found.hits[offset : offset + limit], found.total, found.is_capped)

    def rank_matches(self, connection: Connection, query: Query) -> RankedHits:
        """The best of what matches, and how many do by year."""
        return sqlite_rank.rank_matches(connection, resolve_site_filters(connection, query))

    def list_by_day(
        self,
        connection: Connection,
        query: Query,
        *,
        limit: int,
        after: DayKey | None = None,
        oldest_first: bool = False,
    ) -> tuple[DatedHit, ...]:
        """What matches by day, from beyond `after` on."""
        asked = resolve_site_filters(connection, query)
        return sqlite_find.list_by_day(connection, asked, limit, after, oldest_first=oldest_first)

    def matching_day_keys(
        self, connection: Connection, query: Query, ids: Iterable[int]
    ) -> Mapping[int, DayKey]:
        """Which of these articles match, and where they stand by day."""
        return sqlite_find.matching_day_keys(connection, resolve_site_filters(connection, query), ids)

    def relaxed_matches(self, connection: Connection, query: Query, most: int) -> tuple[SearchHit, ...]:
        """At most so many articles with most of what was typed, best first; none but for plain words."""
        return sqlite_alike.relaxed_matches(connection, resolve_site_filters(connection, query), most)

    def indexed_words(self, connection: Connection, words: Iterable[str]) -> frozenset[str]:
        """Which of these folded words stand in any title or text."""
        return sqlite_find.indexed_words(connection, words)

    def count_word_pairs(
        self, connection: Connection, pairs: Iterable[tuple[str, str]], most: int
    ) -> Mapping[tuple[str, str], int]:
        """How many documents have each pair of folded words next to each other, counted up to `most`."""
        return sqlite_find.count_word_pairs(connection, pairs, most)

    def matching_ids(self, connection: Connection, query: Query) -> Iterable[int]:
        """The ids of all articles that match, in no order, none left out."""
        return sqlite_find.matching_ids(connection, resolve_site_filters(connection, query))

    def verify(self, connection: Connection) -> tuple[str, ...]:
        """What is wrong with the index, one line each with the remedy; empty when it is sound."""
        return index_problems(connection)


def _add(connection: Connection, doc: SearchDoc, row: IndexRow) -> bool:
    """Index a document; False when another text of it is indexed, and nothing is done."""
    values = {
        "id": allocate_row_id(connection, doc.day),
        "article_id": doc.article_id,
        "norm_version": NORM_VERSION,
        "checksum": row.checksum,
        "own": row.own,
        "length": row.length,
        "site": doc.site,
        "place": doc.place,
        "section": " / ".join(doc.section) or None,
        "author": doc.author or None,
        "has": sqlite_find.HAS_FILES_BIT * doc.has_files | sqlite_find.HAS_IMAGES_BIT * doc.has_images,
    }
    if connection.execute(_KEEP, values).rowcount == 0:
        return False
    connection.execute(_KEEP_WORDS, {"article_id": doc.article_id, "words": row.packed})
    connection.execute(_INDEX, {"id": values["id"], **row.columns})
    connection.execute(_INDEX_EXACT, {"id": values["id"], "marked": row.accented})
    return True
