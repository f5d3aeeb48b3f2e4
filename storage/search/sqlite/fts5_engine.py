"""`SqliteSearch`: contentless FTS5 tables filled with our own words, beside a table of documents."""

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
from storage.search.sqlite import fts_matches, fts_rank, relaxed_query
from storage.search.sqlite.fts_tables import CREATE, DROP, TABLE_NAMES
from storage.search.sqlite.index_check import index_problems
from storage.search.sqlite.index_row import FTS_COLUMNS, IndexRow, allocate_row_id
from storage.text.tokens import NORM_VERSION

__all__ = ["CREATE", "DROP", "TABLE_NAMES", "SqliteSearch"]

_FIND_FTS5_DOCUMENT = text(
    "SELECT id, words, checksum, norm_version FROM search_documents JOIN search_words USING (article_id) "
    "WHERE article_id = :article_id"
)
_FTS5_DOCUMENT_COLUMNS = (
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
# S608: only our own column names are written into these statements.
_INSERT_FTS5_DOCUMENT = text(
    f"INSERT INTO search_documents (id, {', '.join(_FTS5_DOCUMENT_COLUMNS)}) "  # noqa: S608
    f"VALUES (:id, {', '.join(f':{name}' for name in _FTS5_DOCUMENT_COLUMNS)}) "
    "ON CONFLICT (article_id) DO NOTHING"
)
_INSERT_FTS5_WORDS = text("INSERT INTO search_words (article_id, words) VALUES (:article_id, :words)")
_DELETE_FTS5_DOCUMENT = text("DELETE FROM search_documents WHERE id = :id")
_DELETE_FTS5_WORDS = text("DELETE FROM search_words WHERE article_id = :article_id")
_FTS5_COLUMNS, _FTS5_VALUES = (
    ", ".join(FTS_COLUMNS),
    ", ".join(f":{name}" for name in FTS_COLUMNS),
)
_INSERT_FTS5 = text(
    f"INSERT INTO search_fts (rowid, {_FTS5_COLUMNS}) VALUES (:id, {_FTS5_VALUES})"  # noqa: S608
)
_DELETE_FTS5 = text(
    f"INSERT INTO search_fts (search_fts, rowid, {_FTS5_COLUMNS}) VALUES ('delete', :id, {_FTS5_VALUES})"  # noqa: S608
)
_INSERT_FTS5_EXACT = text("INSERT INTO search_exact (rowid, marked) VALUES (:id, :marked)")
_DELETE_FTS5_EXACT = text(
    "INSERT INTO search_exact (search_exact, rowid, marked) VALUES ('delete', :id, :marked)"
)


class SqliteSearch:
    """The SearchEngine on SQLite's FTS5."""

    relaxed_scores_comparable = True  # both scores come from the words of the best rows

    def prepare(self, doc: SearchDoc) -> IndexRow:
        """Tokenise a document for `index_document`; needs no database, so a worker process may do it."""
        return IndexRow.from_document(doc)

    def index_document(
        self, connection: Connection, doc: SearchDoc, prepared: IndexRow | None = None
    ) -> None:
        """Index a document, replacing the one of the same id; `prepared` is the result of `prepare`."""
        index_row = prepared or self.prepare(doc)
        if not _insert_into_fts5(connection, doc, index_row):
            self.remove_document(connection, doc.article_id)
            _insert_into_fts5(connection, doc, index_row)

    def remove_document(self, connection: Connection, article_id: int) -> None:
        """Remove a document from the index; an unknown id is no error.

        Raises SearchIndexError when the document was folded by rules that have changed since: FTS5 deletes
        wrongly unless it is given the very words it indexed.
        """
        fts5_row = connection.execute(_FIND_FTS5_DOCUMENT, {"article_id": article_id}).one_or_none()
        if fts5_row is None:
            return
        index_row = IndexRow.from_packed(fts5_row.words)
        if index_row.checksum != fts5_row.checksum:
            raise SearchIndexError(
                f"article {article_id} was indexed under another folding (version {fts5_row.norm_version}; "
                f"now {NORM_VERSION}) and cannot be taken out of the index: "
                "rebuild the search index with `congdoan db rebuild --search`"
            )
        connection.execute(_DELETE_FTS5, {"id": fts5_row.id, **index_row.columns})
        connection.execute(_DELETE_FTS5_EXACT, {"id": fts5_row.id, "marked": index_row.accented_words})
        connection.execute(_DELETE_FTS5_DOCUMENT, {"id": fts5_row.id})
        connection.execute(_DELETE_FTS5_WORDS, {"article_id": article_id})

    def search(self, connection: Connection, query: Query, *, limit: int = 20, offset: int = 0) -> RankedPage:
        """Return one page of matches, best first; pages of a capped result end with what was ranked."""
        fts5_ranked = self.rank_matches(connection, query)
        return RankedPage(fts5_ranked.hits[offset : offset + limit], fts5_ranked.total, fts5_ranked.is_capped)

    def rank_matches(self, connection: Connection, query: Query) -> RankedHits:
        """Return the best matches, and how many match by year."""
        return fts_rank.rank_matches(connection, resolve_site_filters(connection, query))

    def list_by_day(
        self,
        connection: Connection,
        query: Query,
        *,
        limit: int,
        after: DayKey | None = None,
        oldest_first: bool = False,
    ) -> tuple[DatedHit, ...]:
        """Return matches by day, beginning after the key `after`."""
        resolved_query = resolve_site_filters(connection, query)
        return fts_matches.list_by_day(connection, resolved_query, limit, after, oldest_first=oldest_first)

    def matching_day_keys(
        self, connection: Connection, query: Query, ids: Iterable[int]
    ) -> Mapping[int, DayKey]:
        """Return the articles among `ids` that match, with their keys in the order of days."""
        return fts_matches.matching_day_keys(connection, resolve_site_filters(connection, query), ids)

    def relaxed_matches(self, connection: Connection, query: Query, limit: int) -> tuple[SearchHit, ...]:
        """Return at most `limit` articles with most of the words, best first; only for plain words."""
        return relaxed_query.relaxed_matches(connection, resolve_site_filters(connection, query), limit)

    def indexed_words(self, connection: Connection, words: Iterable[str]) -> frozenset[str]:
        """Return those of the folded words (letters and digits) that occur in any title or text."""
        return fts_matches.indexed_words(connection, words)

    def count_word_pairs(
        self, connection: Connection, pairs: Iterable[tuple[str, str]], max_count: int
    ) -> Mapping[tuple[str, str], int]:
        """Count the documents in which each pair of folded words is adjacent, up to `max_count`."""
        return fts_matches.count_word_pairs(connection, pairs, max_count)

    def matching_ids(self, connection: Connection, query: Query) -> Iterable[int]:
        """Return the ids of all matching articles, in no order."""
        return fts_matches.matching_ids(connection, resolve_site_filters(connection, query))

    def verify(self, connection: Connection) -> tuple[str, ...]:
        """Return every defect of the index, one line each with the remedy; empty when it is sound."""
        return index_problems(connection)


def _insert_into_fts5(connection: Connection, doc: SearchDoc, index_row: IndexRow) -> bool:
    """Index a document; return False, with nothing changed, when the article is already indexed."""
    fts5_values = {
        "id": allocate_row_id(connection, doc.day),
        "article_id": doc.article_id,
        "norm_version": NORM_VERSION,
        "checksum": index_row.checksum,
        "own": index_row.own_words,
        "length": index_row.total_words,
        "site": doc.site,
        "place": doc.place,
        "section": " / ".join(doc.section) or None,
        "author": doc.author or None,
        "has": fts_matches.HAS_FILES_BIT * doc.has_files | fts_matches.HAS_IMAGES_BIT * doc.has_images,
    }
    if connection.execute(_INSERT_FTS5_DOCUMENT, fts5_values).rowcount == 0:
        return False
    connection.execute(_INSERT_FTS5_WORDS, {"article_id": doc.article_id, "words": index_row.packed})
    connection.execute(_INSERT_FTS5, {"id": fts5_values["id"], **index_row.columns})
    connection.execute(_INSERT_FTS5_EXACT, {"id": fts5_values["id"], "marked": index_row.accented_words})
    return True
