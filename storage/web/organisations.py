"""Organisations: the union bodies that issued what is kept, and each with its sites and their history."""

from __future__ import annotations

from collections import Counter
from functools import partial

from fastapi import APIRouter, HTTPException, Request, Response

from storage.holdings import SiteHeld
from storage.mentions import Found, of_organisation, tallied
from storage.web.charts import bars
from storage.web.desk import Desk
from storage.web.memory import LONG

SHOWN = 12  # articles
MOST = 200  # rows of a list


def routes(desk: Desk) -> APIRouter:
    """The list of organisations, and each of them."""
    router = APIRouter()

    def counts() -> Counter[str]:
        with desk.counting() as connection:
            return desk.memory.recall("bodies", lambda: tallied(connection, "organisation"), LONG)

    def articles(name: str) -> Found:
        with desk.counting() as connection:
            found = partial(of_organisation, connection, name, SHOWN)
            return desk.memory.recall(f"body: {name}", found, LONG)

    @router.get("/organisations")
    def organisations(request: Request) -> Response:
        told = counts()
        return desk.page(
            request, "organisations.html", found=told.most_common(MOST), total=len(told), most=MOST
        )

    @router.get("/organisation/{name:path}")
    def organisation(request: Request, name: str) -> Response:
        sites = [each for each in desk.sites() if name in _called(desk, each)]
        found = articles(name) if name in counts() else Found((), 0, ())  # names that are none cost nothing
        if not found.total and not sites:
            raise HTTPException(404)
        chart = bars([(str(year), count, None) for year, count in found.years if year is not None])
        facts = desk.room.facts
        return desk.page(
            request, "organisation.html", name=name, found=found, sites=sites, facts=facts, chart=chart
        )

    return router


def _called(desk: Desk, site: SiteHeld) -> tuple[str | None, ...]:
    """The unit a site is of: its name, or the owner its profile tells."""
    facts = desk.room.facts.get(site.key)
    return site.name, facts.owner if facts else None
