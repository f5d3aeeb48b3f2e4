"""Mentions: the articles about a place, of a union body, or citing a document; and what they name most."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Connection, Text, and_, cast, func, or_, select
from sqlalchemy.sql import ColumnElement

from storage.holdings import Held, Years, as_held, held_rows, without_gaps
from storage.schema import articles, revisions

# Records are read in pieces: an archive may name more than memory holds.
BATCH = 5000


@dataclass(frozen=True, slots=True)
class Cited:
    """One document, as the articles that cite it name it."""

    number: str  # `02-NQ/TW`
    type: str | None  # as most of them say
    issuer: str | None
    day: date | None
    articles: int  # that cite it


@dataclass(frozen=True, slots=True)
class Found:
    """The articles that name one thing."""

    articles: tuple[Held, ...]  # the newest of them
    total: int
    years: Years


def _of(field: str) -> ColumnElement[str]:
    value: ColumnElement[str] = revisions.c.record[field].as_string()
    return value


def tallied(connection: Connection, field: str) -> Counter[str]:
    """How many articles have each value of a field of their current record: place, organisation."""
    told = (
        select(_of(field).label("value"))
        .select_from(articles)
        .join(revisions, revisions.c.id == articles.c.revision_id)
        .subquery()
    )
    chosen = select(told.c.value, func.count()).where(told.c.value.is_not(None)).group_by(told.c.value)
    return Counter({row[0]: row[1] for row in connection.execute(chosen)})


def about_place(connection: Connection, keys: Sequence[str], limit: int) -> Found:
    """Articles about these units and everything in them."""
    place = _of("place")
    return _found(connection, or_(*(_within(place, key) for key in keys)), limit)


def _within(place: ColumnElement[str], key: str) -> ColumnElement[bool]:
    """The unit itself, or one whose key begins with it: `0` is the character after `/`."""
    return or_(place == key, and_(place > f"{key}/", place < f"{key}0"))


def of_organisation(connection: Connection, name: str, limit: int) -> Found:
    """Articles issued by a union body."""
    return _found(connection, _of("organisation") == name, limit)


def citing(connection: Connection, number: str, limit: int) -> Found:
    """Articles that cite a document."""
    quoted = f'"number": "{number}"' if connection.dialect.name == "postgresql" else f'"{number}"'
    told = cast(revisions.c.record["documents"], Text).contains(quoted, autoescape=True)
    return _found(connection, told, limit)


def _found(connection: Connection, wanted: ColumnElement[bool], limit: int) -> Found:
    joined = held_rows().join(revisions, revisions.c.id == articles.c.revision_id).where(wanted)
    newest = joined.order_by(articles.c.day.desc().nulls_last(), articles.c.id.desc()).limit(limit)
    counted: dict[int | None, int] = defaultdict(int)
    chosen = select(articles.c.day, func.count()).join(revisions, revisions.c.id == articles.c.revision_id)
    for row in connection.execute(chosen.where(wanted).group_by(articles.c.day)):
        counted[row[0].year if row[0] else None] += row[1]
    found = tuple(as_held(row) for row in connection.execute(newest))
    return Found(found, sum(counted.values()), without_gaps(dict(counted)))


def documents(connection: Connection) -> tuple[Cited, ...]:
    """Every document articles cite now, the one cited most first."""
    counted: Counter[str] = Counter()
    said: dict[str, Counter[tuple[str | None, str | None, str | None]]] = defaultdict(Counter)
    for cited in _documents(connection):
        counted.update({each["number"] for each in cited})
        for each in cited:
            said[each["number"]][each.get("type"), each.get("issuer"), each.get("day")] += 1
    return tuple(_cited(number, n, said[number]) for number, n in counted.most_common())


def _documents(connection: Connection) -> Iterator[list[dict[str, Any]]]:
    last = 0
    chosen = (
        select(articles.c.id, revisions.c.record["documents"])
        .join(revisions, revisions.c.id == articles.c.revision_id)
        .order_by(articles.c.id)
        .limit(BATCH)
    )
    while rows := connection.execute(chosen.where(articles.c.id > last)).all():
        yield from (row[1] for row in rows if row[1])
        last = rows[-1].id


def _cited(number: str, count: int, said: Counter[tuple[str | None, str | None, str | None]]) -> Cited:
    """What most say of a document; one who says something counts over those who say nothing."""
    best = []
    for at in range(3):
        told = Counter[str]()
        for what, times in said.items():
            value = what[at]
            if value is not None:
                told[value] += times
        best.append(told.most_common(1)[0][0] if told else None)
    day = date.fromisoformat(best[2]) if best[2] else None
    return Cited(number, best[0], best[1], day, count)
