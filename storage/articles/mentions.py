"""Mentions: the articles about a place, of a union body, or citing a document; and what they name most."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any

from sqlalchemy import Connection, func, select, text
from sqlalchemy.sql import ColumnElement
from typing_extensions import Doc

from storage.articles.statistics import Held, Years, as_held, held_rows, listed, without_gaps
from storage.database.schema import articles, cited_documents
from storage.search.engine import engine_for
from storage.search.query.parse import parse
from storage.search.results.search import SearchRequest, SortOrder, search_archive

# The search index keeps it beside the words: slim rows, where records would be read whole.
_PLACES = text("SELECT place, count(*) FROM search_documents WHERE place IS NOT NULL GROUP BY place")


@dataclass(frozen=True, slots=True)
class Cited:
    """One document, as the articles that cite it name it."""

    number: Annotated[str, Doc("`02-NQ/TW`")]
    type: Annotated[str | None, Doc("as most of them say")]
    issuer: str | None
    day: date | None
    articles: Annotated[int, Doc("that cite it")]


@dataclass(frozen=True, slots=True)
class Found:
    """The articles that name one thing."""

    articles: tuple[Held, ...]  # the newest of them
    total: int
    years: Years


def issued(connection: Connection) -> Counter[str]:
    """How many articles each union body issued."""
    body = articles.c.organisation
    chosen = select(body, func.count()).where(body.is_not(None)).group_by(body)
    return Counter({row[0]: row[1] for row in connection.execute(chosen)})


def places_named(connection: Connection) -> Counter[str]:
    """How many articles are about each unit."""
    rows = connection.execute(_PLACES)
    return Counter({row[0]: row[1] for row in rows})


def about_place(connection: Connection, key: str, limit: int) -> Found:
    """Articles about a unit and everything in it, as it was then."""
    return _searched(connection, f"place:={key}", limit)


def citing(connection: Connection, number: str, limit: int) -> tuple[Found, Cited | None]:
    """Articles that cite a document, and what they say of it; None: no article does."""
    wanted = select(cited_documents.c.article_id).where(cited_documents.c.number == number)
    found = _found(connection, articles.c.id.in_(wanted), limit)
    told = documents(connection, [(number, found.total)])
    return found, told[0] if found.total else None


def _searched(connection: Connection, query: str, limit: int) -> Found:
    asking = SearchRequest(parse(query), SortOrder.NEWEST, group_copies=False, limit=limit)
    told = search_archive(connection, engine_for(connection), asking)
    held = listed(connection, [hit.article_id for hit in told.hits])
    found = tuple(held[hit.article_id] for hit in told.hits)
    return Found(found, told.article_count, without_gaps(dict(told.year_counts)))


def of_organisation(connection: Connection, name: str, limit: int) -> Found:
    """Articles issued by a union body."""
    return _found(connection, articles.c.organisation == name, limit)


def _found(connection: Connection, wanted: ColumnElement[bool], limit: int) -> Found:
    newest = held_rows().where(wanted).order_by(articles.c.day.desc().nulls_last(), articles.c.id.desc())
    counted: dict[int | None, int] = defaultdict(int)
    chosen = select(articles.c.day, func.count()).where(wanted).group_by(articles.c.day)
    for row in connection.execute(chosen):
        counted[row[0].year if row[0] else None] += row[1]
    found = tuple(as_held(row) for row in connection.execute(newest.limit(limit)))
    return Found(found, sum(counted.values()), without_gaps(dict(counted)))


Counted = tuple[str, int]  # number of a document, and how many articles cite it


def cited_most(connection: Connection) -> tuple[Counted, ...]:
    """Every document articles cite now, the one cited most first."""
    number = cited_documents.c.number
    rows = connection.execute(select(number, func.count()).group_by(number))
    return tuple(sorted(((row[0], row[1]) for row in rows), key=lambda each: (-each[1], each[0])))


def documents(connection: Connection, counted: Sequence[Counted]) -> tuple[Cited, ...]:
    """What the articles that cite them say of some documents, in the same order."""
    facts = [cited_documents.c[name] for name in ("number", "type", "issuer", "day")]
    chosen = select(*facts, func.count()).where(cited_documents.c.number.in_([each[0] for each in counted]))
    said: dict[str, Counter[Facts]] = defaultdict(Counter)
    for row in connection.execute(chosen.group_by(*facts)):
        said[row[0]][row[1], row[2], row[3]] += row[4]
    return tuple(_cited(number, count, said[number]) for number, count in counted)


Facts = tuple[str | None, str | None, date | None]  # type, issuer and day, as one article or more say


def _cited(number: str, count: int, said: Counter[Facts]) -> Cited:
    """What most say of a document; one who says something counts over those who say nothing."""
    best: list[Any] = []
    for at in range(3):
        told: Counter[Any] = Counter()
        for what, times in said.items():
            if what[at] is not None:
                told[what[at]] += times
        best.append(max(told, key=lambda value: (told[value], str(value)), default=None))
    return Cited(number, best[0], best[1], best[2], count)
