"""Facets: count the matching stories by site, level, place, section, author, platform and files."""

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

_QUERY_MARKS = re.compile('["“”„«»*]')
MAX_FACET_VALUES = 40  # of one facet, the most frequent first
_SITE_COLUMNS = select(sites.c.key, sites.c.name, sites.c.level, sites.c.platform)


class Facet(StrEnum):
    """Properties that stories are counted by."""

    SITE = "site"
    LEVEL = "level"  # of the site
    PLACE = "place"  # the unit at the time: provinces; where the query names a place, its parts, too
    NOW = "now"  # the province the place lies in today
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
    query: Annotated[str, Doc("what to add to the query to narrow it to these")]


@dataclass(frozen=True, slots=True)
class _FacetSite:
    name: str
    level: str | None
    platform: str | None


def count_facets(
    connection: Connection, query: Query, ranked: RankedHits, facet_stories: Mapping[int, int]
) -> dict[Facet, tuple[FacetCount, ...]]:
    """Count every facet of the ranked articles; a story counts once for each value it has.

    `facet_stories` has the story of each article that is in one.
    """
    site_rows = connection.execute(_SITE_COLUMNS)
    facet_sites = {
        facet_row.key: _FacetSite(facet_row.name, facet_row.level, facet_row.platform)
        for facet_row in site_rows
    }
    place_parts = bool(query.places)
    single_facet_rows = [
        facet_row for facet_row in ranked.facet_rows if facet_row.article_id not in facet_stories
    ]
    story_facet_rows = [facet_row for facet_row in ranked.facet_rows if facet_row.article_id in facet_stories]
    facet_counts = Counter[tuple[Facet, str]]()
    single_facet_columns = list(zip(*single_facet_rows, strict=True))[1:]
    for facet_column, values in zip(FacetRow._fields[1:], single_facet_columns, strict=False):
        for value, facet_articles in Counter(values).items():
            for facet_value in _facet_values(facet_column, value, facet_sites, place_parts=place_parts):
                facet_counts[facet_value] += facet_articles
    story_facet_values = {
        (facet_stories[facet_row.article_id], facet_value)
        for facet_row in story_facet_rows
        for facet_column, value in zip(FacetRow._fields[1:], facet_row[1:], strict=True)
        for facet_value in _facet_values(facet_column, value, facet_sites, place_parts=place_parts)
    }
    facet_counts.update(facet_value for _, facet_value in story_facet_values)
    return {facet: _top_counts(facet, facet_counts, facet_sites) for facet in Facet}


def _facet_values(
    facet_column: str, value: str | bool | None, facet_sites: Mapping[str, _FacetSite], *, place_parts: bool
) -> tuple[tuple[Facet, str], ...]:
    """The facet values that a column of a FacetRow gives."""
    facet_values: tuple[tuple[Facet, str | None], ...] = ()
    facet_text = str(value or "")
    match facet_column:
        case _ if not value:
            pass
        case "site":
            facet_site = facet_sites.get(facet_text, _FacetSite(facet_text, None, None))
            facet_values = (
                (Facet.SITE, facet_text),
                (Facet.LEVEL, facet_site.level),
                (Facet.PLATFORM, facet_site.platform),
            )
        case "place" if facet_text in all_units():
            facet_place = facet_text if place_parts else facet_text.partition("/")[0]
            facet_province_now = unit_key_on(facet_text, date.max).partition("/")[0]
            facet_values = ((Facet.PLACE, facet_place), (Facet.NOW, facet_province_now))
        case "section":
            facet_values = tuple(
                (Facet.SECTION, section) for section in dict.fromkeys(facet_text.split(" / "))
            )
        case "author":
            facet_values = ((Facet.AUTHOR, facet_text),)
        case "has_files" | "has_images":
            facet_values = ((Facet.FILES, "file" if facet_column == "has_files" else "image"),)
    return tuple((facet, facet_value) for facet, facet_value in facet_values if facet_value)


def _top_counts(
    facet: Facet, facet_counts: Counter[tuple[Facet, str]], facet_sites: Mapping[str, _FacetSite]
) -> tuple[FacetCount, ...]:
    """The most frequent values of one facet, with labels and narrowing queries."""
    value_counts = (
        (value, facet_stories)
        for (counted_facet, value), facet_stories in facet_counts.items()
        if counted_facet is facet
    )
    top_facet_values = sorted(value_counts, key=lambda value_count: (-value_count[1], value_count[0]))
    return tuple(
        FacetCount(
            value, _facet_label(facet, value, facet_sites), facet_stories, narrowing_query(facet, value)
        )
        for value, facet_stories in top_facet_values[:MAX_FACET_VALUES]
    )


def _facet_label(facet: Facet, value: str, facet_sites: Mapping[str, _FacetSite]) -> str:
    if facet is Facet.SITE and value in facet_sites:
        return facet_sites[value].name
    if facet in {Facet.PLACE, Facet.NOW}:
        return all_units()[value].full_name
    return value


def narrowing_query(facet: Facet, value: str) -> str:
    """Return what to add to a query to narrow it to the documents of a facet value."""
    match facet:
        case Facet.PLACE:
            return f"place:={value}"
        case Facet.NOW:
            return f"place:{value}"
        case Facet.FILES:
            return f"has:{value}"
        case Facet.SECTION | Facet.AUTHOR:
            return f'{facet}:"{_without_query_marks(value)}"'
        case Facet.SITE | Facet.LEVEL | Facet.PLATFORM:
            return f"{facet}:{value}"


def _without_query_marks(value: str) -> str:
    """A facet value as the inside of a quoted phrase."""
    return " ".join(_QUERY_MARKS.sub(" ", value).split())
