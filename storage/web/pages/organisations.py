"""Organisations: the union bodies that issued what is kept, and each with its sites and their history."""

from __future__ import annotations

from fastapi import APIRouter, HTTPException, Request, Response

from storage.articles.entity_index import articles_of_organisation, count_by_organisation
from storage.articles.statistics import SiteSummary
from storage.web.context import Desk
from storage.web.rendering.charts import bars

SHOWN = 12  # articles
MOST = 200  # rows of a list


def routes(desk: Desk) -> APIRouter:
    """The list of organisations, and each of them."""
    router = APIRouter()

    @router.get("/organisations")
    def organisations(request: Request) -> Response:
        with desk.reading() as connection:
            told = desk.memory.recall("bodies", lambda: count_by_organisation(connection))
        return desk.page(
            request, "organisations.html", found=told.most_common(MOST), total=len(told), most=MOST
        )

    @router.get("/organisation/{name:path}")
    def organisation(request: Request, name: str) -> Response:
        sites = [each for each in desk.sites() if name in _called(desk, each)]
        with desk.reading() as connection:
            found = articles_of_organisation(connection, name, SHOWN)
        if not found.total and not sites:
            raise HTTPException(404)
        chart = bars([(str(year), count, None) for year, count in found.years if year is not None])
        facts = desk.room.facts
        return desk.page(
            request, "organisation.html", name=name, found=found, sites=sites, facts=facts, chart=chart
        )

    return router


def _called(desk: Desk, site: SiteSummary) -> tuple[str | None, ...]:
    """The unit a site is of: its name, or the owner its profile tells."""
    facts = desk.room.facts.get(site.key)
    return site.name, facts.owner if facts else None
