"""Folding: a search answers with stories, each by its best article, and counts each once."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, bindparam, select, text

from storage.schema import appearances, articles
from storage.search.documents import Hit, Results
from storage.search.engine import SearchEngine
from storage.search.ranking import MOST_RANKED
from storage.search.tree import Query

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


@dataclass(frozen=True, slots=True)
class Folded:
    """One page of an answer."""

    hits: tuple[Told, ...]
    total: int  # stories that match, beyond this page too
    articles: int  # articles that match
    at_least: bool  # too many match to fold all: `total` is what is known
    capped: bool  # too many to rank all: only the newest were ranked


def search_folded(
    connection: Connection, engine: SearchEngine, query: Query, *, limit: int = 20, offset: int = 0
) -> Folded:
    """One page of stories, the best first; every article of a story that matches is counted with it.

    Folds what the engine ranks (or lists): pages never tell a story twice.
    """
    best: dict[int, Hit] = {}
    stories: dict[int, int] = {}
    read = 0
    for found in _read(connection, engine, query):
        read += len(found.hits)
        stories |= stories_of(connection, [hit.article_id for hit in found.hits])
        for hit in found.hits:
            best.setdefault(stories.get(hit.article_id, -hit.article_id), hit)
        if len(best) >= offset + limit or found.capped:
            break
    page = list(best.values())[offset : offset + limit]
    copies = _copies(connection, page, stories)
    hits = tuple(
        Told(hit.article_id, hit.score, stories.get(hit.article_id), copies[hit.article_id]) for hit in page
    )
    return Folded(hits, len(best), found.total, read < found.total, found.capped)


def search_unfolded(
    connection: Connection, engine: SearchEngine, query: Query, *, limit: int = 20, offset: int = 0
) -> Folded:
    """One page of articles, the best first, copies too; no hit names its copies."""
    found = engine.search(connection, query, limit=limit, offset=offset)
    stories = stories_of(connection, [hit.article_id for hit in found.hits])
    hits = tuple(Told(hit.article_id, hit.score, stories.get(hit.article_id), ()) for hit in found.hits)
    return Folded(hits, found.total, found.total, False, found.capped)


def _read(connection: Connection, engine: SearchEngine, query: Query) -> Iterator[Results]:
    """What the engine ranks, or lists, in pieces."""
    offset = 0
    while True:
        found = engine.search(connection, query, limit=MOST_RANKED, offset=offset)
        yield found
        offset += len(found.hits)
        if not found.hits or offset >= found.total:
            return


def stories_of(connection: Connection, ids: Sequence[int]) -> dict[int, int]:
    """The story of each article that is in one."""
    rows = connection.execute(_STORIES[connection.dialect.name], {"ids": json.dumps(list(ids))})
    return {row[0]: row[1] for row in rows}


def _copies(
    connection: Connection, hits: Iterable[Hit], stories: dict[int, int]
) -> dict[int, tuple[Copy, ...]]:
    """By article found: where else its story stands."""
    shown = {stories.get(hit.article_id, -hit.article_id): hit.article_id for hit in hits}
    copies: dict[int, list[Copy]] = {article: [] for article in shown.values()}
    rows = [
        *connection.execute(_ALONE, {"ids": [-key for key in shown if key < 0]}),
        *connection.execute(_TOGETHER, {"stories": [key for key in shown if key > 0]}),
    ]
    for row in rows:
        article = shown[row.story_id or -row.article_id]
        first = (row.first_site, row.first_url) == (row.site, row.url)
        if not (first and row.article_id == article):
            copies[article].append(Copy(row.article_id, row.site, row.url))
    return {article: tuple(found) for article, found in copies.items()}
