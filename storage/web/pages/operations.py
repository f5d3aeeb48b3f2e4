"""Operating: the last nights, the sites in trouble, and what a person is asked to judge."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Any, NamedTuple

from fastapi import APIRouter, Depends, Form, HTTPException, Request, Response
from fastapi.responses import RedirectResponse
from sqlalchemy import Connection

from storage.runs import health_queries as health
from storage.runs import runs
from storage.runs import status_reviews as judgements
from storage.runs.runs import Run
from storage.runs.status_reviews import ReviewDecision
from storage.web.auth.authorization import require_role, require_user_with_role
from storage.web.auth.roles import Role
from storage.web.context import WebContext

NIGHTS = 14  # shown
JUDGED = 10  # judgements shown
WORDS = {"accept": ReviewDecision.ACCEPTED, "refuse": ReviewDecision.REFUSED}
Note = Annotated[str, Form(max_length=2000)]
Word = Annotated[str, Form(max_length=20)]
Key = Annotated[str, Form(max_length=80)]
HERE = "/operation"


class Class(NamedTuple):
    """A class of trouble, out of a closed list."""

    kind: str  # failure, or sign
    word: str
    advice: str  # what to do about it, in English


@dataclass(frozen=True, slots=True)
class TroubledSite:
    """A site whose last visit needs a person, or is worth knowing of."""

    key: str
    name: str
    status: str
    run: Run

    @property
    def report(self) -> Mapping[str, Any]:
        """The report of the visit."""
        return self.run.report or {}

    @property
    def problems(self) -> tuple[str, ...]:
        """What is wrong, each in a line."""
        return tuple(map(str, self.report.get("problems", ())))

    @property
    def classes(self) -> tuple[Class, ...]:
        """What its trouble is called, each once."""
        told = self.report.get("health") or {}
        failing = told.get("failing") or {}
        found = [Class("failure", str(failing["kind"]), str(failing["advice"]))] if failing else []
        alarms = (each for each in told.get("findings", ()) if each.get("alarm"))
        found += [Class("sign", str(each["sign"]), str(each["advice"])) for each in alarms]
        return tuple(dict.fromkeys(found))

    @property
    def since(self) -> str:
        """The night its trouble began; empty = not told."""
        return str((self.report.get("health") or {}).get("since") or "")


def routes(context: WebContext) -> APIRouter:
    """The operator's page, and the two forms on it."""
    router = APIRouter(prefix=HERE, dependencies=[Depends(require_role(Role.OPERATOR))])

    @router.get("")
    def operation(request: Request) -> Response:
        with context.connect() as connection:
            told: dict[str, Any] = {
                "nights": runs.recent_nights(connection, NIGHTS),
                "troubled": _troubled(connection),
                "proposed": judgements.open_proposals(connection),
                "judged": [
                    each for each in judgements.read_reviews(connection, limit=JUDGED) if each.decision
                ],
                "notice": judgements.last_notice(connection, delivered=False),
                "sites": health.site_names(connection),
            }
        return context.render_page(request, "operations.html", **told)

    _judging(router, context)
    return router


def _judging(router: APIRouter, context: WebContext) -> None:
    """The same judgement as `congdoan site judge`, which can write the profile, too."""

    @router.post("/judge/{number:number}")
    def judge(request: Request, number: int, word: Word, note: Note = "") -> Response:
        require_user_with_role(request, Role.OPERATOR)
        if word not in WORDS:
            raise HTTPException(404)
        with context.engine.begin() as connection:
            if not judgements.decide_review(connection, number, WORDS[word], datetime.now(UTC), note.strip()):
                raise HTTPException(404)
        return RedirectResponse(f"{HERE}#judged", 303)

    @router.post("/usual")
    def usual(request: Request, site: Key, note: Note = "") -> Response:
        require_user_with_role(request, Role.OPERATOR)
        with context.engine.begin() as connection:
            last, known = runs.newest_run(connection, site), health.site_names(connection).get(site)
            if last is None or known is None:
                raise HTTPException(404)
            judgements.accept_as_usual(connection, site, known[1], last.id, datetime.now(UTC), note.strip())
        return RedirectResponse(f"{HERE}#judged", 303)


def _troubled(connection: Connection) -> tuple[TroubledSite, ...]:
    """Sites whose newest finished visit needs a person and was not called usual since, by name."""
    names = health.site_names(connection)
    found = [
        TroubledSite(run.site, *names.get(run.site, (run.site, "")), run)
        for run in runs.newest_run_of_each_site(connection)
        if run.healthy is False and judgements.baseline_run(connection, run.site) < run.id
    ]
    return tuple(sorted(found, key=lambda each: each.name))
