"""Index of the organisations, places and documents that articles name: kept on storing."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any

from sqlalchemy import Connection, bindparam, delete, func, insert, select, text, update
from sqlalchemy.sql import ColumnElement
from typing_extensions import Doc

from storage.articles.statistics import (
    ArticleSummary,
    Years,
    article_summaries,
    article_summary_rows,
    as_article_summary,
    without_gaps,
)
from storage.database.schema import articles, cited_documents, revisions
from storage.records import Article, DocumentRef
from storage.search.engine import engine_for
from storage.search.query.parse import parse
from storage.search.results.search import SearchRequest, SortOrder, search_archive

LONGEST = 300  # characters: PostgreSQL's index holds 2,704 bytes; no body and no document is called so
BATCH = 2000  # articles: an archive may have more than memory holds
_FORGET = delete(cited_documents).where(cited_documents.c.article_id == bindparam("row"))
_ADD = insert(cited_documents)
_CALL = update(articles).where(articles.c.id == bindparam("row"))


def index_entities(connection: Connection, article_id: int, page: Article, *, fresh: bool) -> None:
    """Keep the documents an article cites, in place of those before; `fresh`: it had none."""
    if not fresh:
        connection.execute(_FORGET, {"row": article_id})
    if rows := list(_rows(article_id, page.documents)):
        connection.execute(_ADD, rows)


def listed_organisation(name: str | None) -> str | None:
    """The union body as lists have it; none = there is none, or it is no name."""
    return name if name and len(name) <= LONGEST else None


def _rows(article_id: int, documents: Iterable[DocumentRef]) -> Iterator[dict[str, Any]]:
    """One row a document, with the first that is said of it."""
    merged: dict[str, dict[str, Any]] = {}
    for each in documents:
        if len(each.number) > LONGEST:
            continue
        row = merged.setdefault(each.number, {"type": None, "issuer": None, "day": None})
        for name in row:
            row[name] = row[name] or getattr(each, name)
    yield from ({"number": number, "article_id": article_id, **row} for number, row in merged.items())


def rebuild_entity_index(connection: Connection) -> int:
    """Keep what every article names anew, in the caller's transaction; returns how many there are."""
    connection.execute(delete(cited_documents))
    done = 0
    for batch in _batches(connection):
        called = [{"row": each[0], "organisation": each[1]} for each in batch]
        connection.execute(_CALL, called)
        if rows := [row for key, _, documents in batch for row in _rows(key, documents)]:
            connection.execute(_ADD, rows)
        done += len(batch)
    return done


Told = tuple[int, str | None, tuple[DocumentRef, ...]]  # article, its union body, the documents it cites


def _batches(connection: Connection) -> Iterator[list[Told]]:
    chosen = (
        select(articles.c.id, revisions.c.record["organisation"], revisions.c.record["documents"])
        .join(revisions, revisions.c.id == articles.c.revision_id)
        .order_by(articles.c.id)
        .limit(BATCH)
    )
    last = 0
    while rows := connection.execute(chosen.where(articles.c.id > last)).all():
        yield [(row[0], listed_organisation(row[1]), tuple(map(_ref, row[2] or ()))) for row in rows]
        last = rows[-1].id


def _ref(told: dict[str, Any]) -> DocumentRef:
    day = told.get("day")
    return DocumentRef(
        told["number"], told.get("type"), told.get("issuer"), date.fromisoformat(day) if day else None
    )


def index_problems(connection: Connection) -> list[str]:
    """What the lists have otherwise than the articles' records; every record is read."""
    astray = 0
    for batch in _batches(connection):
        ids = [each[0] for each in batch]
        rows = connection.execute(
            select(articles.c.id, articles.c.organisation).where(articles.c.id.in_(ids))
        )
        called = {row.id: row.organisation for row in rows}
        chosen = select(cited_documents).where(cited_documents.c.article_id.in_(ids))
        kept = {
            (row.number, row.article_id, row.type, row.issuer, row.day) for row in connection.execute(chosen)
        }
        meant = {tuple(row.values()) for key, _, documents in batch for row in _rows(key, documents)}
        astray += sum(called[key] != name for key, name, _ in batch) + len(kept ^ meant)
    return [f"lists: {astray} differ from the articles; run `congdoan db rebuild --lists`"] if astray else []


# The search index keeps it beside the words: slim rows, where records would be read whole.
_PLACES = text("SELECT place, count(*) FROM search_documents WHERE place IS NOT NULL GROUP BY place")


@dataclass(frozen=True, slots=True)
class CitedDocument:
    """One document, as the articles that cite it name it."""

    number: Annotated[str, Doc("`02-NQ/TW`")]
    type: Annotated[str | None, Doc("as most of them say")]
    issuer: str | None
    day: date | None
    articles: Annotated[int, Doc("that cite it")]


@dataclass(frozen=True, slots=True)
class ArticleList:
    """The articles that name one thing."""

    articles: tuple[ArticleSummary, ...]  # the newest of them
    total: int
    years: Years


def count_by_organisation(connection: Connection) -> Counter[str]:
    """How many articles each union body issued."""
    body = articles.c.organisation
    chosen = select(body, func.count()).where(body.is_not(None)).group_by(body)
    return Counter({row[0]: row[1] for row in connection.execute(chosen)})


def count_by_place(connection: Connection) -> Counter[str]:
    """How many articles are about each unit."""
    rows = connection.execute(_PLACES)
    return Counter({row[0]: row[1] for row in rows})


def articles_about_place(connection: Connection, key: str, limit: int) -> ArticleList:
    """Articles about a unit and everything in it, as it was then."""
    return _searched(connection, f"place:={key}", limit)


def articles_citing(
    connection: Connection, number: str, limit: int
) -> tuple[ArticleList, CitedDocument | None]:
    """Articles that cite a document, and what they say of it; None: no article does."""
    wanted = select(cited_documents.c.article_id).where(cited_documents.c.number == number)
    found = _found(connection, articles.c.id.in_(wanted), limit)
    told = cited_documents_of(connection, [(number, found.total)])
    return found, told[0] if found.total else None


def _searched(connection: Connection, query: str, limit: int) -> ArticleList:
    asking = SearchRequest(parse(query), SortOrder.NEWEST, group_copies=False, limit=limit)
    told = search_archive(connection, engine_for(connection), asking)
    held = article_summaries(connection, [hit.article_id for hit in told.hits])
    found = tuple(held[hit.article_id] for hit in told.hits)
    return ArticleList(found, told.article_count, without_gaps(dict(told.year_counts)))


def articles_of_organisation(connection: Connection, name: str, limit: int) -> ArticleList:
    """Articles issued by a union body."""
    return _found(connection, articles.c.organisation == name, limit)


def _found(connection: Connection, wanted: ColumnElement[bool], limit: int) -> ArticleList:
    newest = (
        article_summary_rows()
        .where(wanted)
        .order_by(articles.c.day.desc().nulls_last(), articles.c.id.desc())
    )
    counted: dict[int | None, int] = defaultdict(int)
    chosen = select(articles.c.day, func.count()).where(wanted).group_by(articles.c.day)
    for row in connection.execute(chosen):
        counted[row[0].year if row[0] else None] += row[1]
    found = tuple(as_article_summary(row) for row in connection.execute(newest.limit(limit)))
    return ArticleList(found, sum(counted.values()), without_gaps(dict(counted)))


Counted = tuple[str, int]  # number of a document, and how many articles cite it


def most_cited(connection: Connection) -> tuple[Counted, ...]:
    """Every document articles cite now, the one cited most first."""
    number = cited_documents.c.number
    rows = connection.execute(select(number, func.count()).group_by(number))
    return tuple(sorted(((row[0], row[1]) for row in rows), key=lambda each: (-each[1], each[0])))


def cited_documents_of(connection: Connection, counted: Sequence[Counted]) -> tuple[CitedDocument, ...]:
    """What the articles that cite them say of some documents, in the same order."""
    facts = [cited_documents.c[name] for name in ("number", "type", "issuer", "day")]
    chosen = select(*facts, func.count()).where(cited_documents.c.number.in_([each[0] for each in counted]))
    said: dict[str, Counter[Facts]] = defaultdict(Counter)
    for row in connection.execute(chosen.group_by(*facts)):
        said[row[0]][row[1], row[2], row[3]] += row[4]
    return tuple(_cited(number, count, said[number]) for number, count in counted)


Facts = tuple[str | None, str | None, date | None]  # type, issuer and day, as one article or more say


def _cited(number: str, count: int, said: Counter[Facts]) -> CitedDocument:
    """What most say of a document; one who says something counts over those who say nothing."""
    best: list[Any] = []
    for at in range(3):
        told: Counter[Any] = Counter()
        for what, times in said.items():
            if what[at] is not None:
                told[what[at]] += times
        best.append(max(told, key=lambda value: (told[value], str(value)), default=None))
    return CitedDocument(number, best[0], best[1], best[2], count)
