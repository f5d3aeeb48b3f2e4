"""Rows: some thousand articles at once, in four queries however many they are."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import fields
from typing import Any

import orjson
from sqlalchemy import Column, Connection, String, bindparam, case, func, or_, select
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

from storage.export.row import EMPTY, Filed, Row
from storage.schema import appearances, article_files, articles, changes, file_contents, files, revisions

ZONE = 7 * 60  # minutes east of UTC in Viet Nam, when a page prints a time and no zone


class stamp(FunctionElement[str]):  # noqa: N801 - a function of SQL
    """An instant as RFC 3339 in UTC, written out by the database: no datetime is made of it."""

    type = String()
    inherit_cache = True


class plain(FunctionElement[str]):  # noqa: N801 - a function of SQL
    """A JSON column as its text, which orjson reads five times as fast as the driver."""

    type = String()
    inherit_cache = True


@compiles(stamp, "sqlite")
def _stamp_sqlite(element: stamp, compiler: SQLCompiler, **kw: Any) -> str:  # noqa: ANN401
    return f"(replace({compiler.process(element.clauses, **kw)}, ' ', 'T') || 'Z')"


@compiles(stamp, "postgresql")
def _stamp_postgresql(element: stamp, compiler: SQLCompiler, **kw: Any) -> str:  # noqa: ANN401
    inner = compiler.process(element.clauses, **kw)
    return f"""to_char({inner} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')"""


@compiles(plain, "sqlite")
def _plain_sqlite(element: plain, compiler: SQLCompiler, **kw: Any) -> str:  # noqa: ANN401
    return compiler.process(element.clauses, **kw)


@compiles(plain, "postgresql")
def _plain_postgresql(element: plain, compiler: SQLCompiler, **kw: Any) -> str:  # noqa: ANN401
    return f"CAST({compiler.process(element.clauses, **kw)} AS text)"


def _among(column: Column[Any]) -> Any:  # noqa: ANN401 - a clause of SQL
    return column.in_(bindparam("ids", expanding=True))


_TEXTS = (
    select(
        articles.c.id,
        revisions.c.number,
        plain(revisions.c.record),
        revisions.c.body,
        revisions.c.exact,
        revisions.c.content,
        stamp(revisions.c.noticed_at),
        stamp(articles.c.first_seen),
        stamp(articles.c.changed_at),
        stamp(articles.c.gone_at),
        articles.c.story_id,
    )
    .join(revisions, revisions.c.id == articles.c.revision_id)
    .where(_among(articles.c.id))
)
# An article's first address shows what the article says; only a copy's record has to be read.
_PLACES = (
    select(
        appearances.c.article_id,
        appearances.c.site,
        appearances.c.url,
        stamp(appearances.c.first_seen),
        stamp(appearances.c.last_seen),
        stamp(appearances.c.gone_at),
        case(
            (
                or_(appearances.c.url != articles.c.url, appearances.c.site != articles.c.site),
                plain(appearances.c.record),
            )
        ),
    )
    .join(articles, articles.c.id == appearances.c.article_id)
    .where(_among(appearances.c.article_id))
    .order_by(appearances.c.id)
)
# Of articles with more than one text; the only text of the others is at hand already.
_NOTED = (
    select(revisions.c.article_id, revisions.c.number, stamp(revisions.c.noticed_at), revisions.c.content)
    .where(_among(revisions.c.article_id))
    .order_by(revisions.c.number)
)
_FILED = (
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
    .where(_among(article_files.c.article_id))
    .order_by(article_files.c.current.desc(), article_files.c.place, files.c.id)
)
_FILE = tuple(field.name for field in fields(Filed))
_TOLD = (
    select(changes.c.article_id, changes.c.seq, changes.c.kind)
    .where(_among(changes.c.article_id))
    .order_by(changes.c.seq)
)


def rows_of(connection: Connection, ids: Sequence[int], left: frozenset[int] = frozenset()) -> list[Row]:
    """The articles as rows, in the order of `ids`; those in `left` are no longer selected.

    The lists of a row (appearances, revisions, …) are one query each for all of them.
    """
    asked = {"ids": list(ids)}
    told = {key: (seq, kind) for key, seq, kind in connection.execute(_TOLD, asked)}
    places: dict[int, list[Any]] = defaultdict(list)
    for place in connection.execute(_PLACES, asked):
        places[place[0]].append(place)
    made: dict[int, Row] = {}
    edited: list[int] = []
    for text in connection.execute(_TEXTS, asked):
        key = text[0]
        row = _row(text, told[key])
        row["selected"] = key not in left
        row["appearances"] = [_place(place, row) for place in places[key]]
        row["revisions"] = [_noted(row["revision"], row["noticed_at"], row["content"])]
        made[key] = row
        if row["revision"] > 1:
            edited.append(key)
            row["revisions"] = []
    for key, files_of in _files(connection, asked).items():
        made[key]["files"] = list(files_of.values())
    for key, *noted in connection.execute(_NOTED, {"ids": edited}) if edited else ():
        made[key]["revisions"].append(_noted(*noted))
    return [made[key] for key in ids]


def _files(connection: Connection, asked: dict[str, list[int]]) -> dict[int, dict[int, Row]]:
    """Of each article its files by their number, each once."""
    found: dict[int, dict[int, Row]] = defaultdict(dict)
    for key, number, *told in connection.execute(_FILED, asked):
        found[key].setdefault(number, dict(zip(_FILE, told, strict=True)))
    return found


def _noted(number: int, noticed_at: str, content: str) -> Row:
    return {"number": number, "noticed_at": noticed_at, "content": content}


def _row(text: Any, told: tuple[int, str]) -> Row:  # noqa: ANN401 - a row of SQL
    key, number, record, body, exact, content, noticed_at, first_seen, changed_at, gone_at, story = text
    row: Row = {**EMPTY, **orjson.loads(record)}
    if len(row) > len(EMPTY):  # stored when a field was known that is no more
        row = {name: row[name] for name in EMPTY}
    published = row["published"]
    row["id"] = key
    row["revision"] = number
    row["seq"], row["change"] = told
    row["body"] = body
    if published:
        row["day"] = published["day"]
        row["published_at"] = _instant(published)
    if gone_at:
        row["gone"] = True
        row["gone_at"] = gone_at
    row["first_seen"] = first_seen
    row["changed_at"] = changed_at
    row["noticed_at"] = noticed_at
    row["exact"] = exact
    row["content"] = content
    row["story"] = story
    return row


def _instant(printed: Row) -> str | None:
    """The instant of a printed time; none when only a day was printed."""
    if not printed.get("time"):
        return None
    offset = printed.get("offset")
    east = ZONE if offset is None else int(offset)
    sign = "-" if east < 0 else "+"
    return f"{printed['day']}T{printed['time']}{sign}{abs(east) // 60:02d}:{abs(east) % 60:02d}"


def _place(place: Any, row: Row) -> Row:  # noqa: ANN401 - a row of SQL
    _, site, url, first_seen, last_seen, gone_at, record = place
    shown = row if record is None else orjson.loads(record)
    published = shown["published"]
    return {
        "site": site,
        "url": url,
        "author": shown["author"],
        "day": published["day"] if published else None,
        "first_seen": first_seen,
        "last_seen": last_seen,
        "gone_at": gone_at,
    }
