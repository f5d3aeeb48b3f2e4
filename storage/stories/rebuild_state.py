"""State of a rebuild of stories or search index: its position, and the articles and stories still to do."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sqlalchemy import Connection, delete, func, insert, or_, select, update

from storage.articles import queries as article_queries
from storage.database.schema import articles, counters, signatures
from storage.records import Article
from storage.stories.near_duplicates import remove_signature

STORIES_REBUILD, SEARCH_REBUILD = "rebuild stories", "rebuild search"  # names of positions
REBUILD_RULES = "rebuild rules"  # version of the signatures that an unfinished rebuild makes
REMOVING_SIGNATURES = -1  # the position of a rebuild that still removes the old signatures
REBUILD_LEASE = "(rebuilding)"  # the name a rebuild leases in place of a site


def rebuild_position(connection: Connection, rebuild_name: str) -> int | None:
    """Return the id of the last article that a rebuild has done; None when none is under way."""
    return connection.scalar(select(counters.c.value).where(counters.c.name == rebuild_name))


def save_rebuild_position(connection: Connection, rebuild_name: str, article_id: int) -> None:
    """Save the position of a rebuild, in the transaction of the work it stands for."""
    rebuild_position_update = update(counters).where(counters.c.name == rebuild_name)
    if not connection.execute(rebuild_position_update.values(value=article_id)).rowcount:
        connection.execute(insert(counters).values(name=rebuild_name, value=article_id))


def finish_rebuild(connection: Connection, rebuild_name: str) -> None:
    """Delete the position of a rebuild: it is complete."""
    connection.execute(delete(counters).where(counters.c.name == rebuild_name))


def remove_signatures(connection: Connection, limit: int) -> int:
    """Remove the signatures of at most `limit` articles; returns how many there were."""
    first_rebuild_ids = select(signatures.c.article_id).order_by(signatures.c.article_id).limit(limit)
    rebuild_ids = connection.scalars(first_rebuild_ids).all()
    for article_id in rebuild_ids:
        remove_signature(connection, article_id)
    return len(rebuild_ids)


def next_article_ids(connection: Connection, rebuilt_until: int, limit: int) -> list[int]:
    """Return the ids of the articles after one, in order."""
    next_to_rebuild = select(articles.c.id).where(articles.c.id > rebuilt_until).order_by(articles.c.id)
    return list(connection.scalars(next_to_rebuild.limit(limit)))


def next_articles(connection: Connection, rebuilt_until: int, limit: int) -> list[tuple[int, Article]]:
    """Return the articles after one with their current texts, in order of their ids."""
    return _current_texts(connection, next_article_ids(connection, rebuilt_until, limit))


def next_stories(connection: Connection, rebuilt_until: int, limit: int) -> list[int]:
    """Return the ids of the stories after one that have articles, in order."""
    next_to_rebuild = select(articles.c.story_id).where(articles.c.story_id > rebuilt_until).distinct()
    return list(connection.scalars(next_to_rebuild.order_by(articles.c.story_id).limit(limit)))


def articles_without_signature(
    connection: Connection, version: int, batch: int = 200
) -> Iterator[tuple[int, Article]]:
    """Yield every article without a signature of this version, including texts too short to have one."""
    last_rebuilt_id = 0
    missing_signature = or_(signatures.c.article_id.is_(None), signatures.c.version != version)
    unsigned_articles = (
        select(articles.c.id)
        .join(signatures, signatures.c.article_id == articles.c.id, isouter=True)
        .where(missing_signature)
        .order_by(articles.c.id)
        .limit(batch)
    )
    while rebuild_ids := connection.scalars(unsigned_articles.where(articles.c.id > last_rebuilt_id)).all():
        yield from _current_texts(connection, rebuild_ids)
        last_rebuilt_id = rebuild_ids[-1]


def _current_texts(connection: Connection, rebuild_ids: Sequence[int]) -> list[tuple[int, Article]]:
    rebuild_revisions = article_queries.current_revisions(connection, rebuild_ids)
    return [(article_id, revision.article) for article_id, revision in sorted(rebuild_revisions.items())]


def count_outdated_signatures(connection: Connection, version: int) -> int:
    """Return the number of signatures made by rules of another version."""
    outdated_signatures = select(func.count()).select_from(signatures).where(signatures.c.version != version)
    return connection.scalar(outdated_signatures) or 0
