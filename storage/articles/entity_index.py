"""Naming: the union body an article is of and the documents it cites, kept where they are counted."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from typing import Any

from sqlalchemy import Connection, bindparam, delete, insert, select, update

from storage.database.schema import articles, cited_documents, revisions
from storage.records import Article, DocumentRef

LONGEST = 300  # characters: PostgreSQL's index holds 2,704 bytes; no body and no document is called so
BATCH = 2000  # articles: an archive may have more than memory holds
_FORGET = delete(cited_documents).where(cited_documents.c.article_id == bindparam("row"))
_ADD = insert(cited_documents)
_CALL = update(articles).where(articles.c.id == bindparam("row"))


def keep(connection: Connection, article_id: int, page: Article, *, fresh: bool) -> None:
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


def refill(connection: Connection) -> int:
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


def problems(connection: Connection) -> list[str]:
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
