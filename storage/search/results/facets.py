"""Facets: of what is found, how many stories there are of each site, place, section, author and the like."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Annotated

from sqlalchemy import Connection, select
from typing_extensions import Doc

from storage.database.schema import sites
from storage.gazetteer.units import all_units, unit_key_on
from storage.search.documents import FacetRow, RankedHits
from storage.search.query.tree import Query

_MARKS = re.compile('["“”„«»*]')
MAX_FACET_VALUES = 40  # of one facet, the most frequent first
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

    value: Annotated[str, Doc("key")]
    label: Annotated[str, Doc("name, in Vietnamese; of levels and platforms the key")]
    count: Annotated[int, Doc("stories")]
    query: Annotated[str, Doc("what to add to the query to have these alone")]


@dataclass(frozen=True, slots=True)
class _FacetSite:
    name: str
    level: str | None
    platform: str | None


def count_facets(
    connection: Connection, query: Query, found: RankedHits, stories: Mapping[int, int]
) -> dict[Facet, tuple[FacetCount, ...]]:
    """Every facet of what was ranked; a story counts once for each value it has.

    `stories` tells the story of each article that is in one.
    """
    known = {row.key: _FacetSite(row.name, row.level, row.platform) for row in connection.execute(_SITES)}
    parts = bool(query.places)
    alone = [shelf for shelf in found.facet_rows if shelf.article_id not in stories]
    told = [shelf for shelf in found.facet_rows if shelf.article_id in stories]
    times = Counter[tuple[Facet, str]]()
    for column, values in zip(FacetRow._fields[1:], list(zip(*alone, strict=True))[1:], strict=False):
        for value, number in Counter(values).items():
            for each in _values(column, value, known, parts=parts):
                times[each] += number
    pairs = {
        (stories[shelf.article_id], each)
        for shelf in told
        for column, value in zip(FacetRow._fields[1:], shelf[1:], strict=True)
        for each in _values(column, value, known, parts=parts)
    }
    times.update(each for _, each in pairs)
    return {facet: _counts(facet, times, known) for facet in Facet}


def _values(
    column: str, value: str | bool | None, known: Mapping[str, _FacetSite], *, parts: bool
) -> tuple[tuple[Facet, str], ...]:
    """What a shelf's column says of facets."""
    told: tuple[tuple[Facet, str | None], ...] = ()
    text = str(value or "")
    match column:
        case _ if not value:
            pass
        case "site":
            site = known.get(text, _FacetSite(text, None, None))
            told = ((Facet.SITE, text), (Facet.LEVEL, site.level), (Facet.PLATFORM, site.platform))
        case "place" if text in all_units():
            then = text if parts else text.partition("/")[0]
            told = ((Facet.PLACE, then), (Facet.NOW, unit_key_on(text, date.max).partition("/")[0]))
        case "section":
            told = tuple((Facet.SECTION, each) for each in dict.fromkeys(text.split(" / ")))
        case "author":
            told = ((Facet.AUTHOR, text),)
        case "has_files" | "has_images":
            told = ((Facet.FILES, "file" if column == "has_files" else "image"),)
    return tuple((facet, each) for facet, each in told if each)


def _counts(
    facet: Facet, times: Counter[tuple[Facet, str]], known: Mapping[str, _FacetSite]
) -> tuple[FacetCount, ...]:
    mine = ((value, number) for (other, value), number in times.items() if other is facet)
    best = sorted(mine, key=lambda each: (-each[1], each[0]))[:MAX_FACET_VALUES]
    return tuple(
        FacetCount(value, _label(facet, value, known), number, narrowing_query(facet, value))
        for value, number in best
    )


def _label(facet: Facet, value: str, known: Mapping[str, _FacetSite]) -> str:
    if facet is Facet.SITE and value in known:
        return known[value].name
    if facet in {Facet.PLACE, Facet.NOW}:
        return all_units()[value].full_name
    return value


def narrowing_query(facet: Facet, value: str) -> str:
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
