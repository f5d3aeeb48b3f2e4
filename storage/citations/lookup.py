"""Found: what is to be cited, read from the archive."""

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

Wanted = tuple[int, int | None]  # article, and the number of one of its texts; none = as it stands now


class CitationError(Exception):
    """There is no such article, revision or capture: says which, and what there is."""


def named(connection: Connection, house: ArchiveIdentity) -> ArchiveIdentity:
    """The house, knowing the sites' names."""
    rows = connection.execute(select(sites.c.key, sites.c.name))
    return replace(house, sites={row.key: row.name for row in rows} | dict(house.sites))


def cite_article(
    connection: Connection, house: ArchiveIdentity, article: int, revision: int | None = None
) -> Reference:
    """An article as it stands, or one of its texts; raises NothingToCiteError."""
    return cite_all(connection, house, [(article, revision)])[0]


def cite_all(connection: Connection, house: ArchiveIdentity, wanted: Sequence[Wanted]) -> list[Reference]:
    """Many at once, in two queries, in the order asked for; raises NothingToCiteError."""
    for article, number in wanted:
        _require_number(article, number or 1)
    knowing, asked = named(connection, house), set(wanted)
    now = catalogue.current_revisions(connection, [article for article, number in wanted if number is None])
    chosen = select(revisions).where(revisions.c.article_id.in_([a for a, number in wanted if number]))
    texts = {
        (row.article_id, row.number): row
        for row in connection.execute(chosen)
        if (row.article_id, row.number) in asked
    }
    made: list[Reference] = []
    for article, number in wanted:
        if number is None and article in now:
            made.append(reference_of_revision(knowing, now[article], ReferenceKind.ARTICLE))
        elif number is not None and (article, number) in texts:
            made.append(reference_of_revision(knowing, catalogue.as_revision(texts[article, number])))
        else:
            raise CitationError(_missing(connection, article, number))
    return made


def _require_number(*numbers: int) -> None:
    """Refuse what no database could hold: an address anybody may type."""
    for number in numbers:
        if not 0 < number <= HIGHEST:
            raise CitationError(f"number {number}: nothing has it; `congdoan search` finds numbers")


def _missing(connection: Connection, article: int, number: int | None) -> str:
    texts = catalogue.revisions_of(connection, article)
    if not texts:
        return f"no article {article}; `congdoan search` finds their numbers"
    return f"article {article} has no revision {number}: it has 1 to {texts[-1].number}"


def cite_capture(connection: Connection, house: ArchiveIdentity, number: int) -> Reference:
    """A capture of an article's page, with what was read off that page; raises NothingToCiteError."""
    _require_number(number)
    capture = catalogue.capture(connection, number)
    if capture is None:
        raise CitationError(f"no capture {number}; `congdoan show ARTICLE` names an article's capture")
    of_text = select(revisions).where(revisions.c.capture_id == number)
    there = appearances.join(revisions, revisions.c.id == appearances.c.revision_id)
    at_address = (
        select(revisions)
        .select_from(there)
        .join(captures, captures.c.url == appearances.c.url)
        .where(captures.c.id == number, captures.c.site == appearances.c.site)
    )
    for chosen in (of_text, at_address):
        row = connection.execute(chosen.order_by(revisions.c.id).limit(1)).one_or_none()
        if row is not None:
            return reference_of_capture(named(connection, house), number, capture, catalogue.as_revision(row))
    raise CitationError(f"capture {number} of {capture.url} shows no article: there is nothing to cite")
