"""Sites in the API: what is archived of each, what its profile says, and its visits."""

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
from storage.web.api.parameters import (
    MAX_NUMBER,
    After,
    Number,
    SiteKey,
    cursor_page,
    read_cursor,
    write_cursor,
)
from storage.web.api.responses import json_response
from storage.web.api.search import YearCount
from storage.web.context import WebContext
from storage.web.site_facts import SiteFacts

MAX_SITES = 500  # of a page
MAX_SITE_VISITS = 100  # of a page


@dataclass(frozen=True, slots=True)
class VisitSummary:
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
class VisitReport:
    """One visit with its report."""

    visit: VisitSummary
    report: Annotated[
        Mapping[str, Any] | None, Doc("counts that add up, fill rates, problems with their evidence")
    ]


@dataclass(frozen=True, slots=True)
class VisitList:
    """One page of the visits to a site."""

    runs: Annotated[tuple[VisitSummary, ...], Doc("that ended, the newest first")]
    next: Annotated[str | None, Doc("the cursor of the page after this one: pass it as `after`")]


@dataclass(frozen=True, slots=True)
class SiteList:
    """One page of the sites."""

    sites: Annotated[tuple[SiteSummary, ...], Doc("by name")]
    next: Annotated[str | None, Doc("the cursor of the page after this one: pass it as `after`")]


@dataclass(frozen=True, slots=True)
class SiteDetail:
    """One site."""

    site: Annotated[SiteSummary, Doc("what is archived of it")]
    facts: Annotated[SiteFacts | None, Doc("what its profile says of its history")]
    health: Annotated[VisitSummary | None, Doc("the last visit that ended")]
    years: Annotated[
        tuple[YearCount, ...],
        Doc("articles first seen there, by year of publication, without gaps; undated last"),
    ]
    shared: Annotated[
        tuple[SharedTexts, ...], Doc("the sites that texts of it stand on too, those with most of them first")
    ]


def routes(context: WebContext) -> APIRouter:
    """Return the routes of sites and their visits."""
    sites_api = APIRouter(tags=["sites"])
    _add_site_routes(sites_api, context)
    _add_site_visit_routes(sites_api, context)
    return sites_api


def _add_site_routes(sites_api: APIRouter, context: WebContext) -> None:
    @sites_api.get("/sites", response_model=SiteList, summary="Every site the archive knows")
    def sites(
        request: Request,
        limit: Annotated[int, Query(ge=1, le=MAX_SITES, description="sites of a page")] = 100,
        after: After = None,
    ) -> Response:
        page_sites, next_cursor = cursor_page("sites", context.sites(), after, limit)
        return json_response(request, SiteList(page_sites, next_cursor))

    @sites_api.get("/sites/{key}", response_model=SiteDetail, summary="A site, with its health")
    def site(request: Request, key: SiteKey) -> Response:
        site_summary = _site_summary(context, key)
        with context.connect() as connection:
            site_detail = SiteDetail(
                site=site_summary,
                facts=context.settings.site_facts.get(key),
                health=next(iter(_finished_visits(connection, key, MAX_NUMBER, 1)), None),
                years=tuple(YearCount(year, count) for year, count in by_year(connection, key)),
                shared=shared_texts(connection, key),
            )
        return json_response(request, site_detail)


def _add_site_visit_routes(sites_api: APIRouter, context: WebContext) -> None:
    @sites_api.get(
        "/sites/{key}/runs", response_model=VisitList, summary="The visits to a site, the newest first"
    )
    def history(
        request: Request,
        key: SiteKey,
        limit: Annotated[int, Query(ge=1, le=MAX_SITE_VISITS, description="runs of a page")] = 20,
        after: After = None,
    ) -> Response:
        before_visit = read_cursor("runs", after) or MAX_NUMBER
        _site_summary(context, key)
        with context.connect() as connection:
            site_visits = _finished_visits(connection, key, before_visit, limit + 1)
        next_cursor = (
            write_cursor("runs", site_visits[limit - 1].number) if len(site_visits) > limit else None
        )
        return json_response(request, VisitList(site_visits[:limit], next_cursor))

    @sites_api.get("/runs/{number}", response_model=VisitReport, summary="One visit with its report")
    def run(request: Request, number: Number) -> Response:
        with context.connect() as connection:
            site_visit = runs.run_by_id(connection, number)
        if site_visit is None:
            raise HTTPException(404, f"there is no run {number}")
        return json_response(request, VisitReport(_visit_summary(site_visit), site_visit.report))


def _site_summary(context: WebContext, key: str) -> SiteSummary:
    for site_summary in context.sites():
        if site_summary.key == key:
            return site_summary
    raise HTTPException(404, "there is no site of that key")


def _finished_visits(
    connection: Connection, key: str, before_visit: int, limit: int
) -> tuple[VisitSummary, ...]:
    return tuple(map(_visit_summary, runs.finished_runs_before(connection, key, before_visit, limit)))


def _visit_summary(visit: runs.Run) -> VisitSummary:
    visit_problems = (visit.report or {}).get("problems", ())
    return VisitSummary(
        number=visit.id,
        site=visit.site,
        night=visit.night,
        as_of=visit.as_of,
        started_at=visit.started_at,
        finished_at=visit.finished_at,
        attempts=visit.attempts,
        dialled=visit.dialled,
        ending=visit.ending,
        healthy=visit.healthy,
        problems=tuple(map(str, visit_problems)) if isinstance(visit_problems, list | tuple) else (),
    )
