"""Organisations and documents: who issued what, and what is cited."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from fastapi import APIRouter, HTTPException, Request, Response

from storage.holdings import SiteHeld, sites_held
from storage.mentions import Cited, citing, documents, of_organisation, tallied
from storage.web.charts import bars
from storage.web.desk import Desk
from storage.web.places import MINUTES

SHOWN = 12  # articles
MOST = 200  # rows of a list


def routes(desk: Desk) -> APIRouter:
    """Lists of organisations and documents, and each of them."""
    router = APIRouter()

    @router.get("/organisations")
    def organisations(request: Request) -> Response:
        with desk.reading() as connection:
            counts = desk.memory.recall("bodies", lambda: tallied(connection, "organisation"), MINUTES)
        return desk.page(
            request, "organisations.html", found=counts.most_common(MOST), total=len(counts), most=MOST
        )

    @router.get("/organisation/{name:path}")
    def organisation(request: Request, name: str) -> Response:
        with desk.reading() as connection:
            found = of_organisation(connection, name, SHOWN)
            sites = [each for each in sites_held(connection) if name in _called(desk, each)]
        if not found.total and not sites:
            raise HTTPException(404)
        chart = bars([(str(year), count, None) for year, count in found.years if year is not None])
        facts = desk.room.facts
        return desk.page(
            request, "organisation.html", name=name, found=found, sites=sites, facts=facts, chart=chart
        )

    @router.get("/documents")
    def listed(request: Request) -> Response:
        found = _documents(desk)
        return desk.page(request, "documents.html", found=found[:MOST], total=len(found), most=MOST)

    @router.get("/document/{number:path}")
    def document(request: Request, number: str) -> Response:
        with desk.reading() as connection:
            found = citing(connection, number, SHOWN)
        cited = next((each for each in _documents(desk) if each.number == number), None)
        if not found.total:
            raise HTTPException(404)
        chart = bars([(str(year), count, None) for year, count in found.years if year is not None])
        told: dict[str, Any] = {"number": number, "cited": cited, "found": found, "chart": chart}
        itself = quote(f'title:"{number}" OR file:"{number}"', safe="")
        return desk.page(request, "document.html", itself=itself, **told)

    return router


def _called(desk: Desk, site: SiteHeld) -> tuple[str | None, ...]:
    """The unit a site is of: its name, or the owner its profile tells."""
    facts = desk.room.facts.get(site.key)
    return site.name, facts.owner if facts else None


def _documents(desk: Desk) -> tuple[Cited, ...]:
    with desk.reading() as connection:
        return desk.memory.recall("documents", lambda: documents(connection), MINUTES)
