"""Overview of a night or of some runs, with each site's past: the input of all reports."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from crawler.health.baseline import VisitNumbers, visit_numbers
from storage.runs import health_queries as health
from storage.runs import runs
from storage.runs import status_reviews as judgements
from storage.runs.runs import Run
from storage.runs.status_reviews import StatusReview

MAX_CHART_VISITS = 40  # visits in a chart, this one included


@dataclass(frozen=True, slots=True)
class SiteState:
    """One site: its run, and the visits before."""

    key: str
    name: str
    status: str
    run: Run
    past: tuple[VisitNumbers, ...]  # oldest first, this run last
    was_healthy: bool | None  # of the previous visit; None = no previous visit

    @property
    def report(self) -> Mapping[str, Any]:
        """The run's report; empty while it is running."""
        return self.run.report or {}

    @property
    def health(self) -> Mapping[str, Any]:
        """The run's health; empty in reports of older versions."""
        return self.report.get("health") or {}

    @property
    def problems(self) -> tuple[str, ...]:
        """Problems a person should look at, one line each."""
        return tuple(self.report.get("problems", ()))

    @property
    def failure(self) -> str | None:
        """The failure class, or None."""
        return (self.health.get("failing") or {}).get("kind")

    @property
    def trouble_kinds(self) -> tuple[str, ...]:
        """Kinds of trouble: the failure class, the signs of alarms, or `other`."""
        kinds = [self.failure] if self.failure else []
        kinds += [finding["sign"] for finding in self.health.get("findings", ()) if finding["alarm"]]
        return tuple(dict.fromkeys(kinds)) or (("other",) if self.in_trouble else ())

    @property
    def in_trouble(self) -> bool:
        """Whether a person has to look at the site."""
        return self.run.healthy is False

    @property
    def state_word(self) -> str:
        """One of trouble, notice, well, running."""
        if self.run.healthy is None:
            return "running"
        if self.in_trouble:
            return "trouble"
        return "notice" if self.health.get("findings") or self.health.get("proposal") else "well"

    @property
    def recovered(self) -> bool:
        """Whether the previous visit was in trouble and this one is not."""
        return bool(self.run.healthy) and self.was_healthy is False

    @property
    def new_trouble(self) -> bool:
        """Whether it is in trouble and was not at the previous visit."""
        return self.in_trouble and self.was_healthy is not False


STATE_ORDER = ("trouble", "running", "notice", "well")


@dataclass(frozen=True, slots=True)
class Overview:
    """Some runs, those in trouble first."""

    night: str
    at: datetime | None
    sites: tuple[SiteState, ...]
    proposals: tuple[StatusReview, ...]  # not yet decided
    undelivered: str  # why the last message did not arrive; empty = delivered or none

    @property
    def healthy(self) -> bool:
        """Whether every run is healthy."""
        return bool(self.sites) and all(site.run.healthy for site in self.sites)

    def summary(self) -> dict[str, Any]:
        """Return the night's counts, JSON-ready."""
        counts = {word: sum(site.state_word == word for site in self.sites) for word in STATE_ORDER}
        totals = {name: self._total(name) for name in ("new", "copy", "revised", "gone", "failed")}
        troubled = sorted(site.key for site in self.sites if site.in_trouble)
        return {
            "night": self.night,
            "at": self.at.isoformat() if self.at else None,
            "sites": len(self.sites),
            **counts,
            "troubled": troubled,
            "newly": sorted(site.key for site in self.sites if site.new_trouble),
            "recovered": sorted(site.key for site in self.sites if site.recovered),
            "articles": totals,
            "proposals": len(self.proposals),
            "undelivered": self.undelivered or None,
        }

    def _total(self, outcome: str) -> int:
        return sum(site.report.get("counts", {}).get(outcome, 0) for site in self.sites)

    def as_dict(self) -> dict[str, Any]:
        """JSON-ready."""
        proposals = [
            {"site": p.site, "was": p.was, "becomes": p.becomes, "evidence": list(p.evidence)}
            for p in self.proposals
        ]
        reports = [dict(site.report) for site in self.sites]
        return {"summary": self.summary(), "proposals": proposals, "runs": reports}


def build_overview(connection: Connection, chosen_runs: Sequence[Run]) -> Overview:
    """Build the overview of some runs: the newest of each site, those in trouble first."""
    newest = {run.site: run for run in sorted(chosen_runs, key=lambda run: run.id)}
    names = health.site_names(connection)
    states = [_site_state(connection, run, names) for run in newest.values()]
    rank = {word: place for place, word in enumerate(STATE_ORDER)}
    states.sort(key=lambda state: (rank[state.state_word], not state.new_trouble, state.key))
    night = max((run for run in newest.values()), key=lambda run: run.id, default=None)
    notice = judgements.last_notice(connection, delivered=False)
    return Overview(
        night=night.night if night else "",
        at=night.started_at if night else None,
        sites=tuple(states),
        proposals=judgements.open_proposals(connection),
        undelivered=notice.detail if notice and not notice.delivered else "",
    )


def _site_state(connection: Connection, run: Run, names: Mapping[str, tuple[str, str]]) -> SiteState:
    name, status = names.get(run.site, (run.site, ""))
    rows = [
        row
        for row in runs.finished_runs_before(connection, run.site, run.id, MAX_CHART_VISITS - 1)
        if row.dialled == run.dialled
    ]
    past = [visit_numbers(row.report or {}, row.as_of) for row in reversed(rows)]
    now = visit_numbers(run.report or {}, run.as_of)
    return SiteState(run.site, name, status, run, (*past, now), rows[0].healthy if rows else None)
