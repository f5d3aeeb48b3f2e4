"""Queries of an export: all rows of some thousand articles, in five statements however many they are."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import orjson
from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    Connection,
    Dialect,
    String,
    bindparam,
    case,
    func,
    or_,
    select,
)
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import UserDefinedType

from storage.database.schema import (
    appearances,
    article_files,
    articles,
    changes,
    file_contents,
    files,
    revisions,
)

SqlRow = Sequence[Any]  # one row of a statement below, its columns in their order


class rfc3339(FunctionElement[str]):  # noqa: N801 - a function of SQL
    """An instant as RFC 3339 in UTC, formatted by the database: no datetime object is made."""

    type = String()
    inherit_cache = True


class Utf8(UserDefinedType[bytes]):
    """Text as bytes. PostgreSQL sends bytes slowly: it sends text, which is encoded here."""

    cache_ok = True

    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[[Any], bytes | None] | None:
        return None if dialect.name == "sqlite" else _encoded


def _encoded(article_text: str | None) -> bytes | None:
    return None if article_text is None else article_text.encode()


class utf8(FunctionElement[bytes]):  # noqa: N801 - a function of SQL
    """A text or JSON column as bytes: decoding and encoding it again would take three times as long."""

    type = Utf8()
    inherit_cache = True


class json_ids(FunctionElement[int]):  # noqa: N801 - a function of SQL
    """The numbers in a JSON array: one parameter however many ids, so that the statement is cached."""

    type = BigInteger()
    inherit_cache = True


@compiles(rfc3339, "sqlite")
def _rfc3339_sqlite(sql_element: rfc3339, sql_compiler: SQLCompiler, **compile_options: Any) -> str:  # noqa: ANN401
    return f"(replace({sql_compiler.process(sql_element.clauses, **compile_options)}, ' ', 'T') || 'Z')"


@compiles(rfc3339, "postgresql")
def _rfc3339_postgresql(sql_element: rfc3339, sql_compiler: SQLCompiler, **compile_options: Any) -> str:  # noqa: ANN401
    sql_inner = sql_compiler.process(sql_element.clauses, **compile_options)
    return f"""to_char({sql_inner} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')"""


@compiles(utf8, "sqlite")
def _utf8_sqlite(sql_element: utf8, sql_compiler: SQLCompiler, **compile_options: Any) -> str:  # noqa: ANN401
    return f"CAST({sql_compiler.process(sql_element.clauses, **compile_options)} AS BLOB)"


@compiles(utf8, "postgresql")
def _utf8_postgresql(sql_element: utf8, sql_compiler: SQLCompiler, **compile_options: Any) -> str:  # noqa: ANN401
    return f"CAST({sql_compiler.process(sql_element.clauses, **compile_options)} AS text)"


@compiles(json_ids, "sqlite")
def _json_ids_sqlite(sql_element: json_ids, sql_compiler: SQLCompiler, **compile_options: Any) -> str:  # noqa: ANN401
    return f"(SELECT value FROM json_each({sql_compiler.process(sql_element.clauses, **compile_options)}))"  # noqa: S608 - a parameter


@compiles(json_ids, "postgresql")
def _json_ids_postgresql(sql_element: json_ids, sql_compiler: SQLCompiler, **compile_options: Any) -> str:  # noqa: ANN401
    sql_id_array = f"CAST({sql_compiler.process(sql_element.clauses, **compile_options)} AS jsonb)"
    return f"(SELECT CAST(value AS bigint) FROM jsonb_array_elements_text({sql_id_array}))"  # noqa: S608 - a parameter


def _id_in(column: Column[Any]) -> ColumnElement[bool]:
    return column.bool_op("IN")(json_ids(bindparam("ids", type_=String())))


_TEXTS = (
    select(
        articles.c.id,
        revisions.c.number,
        utf8(revisions.c.record),
        utf8(revisions.c.body),
        revisions.c.exact,
        revisions.c.content,
        rfc3339(revisions.c.noticed_at),
        rfc3339(articles.c.first_seen),
        rfc3339(articles.c.changed_at),
        rfc3339(articles.c.gone_at),
        articles.c.story_id,
    )
    .join(revisions, revisions.c.id == articles.c.revision_id)
    .where(_id_in(articles.c.id))
)
# The record of an article's first address is the article's own; only those of copies have to be read.
_APPEARANCES = (
    select(
        appearances.c.article_id,
        appearances.c.site,
        appearances.c.url,
        rfc3339(appearances.c.first_seen),
        rfc3339(appearances.c.last_seen),
        rfc3339(appearances.c.gone_at),
        case(
            (
                or_(appearances.c.url != articles.c.url, appearances.c.site != articles.c.site),
                utf8(appearances.c.record),
            )
        ),
    )
    .join(articles, articles.c.id == appearances.c.article_id)
    .where(_id_in(appearances.c.article_id))
    .order_by(appearances.c.id)
)
# Of articles with more than one revision; the only one of the others has been read with the article.
_REVISIONS = (
    select(revisions.c.article_id, revisions.c.number, rfc3339(revisions.c.noticed_at), revisions.c.content)
    .where(_id_in(revisions.c.article_id))
    .order_by(revisions.c.number)
)
_FILES = (
    select(
        article_files.c.article_id,
        files.c.id,
        files.c.url,
        files.c.kind,
        article_files.c.name,
        files.c.status,
        file_contents.c.type,
        file_contents.c.size,
        file_contents.c.pages,
        file_contents.c.width,
        file_contents.c.height,
        files.c.digest,
        func.coalesce(file_contents.c.chars, 0),
        files.c.versions,
        article_files.c.current,
    )
    .join(files, files.c.id == article_files.c.file_id)
    .outerjoin(file_contents, file_contents.c.digest == files.c.digest)
    .where(_id_in(article_files.c.article_id))
    .order_by(article_files.c.current.desc(), article_files.c.place, files.c.id)
)
_CHANGES = (
    select(changes.c.article_id, changes.c.seq, changes.c.kind)
    .where(_id_in(changes.c.article_id))
    .order_by(changes.c.seq)
)


class ArticleText(NamedTuple):
    """An article and its newest revision, the columns of _TEXTS in order."""

    id: int
    number: int
    record: bytes
    body: bytes
    exact: str
    content: str
    noticed_at: str
    first_seen: str
    changed_at: str
    gone_at: str | None
    story: int | None


@dataclass(frozen=True, slots=True)
class ExportBatch:
    """The database rows of some articles, by article id."""

    ids: Sequence[int]  # of the articles, in the order of the export
    no_longer_selected: frozenset[int]  # of them: changed so that they left the selection
    last_changes: dict[int, SqlRow]  # seq and kind of the last change
    texts: dict[int, ArticleText]
    appearances: dict[int, list[SqlRow]]
    edited_revisions: dict[int, list[SqlRow]]  # of articles with more than one; columns of ExportedRevision
    files: dict[int, dict[int, SqlRow]]  # by file id, each file once

    def revisions_of(self, article_id: int) -> list[SqlRow]:
        """Return the revisions of an article, the first one first, in the columns of ExportedRevision."""
        article_text = self.texts[article_id]
        return self.edited_revisions.get(article_id) or [
            (article_text.number, article_text.noticed_at, article_text.content)
        ]

    def files_of(self, article_id: int) -> list[SqlRow]:
        """Return the files of an article in the columns of ExportedFile."""
        files_by_id = self.files.get(article_id)
        return [file_row[2:] for file_row in files_by_id.values()] if files_by_id else []

    @property
    def gone_count(self) -> int:
        """Number of articles that no address shows any more."""
        return sum(article_text.gone_at is not None for article_text in self.texts.values())

    @property
    def in_story_count(self) -> int:
        """Number of articles that are in a story with others."""
        return sum(article_text.story is not None for article_text in self.texts.values())


def read_batch(
    connection: Connection, ids: Sequence[int], no_longer_selected: frozenset[int] = frozenset()
) -> ExportBatch:
    """Read everything an export says of the articles `ids`."""
    ids_parameter = _ids_parameter(ids)
    article_texts = {
        sql_row[0]: ArticleText._make(sql_row) for sql_row in connection.execute(_TEXTS, ids_parameter)
    }
    edited_ids = [article_id for article_id, article_text in article_texts.items() if article_text.number > 1]
    return ExportBatch(
        ids,
        no_longer_selected,
        {article_id: change_row for article_id, *change_row in connection.execute(_CHANGES, ids_parameter)},
        article_texts,
        _rows_by_article(connection.execute(_APPEARANCES, ids_parameter)),
        _revisions_by_article(connection, edited_ids),
        _files_by_article(connection.execute(_FILES, ids_parameter)),
    )


def _ids_parameter(ids: Sequence[int]) -> dict[str, str]:
    return {"ids": f"[{','.join(map(str, ids))}]"}


def _rows_by_article(sql_rows: Iterable[SqlRow]) -> dict[int, list[SqlRow]]:
    rows_by_article: dict[int, list[SqlRow]] = defaultdict(list)
    for sql_row in sql_rows:
        rows_by_article[sql_row[0]].append(sql_row)
    return rows_by_article


def _revisions_by_article(connection: Connection, edited_ids: Sequence[int]) -> dict[int, list[SqlRow]]:
    rows_by_article: dict[int, list[SqlRow]] = defaultdict(list)
    for article_id, *revision_row in (
        connection.execute(_REVISIONS, _ids_parameter(edited_ids)) if edited_ids else ()
    ):
        rows_by_article[article_id].append(revision_row)
    return rows_by_article


def _files_by_article(sql_rows: Iterable[SqlRow]) -> dict[int, dict[int, SqlRow]]:
    rows_by_article: dict[int, dict[int, SqlRow]] = defaultdict(dict)
    for sql_row in sql_rows:
        rows_by_article[sql_row[0]].setdefault(sql_row[1], sql_row)
    return rows_by_article


def appearance_values(appearance: SqlRow, author: str | None, day: str | None) -> SqlRow:
    """Return an appearance in the columns of ExportedAppearance.

    `author` and `day` are those of the article; an appearance with a record of its own has its own.
    """
    _, site, url, first_seen, last_seen, gone_at, record = appearance
    if record is not None:
        printed_record = orjson.loads(record)
        author, day = printed_record["author"], (printed_record["published"] or {}).get("day")
    return site, url, author, day, first_seen, last_seen, gone_at
