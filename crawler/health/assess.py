"""Assess the health of one visit: failure class, findings, publication rate and a proposed status."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Connection

from crawler.health.baseline import VisitNumbers, baseline_visits, median_and_spread, visit_numbers
from crawler.health.drift import drift_findings
from crawler.health.failure_class import VisitEvidence, classify_failure
from crawler.health.findings import ClassifiedFailure, HealthFinding, Sign
from crawler.health.page_comparison import (
    CapturedPageReader,
    PageComparison,
    compare_pages,
    layout_findings,
    same_page_findings,
    spam_findings,
)
from crawler.health.publication_rate import LOOKBACK_DAYS, PublicationRate, publication_rate
from crawler.health.status_proposals import StatusHistory, StatusProposal, local_day, propose_status
from spiders.profile.site_profile import SiteProfile
from storage.runs import health_queries as health
from storage.runs import runs
from storage.runs import status_reviews as judgements
from storage.runs.runs import Run
from storage.runs.status_reviews import ReviewDecision, StatusReview

MAX_PAST_VISITS = 60  # visits
MAX_GOOD_RUNS = 10  # of them, whose captures are looked through for how a page was
REFUSED_PROPOSAL_PAUSE = timedelta(days=90)  # before a proposal that was refused is made again
RATE_WATCHED_STATUSES = {"live"}  # silence is news only there


@dataclass(frozen=True, slots=True)
class HealthAssessment:
    """The health of a site after a visit, compared with its past."""

    failure: ClassifiedFailure | None
    findings: tuple[HealthFinding, ...]
    rate: PublicationRate
    since: str | None  # night on which the lasting trouble began; None = no trouble
    past_visits: int  # of the past that were compared
    proposal: StatusProposal | None

    @property
    def lines(self) -> tuple[str, ...]:
        """Problems a person should look at, one line each."""
        failed = (self.failure.summary(),) if self.failure else ()
        signs = (f"{f.sign.value.replace('_', ' ')}: {f.message}" for f in self.findings if f.alarm)
        return (*failed, *signs)

    def as_dict(self) -> dict[str, Any]:
        """JSON-ready."""
        proposed = self.proposal
        return {
            "verdict": "trouble" if self.lines else "notice" if self.findings else "well",
            "failing": self.failure.as_dict() if self.failure else None,
            "findings": [finding.as_dict() for finding in self.findings],
            "rhythm": self.rate.summary(),
            "silent": self.rate.silent_days,
            "allowed": self.rate.allowed_silence,
            "per_week": round(self.rate.per_week, 2),
            "last": str(self.rate.last_day) if self.rate.last_day else None,
            "since": self.since,
            "visits": self.past_visits,
            "proposal": {"becomes": proposed.becomes, "evidence": list(proposed.evidence)}
            if proposed
            else None,
        }


@dataclass(frozen=True, slots=True)
class AssessedVisit:
    """One visit to be assessed, with its report and the WARC folder."""

    profile: SiteProfile
    run: Run
    report: Mapping[str, Any]  # as RunReport.as_dict, without the health
    warcs: Path


def assess_visit(connection: Connection, case: AssessedVisit) -> HealthAssessment:
    """Assess a visit that is about to end; store the status it proposes."""
    profile, run = case.profile, case.run
    first = judgements.baseline_run(connection, profile.key)
    rows = [
        row
        for row in runs.finished_runs_before(connection, profile.key, run.id, MAX_PAST_VISITS)
        if row.dialled == run.dialled and row.id >= first
    ]
    past = [visit_numbers(row.report or {}, row.as_of) for row in rows]
    now = replace(visit_numbers(case.report), at=run.as_of)
    today = local_day(run.as_of)
    counts = health.publication_days(connection, profile.key, today - timedelta(days=LOOKBACK_DAYS))
    rate = publication_rate(counts, today)
    comparisons = _page_comparisons(connection, case, past)
    article_urls = [page.url for pair in comparisons if pair.role == "article" for page, _ in pair.now]
    shown_before = health.addresses_of_articles(connection, profile.key, article_urls)
    one_page = same_page_findings(
        comparisons, shown_before, found_before=any(Sign.ONE_PAGE in visit.signs for visit in past[:2])
    )
    findings = (*one_page, *_findings(case, now, past, comparisons, (rate, counts)))
    failure = classify_failure(_visit_evidence(case, now, past, comparisons, findings))
    now = replace(now, failure=failure.kind.value if failure else None)
    failure_evidence = failure.evidence if failure else ()
    proposed = propose_status(
        StatusHistory(profile.status, [now, *past], failure_evidence, rate, counts, today)
    )
    assessment = HealthAssessment(
        failure, findings, rate, None, len(past), _store_proposal(connection, case, proposed)
    )
    trouble = bool(assessment.lines or case.report.get("problems"))
    return replace(assessment, since=_trouble_since(rows, run) if trouble else None)


def _page_comparisons(
    connection: Connection, case: AssessedVisit, past: Sequence[VisitNumbers]
) -> tuple[PageComparison, ...]:
    good_runs = [visit.run for visit in baseline_visits(past, Sign.LAYOUT)][:MAX_GOOD_RUNS]
    return compare_pages(CapturedPageReader(connection, case.warcs, case.profile), case.run.id, good_runs)


def _findings(
    case: AssessedVisit,
    now: VisitNumbers,
    past: Sequence[VisitNumbers],
    comparisons: Sequence[PageComparison],
    rate: tuple[PublicationRate, Mapping[Any, int]],
) -> Iterator[HealthFinding]:
    layout_found_before = bool(past) and Sign.LAYOUT in past[0].signs
    yield from layout_findings(comparisons, found_before=layout_found_before)
    yield from spam_findings(comparisons)
    if now.is_complete:
        status = case.profile.status
        for finding in drift_findings(now, past, rate[0], rate[1], local_day(case.run.as_of)):
            if finding.sign not in {Sign.SILENT, Sign.FEWER} or status in RATE_WATCHED_STATUSES:
                yield finding


def _visit_evidence(
    case: AssessedVisit,
    now: VisitNumbers,
    past: Sequence[VisitNumbers],
    comparisons: Sequence[PageComparison],
    findings: Sequence[HealthFinding],
) -> VisitEvidence:
    usual, _ = median_and_spread([visit.article_links for visit in baseline_visits(past, Sign.ROOT)])
    return VisitEvidence(
        ending=now.ending,
        detail=case.report.get("detail", ""),
        tallies=case.report.get("tallies", ()),
        article_links=now.article_links,
        discovery_pages=now.discovery_pages,
        root_pages=[page for pair in comparisons if pair.role == "root" for page, _ in pair.now],
        layout_changed=any(finding.sign is Sign.LAYOUT and finding.alarm for finding in findings),
        usual_links=usual,
        same_page_urls=[
            url
            for same_page in findings
            if same_page.sign is Sign.ONE_PAGE and same_page.alarm
            for url in same_page.examples
        ],
    )


def _trouble_since(rows: Sequence[Run], run: Run) -> str:
    """Return the night on which the lasting trouble began."""
    began = run.night
    for row in rows:
        if row.healthy:
            break
        began = row.night
    return began


def _store_proposal(
    connection: Connection, case: AssessedVisit, proposed: StatusProposal | None
) -> StatusProposal | None:
    """Store the proposed status, unless a person refused it within the last 90 days."""
    site, status = case.profile.key, case.profile.status
    judgements.withdraw_outdated(connection, site, status)
    if proposed is None:
        return None
    at = datetime.now(UTC)
    for review in judgements.read_reviews(connection, site):
        same_change = (review.was, review.becomes) == (status, proposed.becomes)
        if (
            same_change
            and review.decision is ReviewDecision.REFUSED
            and at - (review.decided_at or at) < REFUSED_PROPOSAL_PAUSE
        ):
            return None
    new = StatusReview(
        0, site, status, proposed.becomes, proposed.evidence, case.run.id, at, None, None, None
    )
    judgements.propose_status(connection, new)
    return proposed
