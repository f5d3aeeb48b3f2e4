"""Organisations: the union bodies that issued what is kept, and each with its sites and their history."""

from __future__ import annotations

from fastapi import APIRouter, HTTPException, Request, Response

from storage.articles.entity_index import articles_of_organisation, count_by_organisation
from storage.articles.statistics import SiteSummary
from storage.svg_charts import bar_chart
from storage.web.context import WebContext

SHOWN = 12  # articles
MOST = 200  # rows of a list


def routes(context: WebContext) -> APIRouter:
    """The list of organisations, and each of them."""
    router = APIRouter()

    @router.get("/organisations")
    def organisations(request: Request) -> Response:
        with context.connect() as connection:
            told = context.cache.get_or_compute("bodies", lambda: count_by_organisation(connection))
        return context.render_page(
            request, "organisations.html", found=told.most_common(MOST), total=len(told), most=MOST
        )

    @router.get("/organisation/{name:path}")
    def organisation(request: Request, name: str) -> Response:
        sites = [each for each in context.sites() if name in _called(context, each)]
        with context.connect() as connection:
            found = articles_of_organisation(connection, name, SHOWN)
        if not found.total and not sites:
            raise HTTPException(404)
        chart = bar_chart([(str(year), count, None) for year, count in found.years if year is not None])
        facts = context.settings.site_facts
        return context.render_page(
            request, "organisation.html", name=name, found=found, sites=sites, facts=facts, chart=chart
        )

    return router


def _called(context: WebContext, site: SiteSummary) -> tuple[str | None, ...]:
    """The unit a site is of: its name, or the owner its profile tells."""
    facts = context.settings.site_facts.get(site.key)
    return site.name, facts.owner if facts else None
