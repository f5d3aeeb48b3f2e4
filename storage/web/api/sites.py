"""Sites: whose each is, what is kept of it, and how its visits went."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, HTTPException, Query, Request, Response
from sqlalchemy import Connection
from typing_extensions import Doc

from storage.articles.statistics import SharedTexts, SiteSummary, by_year, shared_texts
from storage.runs import runs
from storage.web.api.parameters import HIGHEST, After, Key, Number, page_of, read_cursor, write_cursor
from storage.web.api.responses import reply
from storage.web.api.search import Year
from storage.web.context import WebContext
from storage.web.settings import SiteFacts

MOST = 500  # sites of a page
MOST_RUNS = 100  # runs of a page


@dataclass(frozen=True, slots=True)
class Visit:
    """One visit to one site."""

    number: Annotated[int, Doc("of the run")]
    site: Annotated[str, Doc("key of the site")]
    night: Annotated[str, Doc("name of the night")]
    as_of: Annotated[datetime, Doc("the instant it was planned for")]
    started_at: Annotated[datetime, Doc("when it began")]
    finished_at: Annotated[datetime | None, Doc("when it ended; none = it has not")]
    attempts: Annotated[int, Doc("processes that worked on it; over 1 = it was interrupted and resumed")]
    dialled: Annotated[bool, Doc("made of a replica, not of the site")]
    ending: Annotated[str | None, Doc("finished, budget, deadline, shutdown, …")]
    healthy: Annotated[bool | None, Doc("what its counts say of the site; none = it has not ended")]
    problems: Annotated[tuple[str, ...], Doc("why it is not healthy, in words")]


@dataclass(frozen=True, slots=True)
class Visited:
    """One visit with its report."""

    visit: Visit
    report: Annotated[
        Mapping[str, Any] | None, Doc("counts that add up, fill rates, problems with their evidence")
    ]


@dataclass(frozen=True, slots=True)
class Visits:
    """One page of the visits to a site."""

    runs: Annotated[tuple[Visit, ...], Doc("that ended, the newest first")]
    next: Annotated[str | None, Doc("the cursor of the page after this one: pass it as `after`")]


@dataclass(frozen=True, slots=True)
class Sites:
    """One page of the sites."""

    sites: Annotated[tuple[SiteSummary, ...], Doc("by name")]
    next: Annotated[str | None, Doc("the cursor of the page after this one: pass it as `after`")]


@dataclass(frozen=True, slots=True)
class Site:
    """One site."""

    site: Annotated[SiteSummary, Doc("what is kept of it")]
    facts: Annotated[SiteFacts | None, Doc("what its profile tells of its life")]
    health: Annotated[Visit | None, Doc("the last visit that ended")]
    years: Annotated[
        tuple[Year, ...], Doc("articles first seen there, by year of publication, without gaps; undated last")
    ]
    shared: Annotated[
        tuple[SharedTexts, ...], Doc("the sites that texts of it stand on too, those with most of them first")
    ]


def routes(context: WebContext) -> APIRouter:
    """Sites and their visits."""
    router = APIRouter(tags=["sites"])
    _sites(router, context)
    _runs(router, context)
    return router


def _sites(router: APIRouter, context: WebContext) -> None:
    @router.get("/sites", response_model=Sites, summary="Every site the archive knows")
    def sites(
        request: Request,
        limit: Annotated[int, Query(ge=1, le=MOST, description="sites of a page")] = 100,
        after: After = None,
    ) -> Response:
        shown, more = page_of("sites", context.sites(), after, limit)
        return reply(request, Sites(shown, more))

    @router.get("/sites/{key}", response_model=Site, summary="A site, with its health")
    def site(request: Request, key: Key) -> Response:
        held = _held(context, key)
        with context.connect() as connection:
            told = Site(
                site=held,
                facts=context.settings.site_facts.get(key),
                health=next(iter(_ended(connection, key, HIGHEST, 1)), None),
                years=tuple(Year(year, count) for year, count in by_year(connection, key)),
                shared=shared_texts(connection, key),
            )
        return reply(request, told)


def _runs(router: APIRouter, context: WebContext) -> None:
    @router.get("/sites/{key}/runs", response_model=Visits, summary="The visits to a site, the newest first")
    def history(
        request: Request,
        key: Key,
        limit: Annotated[int, Query(ge=1, le=MOST_RUNS, description="runs of a page")] = 20,
        after: After = None,
    ) -> Response:
        before = read_cursor("runs", after) or HIGHEST
        _held(context, key)
        with context.connect() as connection:
            found = _ended(connection, key, before, limit + 1)
        more = write_cursor("runs", found[limit - 1].number) if len(found) > limit else None
        return reply(request, Visits(found[:limit], more))

    @router.get("/runs/{number}", response_model=Visited, summary="One visit with its report")
    def run(request: Request, number: Number) -> Response:
        with context.connect() as connection:
            found = runs.run_by_id(connection, number)
        if found is None:
            raise HTTPException(404, f"there is no run {number}")
        return reply(request, Visited(_visit(found), found.report))


def _held(context: WebContext, key: str) -> SiteSummary:
    for each in context.sites():
        if each.key == key:
            return each
    raise HTTPException(404, "there is no site of that key")


def _ended(connection: Connection, key: str, before: int, limit: int) -> tuple[Visit, ...]:
    return tuple(map(_visit, runs.finished_runs_before(connection, key, before, limit)))


def _visit(run: runs.Run) -> Visit:
    problems = (run.report or {}).get("problems", ())
    return Visit(
        number=run.id,
        site=run.site,
        night=run.night,
        as_of=run.as_of,
        started_at=run.started_at,
        finished_at=run.finished_at,
        attempts=run.attempts,
        dialled=run.dialled,
        ending=run.ending,
        healthy=run.healthy,
        problems=tuple(map(str, problems)) if isinstance(problems, list | tuple) else (),
    )
