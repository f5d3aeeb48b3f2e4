"""Lines learned to be no article's text, per site; a person may say of one that it is text after all."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, insert, select, update

from storage.database.schema import furniture


@dataclass(frozen=True, slots=True)
class BoilerplateLine:
    """One line of a site."""

    key: str  # pipelines.extract.boilerplate.line_key
    line: str  # as it was first seen
    articles: int  # it stood in, of `seen`
    seen: int  # articles of the run it was learned in
    learned_at: datetime
    kept: bool  # a person said that it is text


def learned_lines(connection: Connection, site: str) -> tuple[BoilerplateLine, ...]:
    """What was learned of a site, in the order it was."""
    chosen = (
        select(furniture).where(furniture.c.site == site).order_by(furniture.c.learned_at, furniture.c.key)
    )
    return tuple(
        BoilerplateLine(row.key, row.line, row.articles, row.seen, row.learned_at, row.kept)
        for row in connection.execute(chosen)
    )


def active_keys(connection: Connection, site: str) -> frozenset[str]:
    """The keys of the lines to be taken out of a site's articles."""
    return frozenset(line.key for line in learned_lines(connection, site) if not line.kept)


def add_learned(
    connection: Connection, site: str, found: Mapping[str, tuple[str, int]], seen: int, at: datetime
) -> frozenset[str]:
    """Keep what is not known yet - neither as furniture nor as text - and return its keys."""
    known = {line.key for line in learned_lines(connection, site)}
    new = {key: told for key, told in found.items() if key not in known}
    rows = [
        {
            "site": site,
            "key": key,
            "line": line,
            "articles": articles,
            "seen": seen,
            "learned_at": at,
            "kept": False,
        }
        for key, (line, articles) in new.items()
    ]
    if rows:
        connection.execute(insert(furniture), rows)
    return frozenset(new)


def mark_as_text(connection: Connection, site: str, key: str, *, kept: bool = True) -> bool:
    """Say of a learned line that it is text (or not after all); False when no such line was learned."""
    chosen = update(furniture).where(furniture.c.site == site, furniture.c.key == key)
    return connection.execute(chosen.values(kept=kept)).rowcount > 0
