"""Examine: the health of one visit, from the archive's rows and captures."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Connection

from crawler.health.baseline import Seen, middle, norm, seen_of
from crawler.health.drift import drift
from crawler.health.failure_class import Met, failing
from crawler.health.findings import Failing, Finding, Sign
from crawler.health.page_comparison import Bench, Pair, pairs, rebuilt, spam, uniform
from crawler.health.publication_rate import LOOKS_BACK, Rhythm, rhythm
from crawler.health.status_proposals import Life, Proposal, local_day, proposal
from spiders.profile.site_profile import SiteProfile
from storage.runs import health_queries as health
from storage.runs import runs
from storage.runs import status_reviews as judgements
from storage.runs.runs import Run
from storage.runs.status_reviews import ReviewDecision, StatusReview

REMEMBERS = 60  # visits
GOOD = 10  # of them, whose captures are looked through for how a page was
PATIENCE = timedelta(days=90)  # before a proposal that was refused is made again
LIVE = {"live"}  # silence is news only there


@dataclass(frozen=True, slots=True)
class Health:
    """What a visit says of a site, held against its past."""

    failing: Failing | None
    findings: tuple[Finding, ...]
    beat: Rhythm
    since: str | None  # the night on which the trouble that still lasts began; none = there is none
    visits: int  # of the past that were looked at
    proposal: Proposal | None

    @property
    def lines(self) -> tuple[str, ...]:
        """What a person should look at, one line each."""
        failed = (self.failing.told(),) if self.failing else ()
        signs = (f"{f.sign.value.replace('_', ' ')}: {f.message}" for f in self.findings if f.alarm)
        return (*failed, *signs)

    def as_dict(self) -> dict[str, Any]:
        """JSON-ready."""
        proposed = self.proposal
        return {
            "verdict": "trouble" if self.lines else "notice" if self.findings else "well",
            "failing": self.failing.as_dict() if self.failing else None,
            "findings": [finding.as_dict() for finding in self.findings],
            "rhythm": self.beat.told(),
            "silent": self.beat.silent,
            "allowed": self.beat.allowed,
            "per_week": round(self.beat.per_week, 2),
            "last": str(self.beat.last) if self.beat.last else None,
            "since": self.since,
            "visits": self.visits,
            "proposal": {"becomes": proposed.becomes, "evidence": list(proposed.evidence)}
            if proposed
            else None,
        }


@dataclass(frozen=True, slots=True)
class Case:
    """One visit to be examined."""

    profile: SiteProfile
    run: Run
    report: Mapping[str, Any]  # as RunReport.as_dict, before its health is known
    warcs: Path


def examine(connection: Connection, case: Case) -> Health:
    """The health of a visit that is about to end; what is proposed is kept."""
    profile, run = case.profile, case.run
    first = judgements.baseline_run(connection, profile.key)
    rows = [
        row
        for row in runs.finished_runs_before(connection, profile.key, run.id, REMEMBERS)
        if row.dialled == run.dialled and row.id >= first
    ]
    past = [seen_of(row.report or {}, row.as_of) for row in rows]
    now = replace(seen_of(case.report), at=run.as_of)
    today = local_day(run.as_of)
    counts = health.publication_days(connection, profile.key, today - timedelta(days=LOOKS_BACK))
    beat = rhythm(counts, today)
    found = _pages(connection, case, past)
    asked = [page.url for pair in found if pair.role == "article" for page, _ in pair.now]
    known = health.addresses_of_articles(connection, profile.key, asked)
    one_page = uniform(found, known, again=any(Sign.ONE_PAGE in visit.signs for visit in past[:2]))
    unusual = (*one_page, *_findings(case, now, past, found, (beat, counts)))
    failed = failing(_met(case, now, past, found, unusual))
    now = replace(now, failing=failed.kind.value if failed else None)
    why = failed.evidence if failed else ()
    proposed = proposal(Life(profile.status, [now, *past], why, beat, counts, today))
    examined = Health(failed, unusual, beat, None, len(past), _keep(connection, case, proposed))
    trouble = bool(examined.lines or case.report.get("problems"))
    return replace(examined, since=_since(rows, run) if trouble else None)


def _pages(connection: Connection, case: Case, past: Sequence[Seen]) -> tuple[Pair, ...]:
    good = [visit.run for visit in norm(past, Sign.LAYOUT)][:GOOD]
    return pairs(Bench(connection, case.warcs, case.profile), case.run.id, good)


def _findings(
    case: Case, now: Seen, past: Sequence[Seen], found: Sequence[Pair], beat: tuple[Rhythm, Mapping[Any, int]]
) -> Iterator[Finding]:
    again = bool(past) and Sign.LAYOUT in past[0].signs
    yield from rebuilt(found, again=again)
    yield from spam(found)
    if now.whole:
        status = case.profile.status
        for finding in drift(now, past, beat[0], beat[1], local_day(case.run.as_of)):
            if finding.sign not in {Sign.SILENT, Sign.FEWER} or status in LIVE:
                yield finding


def _met(
    case: Case, now: Seen, past: Sequence[Seen], found: Sequence[Pair], unusual: Sequence[Finding]
) -> Met:
    usual, _ = middle([visit.links for visit in norm(past, Sign.ROOT)])
    return Met(
        ending=now.ending,
        detail=case.report.get("detail", ""),
        tallies=case.report.get("tallies", ()),
        links=now.links,
        read=now.discovery,
        looks=[page for pair in found if pair.role == "root" for page, _ in pair.now],
        rebuilt=any(finding.sign is Sign.LAYOUT and finding.alarm for finding in unusual),
        usual_links=usual,
        uniform=[
            url for each in unusual if each.sign is Sign.ONE_PAGE and each.alarm for url in each.examples
        ],
    )


def _since(rows: Sequence[Run], run: Run) -> str:
    """The night on which trouble that still lasts began."""
    began = run.night
    for row in rows:
        if row.healthy:
            break
        began = row.night
    return began


def _keep(connection: Connection, case: Case, proposed: Proposal | None) -> Proposal | None:
    """Store a proposal, unless a person has refused it lately."""
    site, status = case.profile.key, case.profile.status
    judgements.withdraw_outdated(connection, site, status)
    if proposed is None:
        return None
    at = datetime.now(UTC)
    for said in judgements.read_reviews(connection, site):
        same = (said.was, said.becomes) == (status, proposed.becomes)
        if same and said.decision is ReviewDecision.REFUSED and at - (said.decided_at or at) < PATIENCE:
            return None
    new = StatusReview(
        0, site, status, proposed.becomes, proposed.evidence, case.run.id, at, None, None, None
    )
    judgements.propose_status(connection, new)
    return proposed
