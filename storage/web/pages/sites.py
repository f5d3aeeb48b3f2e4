"""Pages of the sites: list, and each with its history, coverage and last visits."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from fastapi import APIRouter, HTTPException, Request, Response
from sqlalchemy import Connection

from storage.articles.statistics import by_month, by_year, gone_from, newest, shared_texts
from storage.gazetteer.units import all_units
from storage.runs import runs
from storage.svg_charts import bar_chart, month_calendar
from storage.web.context import WebContext
from storage.web.site_facts import SiteFacts

SITE_LEVEL_ORDER = (
    "central",
    "sector",
    "province",
    "district",
    "ward",
    "grassroots",
    "press",
    "office",
    "aggregator",
)
MAX_VISITS = 14  # in the table of visits
MAX_NEW_ARTICLES = 5


def routes(context: WebContext) -> APIRouter:
    """Return the routes of the list of sites and of each site."""
    site_pages = APIRouter()

    @site_pages.get("/sites")
    def sites(request: Request) -> Response:
        sites_by_level = defaultdict(list)
        for site_summary in context.sites():
            sites_by_level[site_summary.level].append(site_summary)
        ordered_sites = [
            (level, sites_by_level[level])
            for level in (*SITE_LEVEL_ORDER, *sites_by_level)
            if level in sites_by_level
        ]
        return context.render_page(
            request, "sites.html", groups=list(dict(ordered_sites).items()), units=all_units()
        )

    @site_pages.get("/site/{key}")
    def site(request: Request, key: str) -> Response:
        site_summary = next((site for site in context.sites() if site.key == key), None)
        if site_summary is None:
            raise HTTPException(404)
        with context.connect() as connection:
            site_details = _site_details(connection, key)
        site_place = all_units().get(site_summary.place or "")
        site_facts = context.settings.site_facts.get(key, SiteFacts())
        return context.render_page(
            request,
            "site.html",
            summary=site_summary,
            facts=site_facts,
            place=site_place,
            **site_details,
        )

    return site_pages


def _site_details(connection: Connection, key: str) -> dict[str, Any]:
    site_years = [
        (str(year), count, f"/search?q=site%3A{key}%20date%3A{year}")
        for year, count in by_year(connection, key)
        if year is not None
    ]
    last = runs.last_run_id(connection)
    return {
        "chart": bar_chart(site_years),
        "months": month_calendar(by_month(connection, key)),
        "visits": runs.finished_runs_before(connection, key, (last or 0) + 1, MAX_VISITS),
        "gone": gone_from(connection, key),
        "shared": shared_texts(connection, key),
        "new": newest(connection, MAX_NEW_ARTICLES, key),
    }
