"""Sites: whose each is, how it lived, what is kept of it, and how the last visits went."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from fastapi import APIRouter, HTTPException, Request, Response

from storage.articles.statistics import by_month, by_year, gone_from, newest, shared_texts
from storage.gazetteer.units import all_units
from storage.runs import runs
from storage.svg_charts import bar_chart, month_calendar
from storage.web.context import WebContext
from storage.web.settings import SiteFacts

LEVELS = ("central", "sector", "province", "district", "ward", "grassroots", "press", "office", "aggregator")
NIGHTS = 14  # visits shown
NEW = 5  # articles


def routes(context: WebContext) -> APIRouter:
    """The list of sites, and each of them."""
    router = APIRouter()

    @router.get("/sites")
    def sites(request: Request) -> Response:
        groups = defaultdict(list)
        for each in context.sites():
            groups[each.level].append(each)
        ordered = [(level, groups[level]) for level in (*LEVELS, *groups) if level in groups]
        return context.render_page(
            request, "sites.html", groups=list(dict(ordered).items()), units=all_units()
        )

    @router.get("/site/{key}")
    def site(request: Request, key: str) -> Response:
        held = next((each for each in context.sites() if each.key == key), None)
        if held is None:
            raise HTTPException(404)
        with context.connect() as connection:
            years = [
                (str(year), count, f"/search?q=site%3A{key}%20date%3A{year}")
                for year, count in by_year(connection, key)
                if year is not None
            ]
            last = runs.last_run_id(connection)
            told: dict[str, Any] = {
                "months": month_calendar(by_month(connection, key)),
                "visits": runs.finished_runs_before(connection, key, (last or 0) + 1, NIGHTS),
                "gone": gone_from(connection, key),
                "shared": shared_texts(connection, key),
                "new": newest(connection, NEW, key),
            }
        place = all_units().get(held.place or "")
        facts = context.settings.site_facts.get(key, SiteFacts())
        return context.render_page(
            request, "site.html", held=held, facts=facts, place=place, chart=bar_chart(years), **told
        )

    return router
