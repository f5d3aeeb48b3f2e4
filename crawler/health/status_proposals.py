"""Propose a change of a profile's status from a site's past visits (pure); a person decides."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from crawler.health.baseline import VisitNumbers
from crawler.health.findings import Failure
from crawler.health.publication_rate import PublicationRate

FROZEN_AFTER = timedelta(days=120)  # without an article, and three times the usual silence
MIN_ARTICLES_TO_REVIVE = 2  # in the last 30 days
REVIVAL_PERIOD = timedelta(days=30)
# failure class → (proposed status, visits in a row that failed so, days they cover at least)
STATUS_BY_FAILURE: Mapping[Failure, tuple[str, int, int]] = {
    Failure.DNS_GONE: ("dark", 4, 10),
    Failure.REFUSED: ("dark", 5, 14),
    Failure.UNREACHABLE: ("dark", 5, 14),
    Failure.SLOW: ("dark", 5, 30),
    Failure.CERTIFICATE: ("dark", 5, 60),
    Failure.SERVER_ERROR: ("dark", 5, 60),
    Failure.MOVED: ("moved", 2, 1),
    Failure.PARKED: ("hijacked", 2, 1),
    Failure.HIJACKED: ("hijacked", 2, 1),
}
ENDED_STATUSES = {"dark", "hijacked", "moved", "unknown"}


@dataclass(frozen=True, slots=True)
class StatusProposal:
    """A proposed status, with its evidence."""

    becomes: str
    evidence: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class StatusHistory:
    """Past visits and publication rate of a site, from which a status is proposed."""

    status: str  # the profile's
    visits: Sequence[VisitNumbers]  # newest first, the assessed one included, each with its time
    failure_evidence: tuple[str, ...]  # evidence of the failure, if there is one
    rate: PublicationRate
    counts: Mapping[date, int]  # articles by day
    today: date


def propose_status(history: StatusHistory) -> StatusProposal | None:
    """Return the status to propose, or None."""
    rules: tuple[Callable[[StatusHistory], StatusProposal | None], ...] = (
        _propose_ended,
        _propose_revived,
        _propose_frozen,
    )
    proposals = (proposal for rule in rules if (proposal := rule(history)) is not None)
    return next((proposal for proposal in proposals if proposal.becomes != history.status), None)


def _propose_ended(history: StatusHistory) -> StatusProposal | None:
    """The site has failed in the same way for long enough."""
    now = history.visits[0]
    if not now.failure or Failure(now.failure) not in STATUS_BY_FAILURE:
        return None
    becomes, visits, days = STATUS_BY_FAILURE[Failure(now.failure)]
    streak = _failure_streak(history.visits, becomes)
    began, ended = streak[-1].at, now.at
    assert began and ended
    lasted = ended - began
    if len(streak) < visits or lasted < timedelta(days=days):
        return None
    kinds = ", ".join(sorted({visit.failure or "" for visit in streak}))
    line = f"{len(streak)} visits in a row since {began:%Y-%m-%d} failed: {kinds}"
    return StatusProposal(becomes, (line, *history.failure_evidence))


def _failure_streak(visits: Sequence[VisitNumbers], becomes: str) -> list[VisitNumbers]:
    streak: list[VisitNumbers] = []
    for visit in visits:
        kind = Failure(visit.failure) if visit.failure else None
        if kind is None or visit.at is None or STATUS_BY_FAILURE.get(kind, ("",))[0] != becomes:
            break
        streak.append(visit)
    return streak


def _propose_revived(history: StatusHistory) -> StatusProposal | None:
    """The site publishes again, or answers again."""
    now = history.visits[0]
    if now.failure or not now.is_complete or not now.article_links:
        return None
    recent_articles = sum(
        count for day, count in history.counts.items() if day > history.today - REVIVAL_PERIOD
    )
    if history.status in ENDED_STATUSES | {"frozen"} and recent_articles >= MIN_ARTICLES_TO_REVIVE:
        return StatusProposal(
            "live",
            (f"{recent_articles} articles of the last 30 days, the newest of {history.rate.last_day}",),
        )
    if (
        history.status in ENDED_STATUSES - {"unknown"}
        and len([v for v in history.visits[:2] if v.is_complete and v.article_links]) == 2
    ):
        line = f"two visits in a row were complete; {now.article_links} articles on its listings"
        return StatusProposal("frozen", (line, f"newest article of {history.rate.last_day}"))
    return None


def _propose_frozen(history: StatusHistory) -> StatusProposal | None:
    """The site answers, and has published nothing for months."""
    rate, now = history.rate, history.visits[0]
    if history.status != "live" or rate.last_day is None or now.failure or not now.is_complete:
        return None
    usual = 3 * (rate.allowed_silence or 0)
    if history.today - rate.last_day < FROZEN_AFTER or rate.silent_days <= usual:
        return None
    rescue = "ask for all of it while it answers: `congdoan rescue`"
    return StatusProposal(
        "frozen",
        (f"no article since {rate.last_day}, {history.today - rate.last_day} ago", rate.summary(), rescue),
    )


def local_day(at: datetime) -> date:
    """Return the date in Việt Nam at an instant."""
    return (at + timedelta(hours=7)).date()
