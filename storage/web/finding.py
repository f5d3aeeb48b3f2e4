"""Finding: what results pages ask the search for; the seam to `storage.search`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import Connection

from storage.search.engine import engine_for
from storage.search.folding import Told, search_folded, search_unfolded
from storage.search.tree import Query


class Order(StrEnum):
    """How hits are sorted."""

    BEST = "best"
    NEWEST = "newest"
    OLDEST = "oldest"


class Facet(StrEnum):
    """What an answer can be narrowed by."""

    SITE = "site"
    LEVEL = "level"
    PLACE = "place"
    NOW = "now"
    SECTION = "section"
    AUTHOR = "author"
    PLATFORM = "platform"
    FILES = "files"


@dataclass(frozen=True, slots=True)
class Asking:
    """One page of an answer, as it is asked for."""

    query: Query
    order: Order = Order.BEST
    fold: bool = True
    limit: int = 20
    after: str | None = None
    facets: bool = False


@dataclass(frozen=True, slots=True)
class FacetCount:
    """One value to narrow by."""

    value: str
    label: str
    count: int
    query: str  # to be added to the query


@dataclass(frozen=True, slots=True)
class Offer:
    """Another place a reader may mean too."""

    label: str
    query: str


@dataclass(frozen=True, slots=True)
class Answer:
    """One page of an answer."""

    hits: tuple[Told, ...]
    total: int
    articles: int
    at_least: bool
    capped: bool
    faceted: int
    facets: Mapping[Facet, tuple[FacetCount, ...]]
    years: tuple[tuple[int | None, int], ...]
    next: str | None
    suggestion: str | None
    offers: tuple[Offer, ...]


def answer(connection: Connection, asking: Asking) -> Answer:
    """What the archive answers."""
    offset = int(asking.after) if asking.after and asking.after.isdecimal() else 0
    find = search_folded if asking.fold else search_unfolded
    found = find(connection, engine_for(connection), asking.query, limit=asking.limit, offset=offset)
    end = offset + len(found.hits)
    more = str(end) if found.hits and end < found.total else None
    return Answer(
        found.hits, found.total, found.articles, found.at_least, found.capped, 0, {}, (), more, None, ()
    )
