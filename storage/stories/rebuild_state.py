"""Rebuilding: what is derived from the texts is made again piece by piece, and how far that has come."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import Connection, delete, func, insert, or_, select, update

from storage.articles import queries as catalogue
from storage.database.schema import articles, counters, signatures
from storage.records import Article
from storage.stories import near_duplicates as near

STORIES_REBUILD, SEARCH_REBUILD = "rebuild stories", "rebuild search"
REBUILD_RULES = "rebuild rules"  # version of the signatures that an unfinished rebuilding makes
REMOVING_SIGNATURES = -1  # the place of a rebuilding that still takes the old signatures out
REBUILD_LEASE = "(rebuilding)"  # what a rebuilding takes in place of a site's lease


def rebuild_position(connection: Connection, name: str) -> int | None:
    """The last article a rebuilding has done; None when none is under way."""
    return connection.scalar(select(counters.c.value).where(counters.c.name == name))


def save_rebuild_position(connection: Connection, name: str, value: int) -> None:
    """Keep how far a rebuilding has come, in the transaction of what it did."""
    chosen = update(counters).where(counters.c.name == name)
    if not connection.execute(chosen.values(value=value)).rowcount:
        connection.execute(insert(counters).values(name=name, value=value))


def finish_rebuild(connection: Connection, name: str) -> None:
    """A rebuilding has come to its end."""
    connection.execute(delete(counters).where(counters.c.name == name))


def remove_signatures(connection: Connection, most: int) -> int:
    """Take so many articles' signatures out; returns how many there were."""
    ids = connection.scalars(
        select(signatures.c.article_id).order_by(signatures.c.article_id).limit(most)
    ).all()
    for article_id in ids:
        near.remove_signature(connection, article_id)
    return len(ids)


def next_article_ids(connection: Connection, after: int, most: int) -> list[int]:
    """The articles after one, by number."""
    chosen = select(articles.c.id).where(articles.c.id > after).order_by(articles.c.id).limit(most)
    return list(connection.scalars(chosen))


def next_articles(connection: Connection, after: int, most: int) -> list[tuple[int, Article]]:
    """The articles after one with their current texts, by number."""
    ids = next_article_ids(connection, after, most)
    return [(key, row.article) for key, row in sorted(catalogue.current_revisions(connection, ids).items())]


def next_stories(connection: Connection, after: int, most: int) -> list[int]:
    """The stories after one that have articles, by number."""
    chosen = select(articles.c.story_id).where(articles.c.story_id > after).distinct()
    return list(connection.scalars(chosen.order_by(articles.c.story_id).limit(most)))


def articles_without_signature(
    connection: Connection, version: int, batch: int = 200
) -> Iterator[tuple[int, Article]]:
    """Every article without a signature of this version; those of too short a text have none either."""
    last = 0
    missing = or_(signatures.c.article_id.is_(None), signatures.c.version != version)
    chosen = (
        select(articles.c.id)
        .join(signatures, signatures.c.article_id == articles.c.id, isouter=True)
        .where(missing)
        .order_by(articles.c.id)
        .limit(batch)
    )
    while ids := connection.scalars(chosen.where(articles.c.id > last)).all():
        yield from (
            (key, row.article) for key, row in sorted(catalogue.current_revisions(connection, ids).items())
        )
        last = ids[-1]


def count_outdated_signatures(connection: Connection, version: int) -> int:
    """How many signatures were made by other rules."""
    chosen = select(func.count()).select_from(signatures).where(signatures.c.version != version)
    return connection.scalar(chosen) or 0
