"""Mentions: the articles about a place, of a union body, or citing a document; and what they name most."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Connection, func, select, text
from sqlalchemy.sql import ColumnElement

from storage.catalogue import current
from storage.holdings import Held, Years, as_held, held_rows, listed, without_gaps
from storage.records import DocumentRef
from storage.schema import articles, revisions
from storage.search.answer import Asking, Order, answer
from storage.search.engine import engine_for
from storage.search.query import parse

# Records are read in pieces: an archive may name more than memory holds.
BATCH = 5000
# The search index keeps it beside the words: slim rows, where records would be read whole.
_PLACES = text("SELECT place, count(*) FROM search_documents WHERE place IS NOT NULL GROUP BY place")


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
    """How many articles have each value of a field of their current record; every record is read."""
    told = (
        select(_of(field).label("value"))
        .select_from(articles)
        .join(revisions, revisions.c.id == articles.c.revision_id)
        .subquery()
    )
    chosen = select(told.c.value, func.count()).where(told.c.value.is_not(None)).group_by(told.c.value)
    return Counter({row[0]: row[1] for row in connection.execute(chosen)})


def places_named(connection: Connection) -> Counter[str]:
    """How many articles are about each unit."""
    rows = connection.execute(_PLACES)
    return Counter({row[0]: row[1] for row in rows})


def about_place(connection: Connection, key: str, limit: int) -> Found:
    """Articles about a unit and everything in it, as it was then."""
    return _searched(connection, f"place:={key}", limit)


def citing(connection: Connection, number: str, limit: int) -> tuple[Found, DocumentRef | None]:
    """Articles that cite a document, and what they say of it; None: none of the newest has that number."""
    asked = number.replace('"', " ")
    found = _searched(connection, f'doc:"{asked}"', limit) if asked.strip() else Found((), 0, ())
    cited = current(connection, [each.id for each in found.articles]).values()
    told = [ref for each in cited for ref in each.article.documents if ref.number == number]
    return found, max(told, key=lambda ref: (bool(ref.type), bool(ref.issuer), bool(ref.day)), default=None)


def _searched(connection: Connection, query: str, limit: int) -> Found:
    asking = Asking(parse(query), Order.NEWEST, fold=False, limit=limit)
    told = answer(connection, engine_for(connection), asking)
    held = listed(connection, [hit.article_id for hit in told.hits])
    found = tuple(held[hit.article_id] for hit in told.hits)
    return Found(found, told.articles, without_gaps(dict(told.years)))


def of_organisation(connection: Connection, name: str, limit: int) -> Found:
    """Articles issued by a union body; every record is read."""
    wanted = _of("organisation") == name
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
