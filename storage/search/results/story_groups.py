"""Group hits by story: the articles of a story are one hit, which lists the story's other addresses."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, text

# One JSON parameter: five thousand single ones cost SQLAlchemy ten times the query.
_STORY_ID_SELECTS = {
    "sqlite": "SELECT value FROM json_each(:ids)",
    "postgresql": "SELECT CAST(value AS bigint) FROM json_array_elements_text(CAST(:ids AS json))",
}
_STORY_IDS = {
    name: text(f"SELECT id, story_id FROM articles WHERE story_id IS NOT NULL AND id IN ({story_parameters})")  # noqa: S608
    for name, story_parameters in _STORY_ID_SELECTS.items()
}
_STORY_MEMBERS = {
    name: text(f"SELECT id, story_id FROM articles WHERE story_id IN ({story_parameters})")  # noqa: S608
    for name, story_parameters in _STORY_ID_SELECTS.items()
}
_APPEARANCES = (
    "SELECT appearances.article_id, appearances.site, appearances.url, articles.story_id, "
    "articles.site AS first_site, articles.url AS first_url FROM appearances "
    "JOIN articles ON articles.id = appearances.article_id WHERE {condition} "
    "ORDER BY appearances.first_seen, appearances.id"
)
_ARTICLE_APPEARANCES = {
    name: text(_APPEARANCES.format(condition=f"articles.id IN ({story_parameters})"))
    for name, story_parameters in _STORY_ID_SELECTS.items()
}
_STORY_APPEARANCES = {
    name: text(_APPEARANCES.format(condition=f"articles.story_id IN ({story_parameters})"))
    for name, story_parameters in _STORY_ID_SELECTS.items()
}


@dataclass(frozen=True, slots=True)
class StoryCopy:
    """A further address where a story appears, or appeared."""

    article_id: int
    site: str
    url: str


@dataclass(frozen=True, slots=True)
class GroupedHit:
    """One matching story, represented by its best matching article."""

    article_id: int
    score: float  # higher is better; comparable only within one result
    story_id: int | None  # none = the article is in none
    copies: tuple[StoryCopy, ...]  # every other address of the story, the first seen first


def story_ids(connection: Connection, article_ids: Sequence[int]) -> dict[int, int]:
    """Return the story of each article that is in one."""
    story_parameters = {"ids": json.dumps(list(article_ids))}
    story_rows = connection.execute(_STORY_IDS[connection.dialect.name], story_parameters)
    return {story_row[0]: story_row[1] for story_row in story_rows.all()}  # by index: thousands of rows


def story_members(connection: Connection, stories: Iterable[int]) -> dict[int, list[int]]:
    """Return the articles of each story."""
    story_parameters = {"ids": json.dumps(sorted(set(stories)))}
    grouped_members: dict[int, list[int]] = {}
    for story_row in connection.execute(_STORY_MEMBERS[connection.dialect.name], story_parameters):
        grouped_members.setdefault(story_row.story_id, []).append(story_row.id)
    return grouped_members


def story_copies(
    connection: Connection, article_ids: Sequence[int], stories: Mapping[int, int]
) -> dict[int, tuple[StoryCopy, ...]]:
    """Return by article the other addresses of its story; `stories` is the result of `story_ids`."""
    hit_of_story = {stories.get(article_id, -article_id): article_id for article_id in article_ids}
    grouped_copies: dict[int, list[StoryCopy]] = {article_id: [] for article_id in article_ids}
    story_dialect = connection.dialect.name
    single_articles = [-story_key for story_key in hit_of_story if story_key < 0]
    grouped_stories = [story_key for story_key in hit_of_story if story_key > 0]
    appearances: list[Row[Any]] = []
    for story_statement, story_parameters in (
        (_ARTICLE_APPEARANCES[story_dialect], single_articles),
        (_STORY_APPEARANCES[story_dialect], grouped_stories),
    ):
        appearances += (
            connection.execute(story_statement, {"ids": json.dumps(story_parameters)})
            if story_parameters
            else ()
        )
    for appearance in appearances:
        article_id = hit_of_story[appearance.story_id or -appearance.article_id]
        first_address = (appearance.first_site, appearance.first_url)
        is_first = first_address == (appearance.site, appearance.url)
        if not (is_first and appearance.article_id == article_id):
            grouped_copies[article_id].append(
                StoryCopy(appearance.article_id, appearance.site, appearance.url)
            )
    return {article_id: tuple(article_copies) for article_id, article_copies in grouped_copies.items()}
