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

CitationRequest = tuple[int, int | None]  # article id, revision number; None = current


class CitationError(Exception):
    """No such article, revision or capture; the message says which, and what exists."""


def with_site_names(connection: Connection, archive: ArchiveIdentity) -> ArchiveIdentity:
    """Return the archive's identity with the names of its sites."""
    site_rows = connection.execute(select(sites.c.key, sites.c.name))
    return replace(
        archive, sites={site_row.key: site_row.name for site_row in site_rows} | dict(archive.sites)
    )


def cite_article(
    connection: Connection, archive: ArchiveIdentity, article: int, revision: int | None = None
) -> Reference:
    """Return the reference to an article, or to one of its revisions; raises CitationError."""
    return cite_all(connection, archive, [(article, revision)])[0]


def cite_all(
    connection: Connection, archive: ArchiveIdentity, citation_requests: Sequence[CitationRequest]
) -> list[Reference]:
    """Return many references with two queries, in the order of the requests; raises CitationError."""
    for article, number in citation_requests:
        _require_citable_number(article, number or 1)
    named_archive, citation_request_set = with_site_names(connection, archive), set(citation_requests)
    cited_current = catalogue.current_revisions(
        connection, [article for article, number in citation_requests if number is None]
    )
    cited_revisions = select(revisions).where(
        revisions.c.article_id.in_([a for a, number in citation_requests if number])
    )
    cited_revision_rows = {
        (cited_row.article_id, cited_row.number): cited_row
        for cited_row in connection.execute(cited_revisions)
        if (cited_row.article_id, cited_row.number) in citation_request_set
    }
    references: list[Reference] = []
    for article, number in citation_requests:
        if number is None and article in cited_current:
            references.append(
                reference_of_revision(named_archive, cited_current[article], ReferenceKind.ARTICLE)
            )
        elif number is not None and (article, number) in cited_revision_rows:
            references.append(
                reference_of_revision(
                    named_archive, catalogue.as_revision(cited_revision_rows[article, number])
                )
            )
        else:
            raise CitationError(_nothing_to_cite_message(connection, article, number))
    return references


def _require_citable_number(*numbers: int) -> None:
    """Raise CitationError for numbers that no database could hold: anybody may type one into a URL."""
    for number in numbers:
        if not 0 < number <= HIGHEST:
            raise CitationError(f"number {number}: nothing has it; `congdoan search` finds numbers")


def _nothing_to_cite_message(connection: Connection, article: int, number: int | None) -> str:
    citable_revisions = catalogue.revisions_of(connection, article)
    if not citable_revisions:
        return f"no article {article}; `congdoan search` finds their numbers"
    return f"article {article} has no revision {number}: it has 1 to {citable_revisions[-1].number}"


def cite_capture(connection: Connection, archive: ArchiveIdentity, number: int) -> Reference:
    """Return the reference to a capture of an article's page; raises CitationError."""
    _require_citable_number(number)
    cited_capture = catalogue.capture(connection, number)
    if cited_capture is None:
        raise CitationError(f"no capture {number}; `congdoan show ARTICLE` names an article's capture")
    cited_by_capture = select(revisions).where(revisions.c.capture_id == number)
    appearance_revisions = appearances.join(revisions, revisions.c.id == appearances.c.revision_id)
    cited_by_url = (
        select(revisions)
        .select_from(appearance_revisions)
        .join(captures, captures.c.url == appearances.c.url)
        .where(captures.c.id == number, captures.c.site == appearances.c.site)
    )
    for cited_revision in (cited_by_capture, cited_by_url):
        cited_row = connection.execute(cited_revision.order_by(revisions.c.id).limit(1)).one_or_none()
        if cited_row is not None:
            return reference_of_capture(
                with_site_names(connection, archive), number, cited_capture, catalogue.as_revision(cited_row)
            )
    raise CitationError(f"capture {number} of {cited_capture.url} shows no article: there is nothing to cite")
