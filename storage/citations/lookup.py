"""Reads what is to be cited from the archive: articles, revisions and captures by their numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy import Connection, select

from storage.articles import queries as catalogue
from storage.citations.reference import (
    ArchiveIdentity,
    Reference,
    ReferenceKind,
    reference_of_capture,
    reference_of_revision,
)
from storage.database.ids import HIGHEST
from storage.database.schema import appearances, captures, revisions, sites

ArticleRevision = tuple[int, int | None]  # article id, revision number; None = current


class CitationError(Exception):
    """No such article, revision or capture; the message says which, and what exists."""


def with_site_names(connection: Connection, archive: ArchiveIdentity) -> ArchiveIdentity:
    """Return the archive's identity with the names of its sites."""
    rows = connection.execute(select(sites.c.key, sites.c.name))
    return replace(archive, sites={row.key: row.name for row in rows} | dict(archive.sites))


def cite_article(
    connection: Connection, archive: ArchiveIdentity, article: int, revision: int | None = None
) -> Reference:
    """Return the reference to an article, or to one of its revisions; raises CitationError."""
    return cite_all(connection, archive, [(article, revision)])[0]


def cite_all(
    connection: Connection, archive: ArchiveIdentity, requests: Sequence[ArticleRevision]
) -> list[Reference]:
    """Return many references with two queries, in the order of the requests; raises CitationError."""
    for article, number in requests:
        _require_number(article, number or 1)
    named_archive, requested = with_site_names(connection, archive), set(requests)
    current = catalogue.current_revisions(
        connection, [article for article, number in requests if number is None]
    )
    query = select(revisions).where(revisions.c.article_id.in_([a for a, number in requests if number]))
    revision_rows = {
        (row.article_id, row.number): row
        for row in connection.execute(query)
        if (row.article_id, row.number) in requested
    }
    references: list[Reference] = []
    for article, number in requests:
        if number is None and article in current:
            references.append(reference_of_revision(named_archive, current[article], ReferenceKind.ARTICLE))
        elif number is not None and (article, number) in revision_rows:
            references.append(
                reference_of_revision(named_archive, catalogue.as_revision(revision_rows[article, number]))
            )
        else:
            raise CitationError(_missing_message(connection, article, number))
    return references


def _require_number(*numbers: int) -> None:
    """Raise CitationError for numbers that no database could hold: anybody may type one into a URL."""
    for number in numbers:
        if not 0 < number <= HIGHEST:
            raise CitationError(f"number {number}: nothing has it; `congdoan search` finds numbers")


def _missing_message(connection: Connection, article: int, number: int | None) -> str:
    revision_rows = catalogue.revisions_of(connection, article)
    if not revision_rows:
        return f"no article {article}; `congdoan search` finds their numbers"
    return f"article {article} has no revision {number}: it has 1 to {revision_rows[-1].number}"


def cite_capture(connection: Connection, archive: ArchiveIdentity, number: int) -> Reference:
    """Return the reference to a capture of an article's page; raises CitationError."""
    _require_number(number)
    capture = catalogue.capture(connection, number)
    if capture is None:
        raise CitationError(f"no capture {number}; `congdoan show ARTICLE` names an article's capture")
    by_capture = select(revisions).where(revisions.c.capture_id == number)
    appearance_revisions = appearances.join(revisions, revisions.c.id == appearances.c.revision_id)
    by_url = (
        select(revisions)
        .select_from(appearance_revisions)
        .join(captures, captures.c.url == appearances.c.url)
        .where(captures.c.id == number, captures.c.site == appearances.c.site)
    )
    for query in (by_capture, by_url):
        row = connection.execute(query.order_by(revisions.c.id).limit(1)).one_or_none()
        if row is not None:
            return reference_of_capture(
                with_site_names(connection, archive), number, capture, catalogue.as_revision(row)
            )
    raise CitationError(f"capture {number} of {capture.url} shows no article: there is nothing to cite")
