"""Life-cycle: which change of a profile's status the past proposes (pure); a person decides."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from crawler.health.baseline import VisitNumbers
from crawler.health.findings import Failure
from crawler.health.publication_rate import PublicationRate

FROZEN_AFTER = timedelta(days=120)  # without an article, and longer than its rhythm allows thrice
MIN_ARTICLES_TO_REVIVE = 2  # articles of the last month that wake a frozen site
REVIVAL_PERIOD = timedelta(days=30)
# What it fails for → the status it is proposed for, after so many visits in a row over so many days.
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
    """A change of status."""

    becomes: str
    evidence: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class StatusHistory:
    """What a proposal rests on."""

    status: str  # the profile's
    visits: Sequence[VisitNumbers]  # newest first, the one being judged included, each with its instant
    why: tuple[str, ...]  # evidence of the failure, if there is one
    beat: PublicationRate
    counts: Mapping[date, int]  # articles by day
    today: date


def propose_status(life: StatusHistory) -> StatusProposal | None:
    """The change of status the past asks for, if any."""
    rules: tuple[Callable[[StatusHistory], StatusProposal | None], ...] = (
        _propose_ended,
        _propose_revived,
        _propose_frozen,
    )
    found = (made for rule in rules if (made := rule(life)) is not None)
    return next((made for made in found if made.becomes != life.status), None)


def _propose_ended(life: StatusHistory) -> StatusProposal | None:
    """It fails in the same way for long enough."""
    now = life.visits[0]
    if not now.failing or Failure(now.failing) not in STATUS_BY_FAILURE:
        return None
    becomes, visits, days = STATUS_BY_FAILURE[Failure(now.failing)]
    streak = _failure_streak(life.visits, becomes)
    began, ended = streak[-1].at, now.at
    assert began and ended
    lasted = ended - began
    if len(streak) < visits or lasted < timedelta(days=days):
        return None
    kinds = ", ".join(sorted({visit.failing or "" for visit in streak}))
    line = f"{len(streak)} visits in a row since {began:%Y-%m-%d} failed: {kinds}"
    return StatusProposal(becomes, (line, *life.why))


def _failure_streak(visits: Sequence[VisitNumbers], becomes: str) -> list[VisitNumbers]:
    streak: list[VisitNumbers] = []
    for visit in visits:
        kind = Failure(visit.failing) if visit.failing else None
        if kind is None or visit.at is None or STATUS_BY_FAILURE.get(kind, ("",))[0] != becomes:
            break
        streak.append(visit)
    return streak


def _propose_revived(life: StatusHistory) -> StatusProposal | None:
    """It publishes again, or answers again."""
    now = life.visits[0]
    if now.failing or not now.whole or not now.links:
        return None
    fresh = sum(count for day, count in life.counts.items() if day > life.today - REVIVAL_PERIOD)
    if life.status in ENDED_STATUSES | {"frozen"} and fresh >= MIN_ARTICLES_TO_REVIVE:
        return StatusProposal(
            "live", (f"{fresh} articles of the last 30 days, the newest of {life.beat.last}",)
        )
    if (
        life.status in ENDED_STATUSES - {"unknown"}
        and len([v for v in life.visits[:2] if v.whole and v.links]) == 2
    ):
        line = f"two visits in a row came to their end; {now.links} articles on its listings"
        return StatusProposal("frozen", (line, f"newest article of {life.beat.last}"))
    return None


def _propose_frozen(life: StatusHistory) -> StatusProposal | None:
    """It answers as ever and publishes nothing any more."""
    beat, now = life.beat, life.visits[0]
    if life.status != "live" or beat.last is None or now.failing or not now.whole:
        return None
    usual = 3 * (beat.allowed or 0)
    if life.today - beat.last < FROZEN_AFTER or beat.silent <= usual:
        return None
    rescue = "ask for all of it while it answers: `congdoan rescue`"
    return StatusProposal(
        "frozen", (f"no article since {beat.last}, {life.today - beat.last} ago", beat.told(), rescue)
    )


def local_day(at: datetime) -> date:
    """The day in Việt Nam at an instant."""
    return (at + timedelta(hours=7)).date()
