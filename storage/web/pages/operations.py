"""Operator's page: the last nights, sites in trouble, and proposed statuses to decide on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Any, NamedTuple

from fastapi import APIRouter, Depends, Form, HTTPException, Request, Response
from fastapi.responses import RedirectResponse
from sqlalchemy import Connection

from storage.runs import health_queries as health
from storage.runs import runs, status_reviews
from storage.runs.runs import Run
from storage.runs.status_reviews import ReviewDecision
from storage.web.auth.authorization import require_role, require_user_with_role
from storage.web.context import WebContext
from storage.web.roles import Role

MAX_OPERATION_NIGHTS = 14
MAX_OPERATION_REVIEWS = 10
OPERATOR_DECISIONS = {"accept": ReviewDecision.ACCEPTED, "refuse": ReviewDecision.REFUSED}
OperatorNote = Annotated[str, Form(max_length=2000)]
OperatorDecision = Annotated[str, Form(max_length=20)]
OperatedSiteKey = Annotated[str, Form(max_length=80)]
OPERATION_PREFIX = "/operation"


class TroubleClass(NamedTuple):
    """A failure class or warning sign, out of closed lists."""

    kind: str  # failure, or sign
    word: str
    advice: str  # what to do about it, in English


@dataclass(frozen=True, slots=True)
class TroubledSite:
    """A site whose last visit needs the operator's attention."""

    key: str
    name: str
    status: str
    run: Run

    @property
    def report(self) -> Mapping[str, Any]:
        """Report of the last visit."""
        return self.run.report or {}

    @property
    def problems(self) -> tuple[str, ...]:
        """Problems of the last visit, one line each."""
        return tuple(map(str, self.report.get("problems", ())))

    @property
    def classes(self) -> tuple[TroubleClass, ...]:
        """Failure class and warning signs of the last visit, each once."""
        health_report = self.report.get("health") or {}
        failure = health_report.get("failing") or {}
        classes = [TroubleClass("failure", str(failure["kind"]), str(failure["advice"]))] if failure else []
        alarms = (finding for finding in health_report.get("findings", ()) if finding.get("alarm"))
        classes += [TroubleClass("sign", str(alarm["sign"]), str(alarm["advice"])) for alarm in alarms]
        return tuple(dict.fromkeys(classes))

    @property
    def since(self) -> str:
        """Night the trouble began; empty = unknown."""
        return str((self.report.get("health") or {}).get("since") or "")


def routes(context: WebContext) -> APIRouter:
    """Return the routes of the operator's page and its two forms, for operators alone."""
    operation_pages = APIRouter(prefix=OPERATION_PREFIX, dependencies=[Depends(require_role(Role.OPERATOR))])

    @operation_pages.get("")
    def operation(request: Request) -> Response:
        with context.connect() as connection:
            operation_variables: dict[str, Any] = {
                "nights": runs.recent_nights(connection, MAX_OPERATION_NIGHTS),
                "troubled": _troubled_sites(connection),
                "proposed": status_reviews.open_proposals(connection),
                "judged": [
                    review
                    for review in status_reviews.read_reviews(connection, limit=MAX_OPERATION_REVIEWS)
                    if review.decision
                ],
                "notice": status_reviews.last_notice(connection, delivered=False),
                "sites": health.site_names(connection),
            }
        return context.render_page(request, "operations.html", **operation_variables)

    _add_operation_forms(operation_pages, context)
    return operation_pages


def _add_operation_forms(operation_pages: APIRouter, context: WebContext) -> None:
    """Add the forms; `congdoan site judge` makes the same decisions and can write the profile, too."""

    @operation_pages.post("/judge/{number:number}")
    def judge(request: Request, number: int, word: OperatorDecision, note: OperatorNote = "") -> Response:
        require_user_with_role(request, Role.OPERATOR)
        if word not in OPERATOR_DECISIONS:
            raise HTTPException(404)
        with context.engine.begin() as connection:
            if not status_reviews.decide_review(
                connection, number, OPERATOR_DECISIONS[word], datetime.now(UTC), note.strip()
            ):
                raise HTTPException(404)
        return RedirectResponse(f"{OPERATION_PREFIX}#judged", 303)

    @operation_pages.post("/usual")
    def usual(request: Request, site: OperatedSiteKey, note: OperatorNote = "") -> Response:
        require_user_with_role(request, Role.OPERATOR)
        with context.engine.begin() as connection:
            last_run = runs.newest_run(connection, site)
            name_and_status = health.site_names(connection).get(site)
            if last_run is None or name_and_status is None:
                raise HTTPException(404)
            status_reviews.accept_as_usual(
                connection, site, name_and_status[1], last_run.id, datetime.now(UTC), note.strip()
            )
        return RedirectResponse(f"{OPERATION_PREFIX}#judged", 303)


def _troubled_sites(connection: Connection) -> tuple[TroubledSite, ...]:
    """Return the sites whose newest finished visit is unhealthy and was not accepted as usual, by name."""
    names = health.site_names(connection)
    troubled_sites = [
        TroubledSite(run.site, *names.get(run.site, (run.site, "")), run)
        for run in runs.newest_run_of_each_site(connection)
        if run.healthy is False and status_reviews.baseline_run(connection, run.site) < run.id
    ]
    return tuple(sorted(troubled_sites, key=lambda troubled_site: troubled_site.name))
