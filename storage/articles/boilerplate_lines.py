"""Boilerplate lines learned per site; a person may declare one of them text after all."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, insert, select, update

from storage.database.schema import furniture


@dataclass(frozen=True, slots=True)
class BoilerplateLine:
    """One boilerplate line of a site."""

    key: str  # pipelines.extract.boilerplate.line_key
    line: str  # as it was first seen
    articles: int  # articles it stood in, of `run_articles`
    run_articles: int  # articles of the run it was learned in
    learned_at: datetime
    kept: bool  # declared text by a person: it stays in articles


def learned_lines(connection: Connection, site: str) -> tuple[BoilerplateLine, ...]:
    """Return the lines learned of a site, in the order they were learned."""
    query = (
        select(furniture).where(furniture.c.site == site).order_by(furniture.c.learned_at, furniture.c.key)
    )
    return tuple(
        BoilerplateLine(row.key, row.line, row.articles, row.seen, row.learned_at, row.kept)
        for row in connection.execute(query)
    )


def active_keys(connection: Connection, site: str) -> frozenset[str]:
    """Return the keys of the lines to remove from a site's articles."""
    return frozenset(line.key for line in learned_lines(connection, site) if not line.kept)


def add_learned(
    connection: Connection,
    site: str,
    learned: Mapping[str, tuple[str, int]],
    articles_read: int,
    at: datetime,
) -> frozenset[str]:
    """Store lines that were not learned before; return their keys."""
    known_keys = {line.key for line in learned_lines(connection, site)}
    new = {key: line for key, line in learned.items() if key not in known_keys}
    rows = [
        {
            "site": site,
            "key": key,
            "line": line,
            "articles": articles,
            "seen": articles_read,
            "learned_at": at,
            "kept": False,
        }
        for key, (line, articles) in new.items()
    ]
    if rows:
        connection.execute(insert(furniture), rows)
    return frozenset(new)


def mark_as_text(connection: Connection, site: str, key: str, *, kept: bool = True) -> bool:
    """Declare a learned line text (or boilerplate again); return False when no such line was learned."""
    line = update(furniture).where(furniture.c.site == site, furniture.c.key == key)
    return connection.execute(line.values(kept=kept)).rowcount > 0
