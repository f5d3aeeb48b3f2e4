"""The engine for SQLite: a contentless FTS5 table fed with our own words, beside a table of documents."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from sqlalchemy import Connection, bindparam, text

from storage.search.documents import Hit, Results, SearchDoc, SearchIndexError, Words
from storage.search.normalise import NORM_VERSION
from storage.search.ranking import (
    AUTHOR,
    MOST_RANKED,
    TEXT,
    TITLE,
    Candidate,
    closeness,
    in_order,
    in_title,
    neighbours,
    wants_exact,
)
from storage.search.sqlite_check import problems
from storage.search.sqlite_match import expression
from storage.search.sqlite_rows import COLUMNS, Row, free_row, unpacked
from storage.search.tree import Node, Query

# Contentless, because a content table would hold every text twice (both forms), uncompressed. SQLite 3.40
# cannot delete from a contentless table without the old words, so search_documents keeps the exact stream,
# compressed; the folded one follows from it, and a checksum proves so before anything is deleted. The ascii
# tokenizer takes every character beyond ASCII as part of a word whatever Unicode version SQLite knows: our
# words pass unchanged.
CREATE: tuple[str, ...] = (
    """CREATE TABLE search_documents (
        id INTEGER PRIMARY KEY,
        article_id INTEGER NOT NULL UNIQUE,
        norm_version INTEGER NOT NULL,
        checksum INTEGER NOT NULL,
        site TEXT NOT NULL,
        words BLOB NOT NULL
    )""",
    f"""CREATE VIRTUAL TABLE search_fts USING fts5(
        {", ".join(COLUMNS)}, content='', tokenize="ascii tokenchars '-./,_=:'"
    )""",
)
DROP: tuple[str, ...] = ("DROP TABLE search_fts", "DROP TABLE search_documents")
TABLE_NAMES = frozenset(
    {"search_documents", "search_fts"}
    | {f"search_fts_{part}" for part in ("data", "idx", "docsize", "config")}
)

LOOKED_AT = 200  # best candidates whose words are read, at about 0.15 ms each
# bm25 points for standing all together. On 20,000 real articles four words of a title, typed without marks,
# find it at MRR@10 .44 without and .85 with them; 6 to 24 points make no difference.
CLOSE = 12.0
_MARKED = ", ".join(f":{name}" for name in COLUMNS)
_FIND = text(
    "SELECT id, site, words, checksum, norm_version FROM search_documents WHERE article_id = :article_id"
)
_KEEP = text(
    "INSERT INTO search_documents (id, article_id, norm_version, checksum, site, words) "
    "VALUES (:id, :article_id, :norm_version, :checksum, :site, :words) ON CONFLICT (article_id) DO NOTHING"
)
_FORGET = text("DELETE FROM search_documents WHERE id = :id")
_NAMES = ", ".join(COLUMNS)
# S608: nothing is put together here but our own column names and weights.
_INDEX = text(f"INSERT INTO search_fts (rowid, {_NAMES}) VALUES (:id, {_MARKED})")  # noqa: S608
_UNINDEX = text(
    f"INSERT INTO search_fts (search_fts, rowid, {_NAMES}) VALUES ('delete', :id, {_MARKED})"  # noqa: S608
)
_COUNT = text("SELECT count(*) FROM search_fts WHERE search_fts MATCH :match")
_MATCHING = text(
    "SELECT article_id FROM search_documents "
    "WHERE id IN (SELECT rowid FROM search_fts WHERE search_fts MATCH :match)"
)
_NEWEST = text("SELECT rowid FROM search_fts WHERE search_fts MATCH :match ORDER BY rowid DESC LIMIT :most")
_ROWS = text("SELECT rowid FROM search_fts WHERE search_fts MATCH :match AND rowid >= :lowest")
_SCORED = text(
    "SELECT rowid, -bm25(search_fts, :title, :text, :author) FROM search_fts "
    "WHERE search_fts MATCH :match AND rowid >= :lowest"
).bindparams(title=TITLE, text=TEXT, author=AUTHOR)
_KEPT = text("SELECT id, site, words FROM search_documents WHERE id IN :ids").bindparams(
    bindparam("ids", expanding=True)
)
_ARTICLES = text("SELECT id, article_id FROM search_documents WHERE id IN :ids").bindparams(
    bindparam("ids", expanding=True)
)


class SqliteSearch:
    """SearchEngine over FTS5."""

    def prepare(self, site: str, words: Words) -> Row:
        """The part of `put` that needs no database: a reader process may do it."""
        return Row.of(site, words)

    def put(self, connection: Connection, doc: SearchDoc, prepared: Row | None = None) -> None:
        """Index a document, in place of what was indexed under its id; `prepared`: if it was beforehand."""
        row = prepared or self.prepare(doc.site, doc.words())
        if not _add(connection, doc, row):
            self.remove(connection, doc.article_id)
            _add(connection, doc, row)

    def remove(self, connection: Connection, article_id: int) -> None:
        """Forget a document; an unknown id is no error.

        Raises SearchIndexError when the row was folded by rules that are no longer ours.
        """
        row = connection.execute(_FIND, {"article_id": article_id}).one_or_none()
        if row is None:
            return
        kept = Row.read(row.site, row.words)
        if kept.checksum != row.checksum:
            raise SearchIndexError(
                f"article {article_id} was indexed under another folding (version {row.norm_version}; "
                f"now {NORM_VERSION}) and cannot be taken out of the index: rebuild the search index"
            )
        connection.execute(_UNINDEX, {"id": row.id, **kept.columns})
        connection.execute(_FORGET, {"id": row.id})

    def search(self, connection: Connection, query: Query, *, limit: int = 20, offset: int = 0) -> Results:
        """One page of what matches, best first; pages of a capped answer end with what was ranked."""
        match = expression(query.root)
        newest = connection.scalars(_NEWEST, {"match": match, "most": MOST_RANKED + 1}).all()
        capped = len(newest) > MOST_RANKED
        total: int = connection.execute(_COUNT, {"match": match}).scalar_one() if capped else len(newest)
        if not newest[offset:]:
            return Results((), total, capped)
        lowest = newest[:MOST_RANKED][-1]
        order = _looked_at(connection, query.root, in_order(_candidates(connection, query.root, lowest)))
        return Results(_hits(connection, order[offset : offset + limit]), total, capped)

    def matching(self, connection: Connection, query: Query) -> Iterable[int]:
        """The ids of all articles that match, in no order, none left out."""
        return connection.scalars(_MATCHING, {"match": expression(query.root)})

    def verify(self, connection: Connection) -> tuple[str, ...]:
        """What is wrong with the index, one line each with the remedy; empty when it is sound."""
        return problems(connection)


def _add(connection: Connection, doc: SearchDoc, row: Row) -> bool:
    """Index a document; False when another text of it is indexed, and nothing is done."""
    values = {
        "id": free_row(connection, doc.day),
        "article_id": doc.article_id,
        "norm_version": NORM_VERSION,
        "checksum": row.checksum,
        "site": doc.site,
        "words": row.packed,
    }
    if connection.execute(_KEEP, values).rowcount == 0:
        return False
    connection.execute(_INDEX, {"id": values["id"], **row.columns})
    return True


def _candidates(connection: Connection, root: Node, lowest: int) -> list[Candidate]:
    """Every match from row `lowest` on."""
    exact = _rows(connection, expression(root, exact=True), lowest) if wants_exact(root) else None
    title = in_title(root)
    titled = _rows(connection, expression(title), lowest) if title else frozenset[int]()
    scored = connection.execute(_SCORED, {"match": expression(root), "lowest": lowest}).all()
    return [
        Candidate((row, 0), row, score, exact is None or row in exact, row in titled) for row, score in scored
    ]


def _rows(connection: Connection, match: str, lowest: int) -> frozenset[int]:
    return frozenset(connection.scalars(_ROWS, {"match": match, "lowest": lowest}).all())


def _looked_at(connection: Connection, root: Node, order: list[Candidate]) -> list[Candidate]:
    """The best candidates in a better order: bm25 knows nothing of words standing together."""
    pairs = neighbours(root)
    if not pairs or len(order) < 2:
        return order
    best = order[:LOOKED_AT]
    kept = {row.id: row for row in connection.execute(_KEPT, {"ids": [one.article_id for one in best]})}

    def looked_at(one: Candidate) -> Candidate:
        row = kept[one.article_id]
        folded = unpacked(row.words).fold
        close = closeness(pairs, folded.title, folded.text)
        return replace(one, text=one.text + CLOSE * close)

    return in_order(map(looked_at, best)) + order[LOOKED_AT:]


def _hits(connection: Connection, order: Sequence[Candidate]) -> tuple[Hit, ...]:
    """Candidates by row id as hits by article."""
    rows = connection.execute(_ARTICLES, {"ids": [one.article_id for one in order]})
    article = {row.id: row.article_id for row in rows}
    return tuple(Hit(article[one.article_id], one.text) for one in order)
