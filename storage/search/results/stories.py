"""Folding: the articles of a story are one thing found, and its copies are told with it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, text

# One parameter, whatever the number of candidates: five thousand cost SQLAlchemy ten times the query.
_IDS = {
    "sqlite": "SELECT value FROM json_each(:ids)",
    "postgresql": "SELECT CAST(value AS bigint) FROM json_array_elements_text(CAST(:ids AS json))",
}
_STORIES = {
    name: text(f"SELECT id, story_id FROM articles WHERE story_id IS NOT NULL AND id IN ({ids})")  # noqa: S608
    for name, ids in _IDS.items()
}
_MEMBERS = {
    name: text(f"SELECT id, story_id FROM articles WHERE story_id IN ({ids})")  # noqa: S608
    for name, ids in _IDS.items()
}
_PLACES = (
    "SELECT appearances.article_id, appearances.site, appearances.url, articles.story_id, "
    "articles.site AS first_site, articles.url AS first_url FROM appearances "
    "JOIN articles ON articles.id = appearances.article_id WHERE {chosen} "
    "ORDER BY appearances.first_seen, appearances.id"
)
_ALONE = {name: text(_PLACES.format(chosen=f"articles.id IN ({ids})")) for name, ids in _IDS.items()}
_TOGETHER = {name: text(_PLACES.format(chosen=f"articles.story_id IN ({ids})")) for name, ids in _IDS.items()}


@dataclass(frozen=True, slots=True)
class StoryCopy:
    """A further address a story stands, or stood, at."""

    article_id: int
    site: str
    url: str


@dataclass(frozen=True, slots=True)
class GroupedHit:
    """One story found, by the article that answers best."""

    article_id: int
    score: float  # higher is better; comparable only within one result
    story_id: int | None  # none = the article is in none
    copies: tuple[StoryCopy, ...]  # every other address of the story, the first seen first


def story_ids(connection: Connection, ids: Sequence[int]) -> dict[int, int]:
    """The story of each article that is in one."""
    rows = connection.execute(_STORIES[connection.dialect.name], {"ids": json.dumps(list(ids))})
    return {row[0]: row[1] for row in rows.all()}


def story_members(connection: Connection, stories: Iterable[int]) -> dict[int, list[int]]:
    """The articles of each story."""
    found: dict[int, list[int]] = {}
    rows = connection.execute(_MEMBERS[connection.dialect.name], {"ids": json.dumps(sorted(set(stories)))})
    for row in rows:
        found.setdefault(row.story_id, []).append(row.id)
    return found


def story_copies(
    connection: Connection, shown: Sequence[int], stories: Mapping[int, int]
) -> dict[int, tuple[StoryCopy, ...]]:
    """By article shown: where else its story stands; `stories` tells the story of each that is in one."""
    keys = {stories.get(article, -article): article for article in shown}
    copies: dict[int, list[StoryCopy]] = {article: [] for article in shown}
    name = connection.dialect.name
    alone, together = [-key for key in keys if key < 0], [key for key in keys if key > 0]
    rows = list(connection.execute(_ALONE[name], {"ids": json.dumps(alone)})) if alone else []
    rows += connection.execute(_TOGETHER[name], {"ids": json.dumps(together)}) if together else ()
    for row in rows:
        article = keys[row.story_id or -row.article_id]
        first = (row.first_site, row.first_url) == (row.site, row.url)
        if not (first and row.article_id == article):
            copies[article].append(StoryCopy(row.article_id, row.site, row.url))
    return {article: tuple(found) for article, found in copies.items()}
