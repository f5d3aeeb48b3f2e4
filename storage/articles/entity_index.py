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
from storage.search.results.result_page import SearchRequest, SortOrder, search_archive

MAX_NAME_CHARS = 300  # characters: PostgreSQL's index holds 2,704 bytes; no body and no document is called so
ARTICLES_PER_BATCH = 2000  # articles: an archive may have more than memory holds
_DELETE_DOCUMENTS = delete(cited_documents).where(cited_documents.c.article_id == bindparam("row"))
_ADD_DOCUMENTS = insert(cited_documents)
_SET_ORGANISATION = update(articles).where(articles.c.id == bindparam("row"))


def index_entities(connection: Connection, article_id: int, page: Article, *, fresh: bool) -> None:
    """Index the documents an article cites, in place of those before; `fresh`: it had none."""
    if not fresh:
        connection.execute(_DELETE_DOCUMENTS, {"row": article_id})
    if rows := list(_document_rows(article_id, page.documents)):
        connection.execute(_ADD_DOCUMENTS, rows)


def listed_organisation(name: str | None) -> str | None:
    """Return an organisation as lists show it; None when there is none or it is too long for a name."""
    return name if name and len(name) <= MAX_NAME_CHARS else None


def _document_rows(article_id: int, documents: Iterable[DocumentRef]) -> Iterator[dict[str, Any]]:
    """One row per document, with the first type, issuer and day given for it."""
    merged: dict[str, dict[str, Any]] = {}
    for document in documents:
        if len(document.number) > MAX_NAME_CHARS:
            continue
        row = merged.setdefault(document.number, {"type": None, "issuer": None, "day": None})
        for name in row:
            row[name] = row[name] or getattr(document, name)
    yield from ({"number": number, "article_id": article_id, **row} for number, row in merged.items())


def rebuild_entity_index(connection: Connection) -> int:
    """Index every article anew, in the caller's transaction; return how many there are."""
    connection.execute(delete(cited_documents))
    done = 0
    for batch in _batches(connection):
        organisations = [{"row": entities[0], "organisation": entities[1]} for entities in batch]
        connection.execute(_SET_ORGANISATION, organisations)
        if rows := [row for key, _, documents in batch for row in _document_rows(key, documents)]:
            connection.execute(_ADD_DOCUMENTS, rows)
        done += len(batch)
    return done


ArticleEntities = tuple[
    int, str | None, tuple[DocumentRef, ...]
]  # article, its union body, the documents it cites


def _batches(connection: Connection) -> Iterator[list[ArticleEntities]]:
    query = (
        select(articles.c.id, revisions.c.record["organisation"], revisions.c.record["documents"])
        .join(revisions, revisions.c.id == articles.c.revision_id)
        .order_by(articles.c.id)
        .limit(ARTICLES_PER_BATCH)
    )
    last = 0
    while rows := connection.execute(query.where(articles.c.id > last)).all():
        yield [(row[0], listed_organisation(row[1]), tuple(map(_document_ref, row[2] or ()))) for row in rows]
        last = rows[-1].id


def _document_ref(document: dict[str, Any]) -> DocumentRef:
    day = document.get("day")
    return DocumentRef(
        document["number"],
        document.get("type"),
        document.get("issuer"),
        date.fromisoformat(day) if day else None,
    )


def index_problems(connection: Connection) -> list[str]:
    """Return one line with the number of entries that differ from the articles' records; reads them all."""
    differing = 0
    for batch in _batches(connection):
        ids = [entities[0] for entities in batch]
        rows = connection.execute(
            select(articles.c.id, articles.c.organisation).where(articles.c.id.in_(ids))
        )
        organisations = {row.id: row.organisation for row in rows}
        query = select(cited_documents).where(cited_documents.c.article_id.in_(ids))
        stored = {
            (row.number, row.article_id, row.type, row.issuer, row.day) for row in connection.execute(query)
        }
        expected = {
            tuple(row.values()) for key, _, documents in batch for row in _document_rows(key, documents)
        }
        differing += sum(organisations[key] != name for key, name, _ in batch) + len(stored ^ expected)
    return (
        [f"lists: {differing} differ from the articles; run `congdoan db rebuild --lists`"]
        if differing
        else []
    )


# The search index keeps it beside the words: slim rows, where records would be read whole.
_PLACES = text("SELECT place, count(*) FROM search_documents WHERE place IS NOT NULL GROUP BY place")


@dataclass(frozen=True, slots=True)
class CitedDocument:
    """One legal document, as the articles that cite it name it."""

    number: Annotated[str, Doc("`02-NQ/TW`")]
    type: Annotated[str | None, Doc("as most of them say")]
    issuer: str | None
    day: date | None
    articles: Annotated[int, Doc("that cite it")]


@dataclass(frozen=True, slots=True)
class ArticleList:
    """The articles that name one place, organisation or document."""

    articles: tuple[ArticleSummary, ...]  # the newest of them
    total: int
    years: Years


def count_by_organisation(connection: Connection) -> Counter[str]:
    """Return how many articles each organisation issued."""
    body = articles.c.organisation
    query = select(body, func.count()).where(body.is_not(None)).group_by(body)
    return Counter({row[0]: row[1] for row in connection.execute(query)})


def count_by_place(connection: Connection) -> Counter[str]:
    """Return how many articles are about each administrative unit."""
    rows = connection.execute(_PLACES)
    return Counter({row[0]: row[1] for row in rows})


def articles_about_place(connection: Connection, key: str, limit: int) -> ArticleList:
    """Return the articles about a unit and everything in it, by the units of their day."""
    return _search_articles(connection, f"place:={key}", limit)


def articles_citing(
    connection: Connection, number: str, limit: int
) -> tuple[ArticleList, CitedDocument | None]:
    """Return the articles that cite a document, and its description by them; None: no article does."""
    citing_articles = select(cited_documents.c.article_id).where(cited_documents.c.number == number)
    article_list = _list_articles(connection, articles.c.id.in_(citing_articles), limit)
    documents = cited_documents_of(connection, [(number, article_list.total)])
    return article_list, documents[0] if article_list.total else None


def _search_articles(connection: Connection, query: str, limit: int) -> ArticleList:
    request = SearchRequest(parse(query), SortOrder.NEWEST, group_copies=False, limit=limit)
    answer = search_archive(connection, engine_for(connection), request)
    summaries = article_summaries(connection, [hit.article_id for hit in answer.hits])
    newest = tuple(summaries[hit.article_id] for hit in answer.hits)
    return ArticleList(newest, answer.article_count, without_gaps(dict(answer.year_counts)))


def articles_of_organisation(connection: Connection, name: str, limit: int) -> ArticleList:
    """Return the articles issued by an organisation."""
    return _list_articles(connection, articles.c.organisation == name, limit)


def _list_articles(connection: Connection, condition: ColumnElement[bool], limit: int) -> ArticleList:
    newest = (
        article_summary_rows()
        .where(condition)
        .order_by(articles.c.day.desc().nulls_last(), articles.c.id.desc())
    )
    years: dict[int | None, int] = defaultdict(int)
    days = select(articles.c.day, func.count()).where(condition).group_by(articles.c.day)
    for row in connection.execute(days):
        years[row[0].year if row[0] else None] += row[1]
    summaries = tuple(as_article_summary(row) for row in connection.execute(newest.limit(limit)))
    return ArticleList(summaries, sum(years.values()), without_gaps(dict(years)))


CountedDocument = tuple[str, int]  # number of a document, and how many articles cite it


def most_cited(connection: Connection) -> tuple[CountedDocument, ...]:
    """Return every document that articles cite now, the one cited most first."""
    number = cited_documents.c.number
    rows = connection.execute(select(number, func.count()).group_by(number))
    return tuple(sorted(((row[0], row[1]) for row in rows), key=lambda document: (-document[1], document[0])))


def cited_documents_of(
    connection: Connection, counted: Sequence[CountedDocument]
) -> tuple[CitedDocument, ...]:
    """Return the description of some documents by the articles that cite them, in the same order."""
    facts = [cited_documents.c[name] for name in ("number", "type", "issuer", "day")]
    query = select(*facts, func.count()).where(
        cited_documents.c.number.in_([document[0] for document in counted])
    )
    facts_by_number: dict[str, Counter[DocumentFacts]] = defaultdict(Counter)
    for row in connection.execute(query.group_by(*facts)):
        facts_by_number[row[0]][row[1], row[2], row[3]] += row[4]
    return tuple(_cited_document(number, count, facts_by_number[number]) for number, count in counted)


DocumentFacts = tuple[str | None, str | None, date | None]  # type, issuer and day, as one article or more say


def _cited_document(number: str, count: int, facts_counted: Counter[DocumentFacts]) -> CitedDocument:
    """The type, issuer and day that most articles give; those that give none do not count."""
    best: list[Any] = []
    for at in range(3):
        votes: Counter[Any] = Counter()
        for facts, count_of_facts in facts_counted.items():
            if facts[at] is not None:
                votes[facts[at]] += count_of_facts
        best.append(max(votes, key=lambda value: (votes[value], str(value)), default=None))
    return CitedDocument(number, best[0], best[1], best[2], count)
