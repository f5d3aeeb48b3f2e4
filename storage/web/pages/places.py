"""Pages of places: provinces, districts and communes, past and present, with the articles about them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter, HTTPException, Request, Response

from storage.articles.entity_index import articles_about_place, count_by_place
from storage.gazetteer.units import REFORM, Unit, all_units, former_units, unit_key_on
from storage.svg_charts import bar_chart
from storage.web.context import WebContext

MAX_NEWEST_ARTICLES = 12


@dataclass(frozen=True, slots=True)
class PlaceCount:
    """An administrative unit with the number of articles about it and everything in it."""

    unit: Unit
    articles: int


def routes(context: WebContext) -> APIRouter:
    """Return the routes of the list of places and of each place."""
    place_pages = APIRouter()

    def place_counts() -> Counter[str]:
        with context.connect() as connection:
            return context.cache.get_or_compute("places", lambda: count_by_place(connection))

    @place_pages.get("/places")
    def places(request: Request) -> Response:
        count_by_place = sum_with_districts(place_counts())
        provinces = [unit for unit in all_units().values() if "/" not in unit.key]
        today = [_province_with_former(unit, count_by_place) for unit in provinces if unit.until is None]
        return context.render_page(request, "places.html", today=today, total=len(provinces))

    @place_pages.get("/place/{key:path}")
    def place(request: Request, key: str) -> Response:
        unit = all_units().get(key)
        if unit is None:
            raise HTTPException(404)
        count_by_place = sum_with_districts(place_counts())
        with context.connect() as connection:
            about_place = articles_about_place(connection, key, MAX_NEWEST_ARTICLES)
        sites = [site for site in context.sites() if site.place == key]
        place_chart = bar_chart(
            [(str(year), count, None) for year, count in about_place.years if year is not None]
        )
        return context.render_page(
            request,
            "place.html",
            unit=unit,
            about_place=about_place,
            sites=sites,
            chart=place_chart,
            **_place_relations(unit, count_by_place),
        )

    return place_pages


def _place_relations(unit: Unit, count_by_place: Counter[str]) -> dict[str, Any]:
    places_inside = [other for other in all_units().values() if other.key.startswith(f"{unit.key}/")]
    return {
        "now": all_units()[unit_key_on(unit.key, REFORM)],
        "into": [all_units()[unit_key] for unit_key in unit.into],
        "formers": [
            PlaceCount(all_units()[unit_key], count_by_place[unit_key]) for unit_key in former_units(unit.key)
        ],
        "inside": _most_written_about(places_inside, count_by_place),
        "parent": all_units()[unit.province] if "/" in unit.key else None,
    }


def sum_with_districts(count_by_place: Counter[str]) -> Counter[str]:
    """Return the counts by unit key, those of districts and communes added to their province."""
    totals: Counter[str] = Counter()
    for key, count in count_by_place.items():
        totals[key] += count
        if "/" in key:
            totals[key.partition("/")[0]] += count
    return totals


def _province_with_former(unit: Unit, count_by_place: Counter[str]) -> tuple[PlaceCount, list[PlaceCount]]:
    """Return a province of today with its count, and the former provinces on its land with theirs."""
    former_provinces = [
        PlaceCount(all_units()[key], count_by_place[key]) for key in former_units(unit.key) if "/" not in key
    ]
    return PlaceCount(unit, count_by_place[unit.key]), former_provinces


def _most_written_about(units: Iterable[Unit], count_by_place: Counter[str]) -> list[PlaceCount]:
    """Return the units that articles are about, those with the most articles first."""
    place_counts = [PlaceCount(unit, count_by_place[unit.key]) for unit in units if count_by_place[unit.key]]
    return sorted(place_counts, key=lambda place_count: (-place_count.articles, place_count.unit.key))
