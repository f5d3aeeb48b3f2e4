"""Folding: the articles of a story are one thing found, and its copies are told with it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, bindparam, select, text

from storage.schema import appearances, articles

# One parameter, whatever the number of candidates: five thousand cost SQLAlchemy ten times the query.
_STORIES = {
    "sqlite": text(
        "SELECT id, story_id FROM articles "
        "WHERE story_id IS NOT NULL AND id IN (SELECT value FROM json_each(:ids))"
    ),
    "postgresql": text(
        "SELECT id, story_id FROM articles WHERE story_id IS NOT NULL "
        "AND id IN (SELECT CAST(value AS bigint) FROM json_array_elements_text(CAST(:ids AS json)))"
    ),
}
_MEMBERS = {
    "sqlite": text("SELECT id, story_id FROM articles WHERE story_id IN (SELECT value FROM json_each(:ids))"),
    "postgresql": text(
        "SELECT id, story_id FROM articles "
        "WHERE story_id IN (SELECT CAST(value AS bigint) FROM json_array_elements_text(CAST(:ids AS json)))"
    ),
}
_PLACES = (
    select(
        appearances.c.article_id,
        appearances.c.site,
        appearances.c.url,
        articles.c.story_id,
        articles.c.site.label("first_site"),
        articles.c.url.label("first_url"),
    )
    .join(articles, articles.c.id == appearances.c.article_id)
    .order_by(appearances.c.first_seen, appearances.c.id)
)
_ALONE = _PLACES.where(articles.c.id.in_(bindparam("ids", expanding=True)))
_TOGETHER = _PLACES.where(articles.c.story_id.in_(bindparam("stories", expanding=True)))


@dataclass(frozen=True, slots=True)
class Copy:
    """A further address a story stands, or stood, at."""

    article_id: int
    site: str
    url: str


@dataclass(frozen=True, slots=True)
class Told:
    """One story found, by the article that answers best."""

    article_id: int
    score: float  # higher is better; comparable only within one result
    story: int | None  # none = the article is in none
    copies: tuple[Copy, ...]  # every other address of the story, the first seen first


def stories_of(connection: Connection, ids: Sequence[int]) -> dict[int, int]:
    """The story of each article that is in one."""
    rows = connection.execute(_STORIES[connection.dialect.name], {"ids": json.dumps(list(ids))})
    return {row[0]: row[1] for row in rows}


def members_of(connection: Connection, stories: Iterable[int]) -> dict[int, list[int]]:
    """The articles of each story."""
    found: dict[int, list[int]] = {}
    rows = connection.execute(_MEMBERS[connection.dialect.name], {"ids": json.dumps(sorted(set(stories)))})
    for row in rows:
        found.setdefault(row.story_id, []).append(row.id)
    return found


def copies_of(
    connection: Connection, shown: Sequence[int], stories: Mapping[int, int]
) -> dict[int, tuple[Copy, ...]]:
    """By article shown: where else its story stands; `stories` tells the story of each that is in one."""
    keys = {stories.get(article, -article): article for article in shown}
    copies: dict[int, list[Copy]] = {article: [] for article in shown}
    rows = [
        *connection.execute(_ALONE, {"ids": [-key for key in keys if key < 0]}),
        *connection.execute(_TOGETHER, {"stories": [key for key in keys if key > 0]}),
    ]
    for row in rows:
        article = keys[row.story_id or -row.article_id]
        first = (row.first_site, row.first_url) == (row.site, row.url)
        if not (first and row.article_id == article):
            copies[article].append(Copy(row.article_id, row.site, row.url))
    return {article: tuple(found) for article, found in copies.items()}
