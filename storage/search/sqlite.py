"""The engine for SQLite: a contentless FTS5 table fed with our own words, beside a table of documents."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import Connection, bindparam, text
from sqlalchemy import Row as KeptRow

from storage.search.documents import Hit, Results, SearchDoc, SearchIndexError, Words
from storage.search.normalise import NORM_VERSION
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
    wants_exact,
)
from storage.search.sqlite_check import problems
from storage.search.sqlite_match import expression
from storage.search.sqlite_rows import COLUMNS, Row, free_row, mean_length, row_range, unpacked
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
        own INTEGER NOT NULL,
        length INTEGER NOT NULL,
        words BLOB NOT NULL
    )""",
    "CREATE INDEX search_documents_filed ON search_documents (id, own, length) WHERE length > own",
    f"""CREATE VIRTUAL TABLE search_fts USING fts5(
        {", ".join(COLUMNS)}, content='', tokenize="ascii tokenchars '-./,_=:'"
    )""",
)
DROP: tuple[str, ...] = ("DROP TABLE IF EXISTS search_fts", "DROP TABLE IF EXISTS search_documents")
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
    "INSERT INTO search_documents (id, article_id, norm_version, checksum, site, own, length, words) "
    "VALUES (:id, :article_id, :norm_version, :checksum, :site, :own, :length, :words) "
    "ON CONFLICT (article_id) DO NOTHING"
)
_FORGET = text("DELETE FROM search_documents WHERE id = :id")
_NAMES = ", ".join(COLUMNS)
# S608: nothing is put together here but our own column names and weights.
_INDEX = text(f"INSERT INTO search_fts (rowid, {_NAMES}) VALUES (:id, {_MARKED})")  # noqa: S608
_UNINDEX = text(
    f"INSERT INTO search_fts (search_fts, rowid, {_NAMES}) VALUES ('delete', :id, {_MARKED})"  # noqa: S608
)
_WITHIN = "search_fts MATCH :match AND search_fts.rowid BETWEEN :lowest AND :highest"
_COUNT = text(f"SELECT count(*) FROM search_fts WHERE {_WITHIN}")  # noqa: S608
_NEWEST = text(f"SELECT rowid FROM search_fts WHERE {_WITHIN} ORDER BY rowid DESC LIMIT :most")  # noqa: S608
_ROWS = text(f"SELECT rowid FROM search_fts WHERE {_WITHIN}")  # noqa: S608
_LISTED = text(
    "SELECT article_id FROM search_documents WHERE id BETWEEN :lowest AND :highest "
    "ORDER BY id DESC LIMIT :limit OFFSET :offset"
)
_LISTED_COUNT = text("SELECT count(*) FROM search_documents WHERE id BETWEEN :lowest AND :highest")
_MATCHING = text(
    "SELECT article_id FROM search_documents "  # noqa: S608
    f"WHERE id IN (SELECT rowid FROM search_fts WHERE {_WITHIN})"
)
_ALL = text("SELECT article_id FROM search_documents WHERE id BETWEEN :lowest AND :highest")
_SCORED = text(
    "SELECT rowid, -bm25(search_fts, :title, :text, :author, :file) FROM search_fts "  # noqa: S608
    f"WHERE {_WITHIN}"
).bindparams(title=TITLE, text=TEXT, author=AUTHOR, file=FILE)
_FILED = text("SELECT EXISTS (SELECT 1 FROM search_documents WHERE length > own)")
# Of those with attachments, what their own words are worth.
_OWN = text(
    "SELECT search_fts.rowid, -bm25(search_fts, :title, :text, :author, 0.0), own, length "  # noqa: S608
    f"FROM search_fts JOIN search_documents ON id = search_fts.rowid WHERE {_WITHIN} AND length > own"
).bindparams(title=TITLE, text=TEXT, author=AUTHOR)
_KEPT = text("SELECT id, site, words FROM search_documents WHERE id IN :ids").bindparams(
    bindparam("ids", expanding=True)
)
_ARTICLES = text(  # one parameter: of thousands of hits the parameters would cost more than the query
    "SELECT id, article_id FROM search_documents WHERE id IN (SELECT value FROM json_each(:ids))"
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
                f"now {NORM_VERSION}) and cannot be taken out of the index: "
                "rebuild the search index with `congdoan db rebuild --search`"
            )
        connection.execute(_UNINDEX, {"id": row.id, **kept.columns})
        connection.execute(_FORGET, {"id": row.id})

    def search(self, connection: Connection, query: Query, *, limit: int = 20, offset: int = 0) -> Results:
        """One page of what matches, best first; pages of a capped answer end with what was ranked."""
        lowest, highest = row_range(query.days)
        if query.root is None:
            return _listed(connection, {"lowest": lowest, "highest": highest}, limit, offset)
        asked = {"match": expression(query.root), "lowest": lowest, "highest": highest}
        newest = connection.scalars(_NEWEST, asked | {"most": MOST_RANKED + 1}).all()
        capped = len(newest) > MOST_RANKED
        total: int = connection.execute(_COUNT, asked).scalar_one() if capped else len(newest)
        if not newest[offset:]:
            return Results((), total, capped)
        rows = (newest[:MOST_RANKED][-1], highest)
        order = _looked_at(connection, query.root, in_order(_candidates(connection, query.root, rows)))
        return Results(_hits(connection, order[offset : offset + limit]), total, capped)

    def matching(self, connection: Connection, query: Query) -> Iterable[int]:
        """The ids of all articles that match, in no order, none left out."""
        lowest, highest = row_range(query.days)
        rows = {"lowest": lowest, "highest": highest}
        if query.root is None:
            return connection.scalars(_ALL, rows)
        return connection.scalars(_MATCHING, {"match": expression(query.root), **rows})

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
        "own": row.own,
        "length": row.length,
        "words": row.packed,
    }
    if connection.execute(_KEEP, values).rowcount == 0:
        return False
    connection.execute(_INDEX, {"id": values["id"], **row.columns})
    return True


def restore(connection: Connection, kept: KeptRow[Any], row: Row) -> None:
    """Index again, under its old row id, what an older table kept; for migrations."""
    values = {"id": kept.id, "article_id": kept.article_id, "norm_version": kept.norm_version}
    values |= {"checksum": row.checksum, "site": kept.site, "own": row.own, "length": row.length}
    connection.execute(_KEEP, values | {"words": row.packed})
    connection.execute(_INDEX, {"id": kept.id, **row.columns})


def _listed(connection: Connection, rows: Mapping[str, int], limit: int, offset: int) -> Results:
    """What a query without words wants: every document of its days, the newest first."""
    total: int = connection.execute(_LISTED_COUNT, rows).scalar_one()
    found = connection.scalars(_LISTED, {**rows, "limit": limit, "offset": offset})
    return Results(tuple(Hit(article_id, 0.0) for article_id in found), total, capped=False)


def _candidates(connection: Connection, root: Node, rows: tuple[int, int]) -> list[Candidate]:
    """Every match from the first of the rows to the last."""
    exact = _rows(connection, expression(root, exact=True), rows) if wants_exact(root) else None
    title = in_title(root)
    titled = _rows(connection, expression(title), rows) if title else frozenset[int]()
    asked = {"match": expression(root), "lowest": rows[0], "highest": rows[1]}
    owed = _owed(connection, asked)
    return [
        Candidate((row, 0), row, score + owed.get(row, 0.0), exact is None or row in exact, row in titled)
        for row, score in connection.execute(_SCORED, asked)
    ]


def _owed(connection: Connection, asked: Mapping[str, object]) -> dict[int, float]:
    """What bm25 takes from articles for the length of their attachments."""
    if not connection.scalar(_FILED):
        return {}
    mean = mean_length(connection)
    rows = connection.execute(_OWN, asked)
    return {row: as_without_files(score, length, own, mean) - score for row, score, own, length in rows}


def _rows(connection: Connection, match: str, rows: tuple[int, int]) -> frozenset[int]:
    asked = {"match": match, "lowest": rows[0], "highest": rows[1]}
    return frozenset(connection.scalars(_ROWS, asked).all())


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
        close = closeness(pairs, folded.title, folded.text, folded.file)
        return replace(one, text=one.text + CLOSE * close)

    return in_order(map(looked_at, best)) + order[LOOKED_AT:]


def _hits(connection: Connection, order: Sequence[Candidate]) -> tuple[Hit, ...]:
    """Candidates by row id as hits by article."""
    rows = connection.execute(_ARTICLES, {"ids": json.dumps([one.article_id for one in order])})
    article = {row.id: row.article_id for row in rows}
    return tuple(Hit(article[one.article_id], one.text) for one in order)
