"""Places: provinces, districts and communes as they were and as they are, with what was written of them."""

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

SHOWN = 12  # articles


@dataclass(frozen=True, slots=True)
class Counted:
    """A unit with the articles about it and everything in it."""

    unit: Unit
    articles: int


def routes(context: WebContext) -> APIRouter:
    """The list of places, and each of them."""
    router = APIRouter()

    def tally() -> Counter[str]:
        with context.connect() as connection:
            return context.cache.get_or_compute("places", lambda: count_by_place(connection))

    @router.get("/places")
    def places(request: Request) -> Response:
        counts = whole(tally())
        provinces = [unit for unit in all_units().values() if "/" not in unit.key]
        today = [_today(unit, counts) for unit in provinces if unit.until is None]
        return context.render_page(request, "places.html", today=today, total=len(provinces))

    @router.get("/place/{key:path}")
    def place(request: Request, key: str) -> Response:
        unit = all_units().get(key)
        if unit is None:
            raise HTTPException(404)
        counts = whole(tally())
        with context.connect() as connection:
            found = articles_about_place(connection, key, SHOWN)
        sites = [each for each in context.sites() if each.place == key]
        inside = [each for each in all_units().values() if each.key.startswith(f"{key}/")]
        told: dict[str, Any] = {
            "now": all_units()[unit_key_on(key, REFORM)],
            "into": [all_units()[each] for each in unit.into],
            "formers": [Counted(all_units()[each], counts[each]) for each in former_units(key)],
            "inside": _most(inside, counts),
            "parent": all_units()[unit.province] if "/" in key else None,
        }
        chart = bar_chart([(str(year), count, None) for year, count in found.years if year is not None])
        return context.render_page(
            request, "place.html", unit=unit, found=found, sites=sites, chart=chart, **told
        )

    return router


def whole(counts: Counter[str]) -> Counter[str]:
    """Counts of units with everything in them."""
    summed: Counter[str] = Counter()
    for key, count in counts.items():
        summed[key] += count
        if "/" in key:
            summed[key.partition("/")[0]] += count
    return summed


def _today(unit: Unit, counts: Counter[str]) -> tuple[Counted, list[Counted]]:
    """A province of today, with those that went into it."""
    before = [Counted(all_units()[key], counts[key]) for key in former_units(unit.key) if "/" not in key]
    return Counted(unit, counts[unit.key]), before


def _most(found: Iterable[Unit], counts: Counter[str]) -> list[Counted]:
    """Those that something was written of, the most first."""
    told = [Counted(unit, counts[unit.key]) for unit in found if counts[unit.key]]
    return sorted(told, key=lambda each: (-each.articles, each.unit.key))
