"""Facets: of what is found, how many stories there are of each site, place, section, author and the like."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from sqlalchemy import Connection, select

from storage.places.units import now, units
from storage.schema import sites
from storage.search.documents import Ranked, Shelved
from storage.search.engine import SearchEngine
from storage.search.tree import Query

_MARKS = re.compile('["“”„«»*]')
MOST_VALUES = 40  # of one facet, the most frequent first
_SITES = select(sites.c.key, sites.c.name, sites.c.level, sites.c.platform)


class Facet(StrEnum):
    """What stories are counted by."""

    SITE = "site"
    LEVEL = "level"  # of the site
    PLACE = "place"  # the unit as it was: provinces; where a place was asked for, its parts, too
    NOW = "now"  # the province it lies in today
    SECTION = "section"
    AUTHOR = "author"
    PLATFORM = "platform"  # of the site
    FILES = "files"  # file, image


@dataclass(frozen=True, slots=True)
class FacetCount:
    """One value of a facet."""

    value: str  # key
    label: str  # name, in Vietnamese; of levels and platforms the key
    count: int  # stories
    query: str  # what to add to the query to have these alone


@dataclass(frozen=True, slots=True)
class _Site:
    name: str
    level: str | None
    platform: str | None


def count(
    connection: Connection, engine: SearchEngine, query: Query, found: Ranked, stories: Mapping[int, int]
) -> dict[Facet, tuple[FacetCount, ...]]:
    """Every facet of what was ranked; a story counts once for each value it has.

    `stories` tells the story of each article that is in one.
    """
    known = {row.key: _Site(row.name, row.level, row.platform) for row in connection.execute(_SITES)}
    shelves = list(engine.shelved(connection, [hit.article_id for hit in found.hits]))
    parts = bool(query.places)
    pairs = {
        (stories.get(shelf.article_id, -shelf.article_id), *value)
        for shelf in shelves
        for value in _values(shelf, known, parts=parts)
    }
    times = Counter((facet, value) for _, facet, value in pairs)
    return {facet: _counts(facet, times, known) for facet in Facet}


def _values(shelf: Shelved, known: Mapping[str, _Site], *, parts: bool) -> Iterator[tuple[Facet, str]]:
    site = known.get(shelf.site)
    told: tuple[tuple[Facet, str | bool | None], ...] = (
        (Facet.SITE, shelf.site),
        (Facet.LEVEL, site.level if site else None),
        (Facet.PLATFORM, site.platform if site else None),
        (Facet.AUTHOR, shelf.author),
        (Facet.FILES, shelf.attached and "file"),
        (Facet.FILES, shelf.pictured and "image"),
        *((Facet.SECTION, section) for section in (shelf.section or "").split(" / ")),
    )
    yield from ((facet, str(value)) for facet, value in told if value)
    if shelf.place and shelf.place in units():
        yield Facet.PLACE, shelf.place if parts else shelf.place.partition("/")[0]
        yield Facet.NOW, now(shelf.place, date.max).partition("/")[0]


def _counts(
    facet: Facet, times: Counter[tuple[Facet, str]], known: Mapping[str, _Site]
) -> tuple[FacetCount, ...]:
    mine = ((value, number) for (other, value), number in times.items() if other is facet)
    best = sorted(mine, key=lambda each: (-each[1], each[0]))[:MOST_VALUES]
    return tuple(
        FacetCount(value, _label(facet, value, known), number, narrowed(facet, value))
        for value, number in best
    )


def _label(facet: Facet, value: str, known: Mapping[str, _Site]) -> str:
    if facet is Facet.SITE and value in known:
        return known[value].name
    if facet in {Facet.PLACE, Facet.NOW}:
        return units()[value].full_name
    return value


def narrowed(facet: Facet, value: str) -> str:
    """What to add to a query to have the documents of a value alone."""
    match facet:
        case Facet.PLACE:
            return f"place:={value}"
        case Facet.NOW:
            return f"place:{value}"
        case Facet.FILES:
            return f"has:{value}"
        case Facet.SECTION | Facet.AUTHOR:
            return f'{facet}:"{_unquoted(value)}"'
        case Facet.SITE | Facet.LEVEL | Facet.PLATFORM:
            return f"{facet}:{value}"


def _unquoted(value: str) -> str:
    """A value as the inside of a phrase."""
    return " ".join(_MARKS.sub(" ", value).split())
