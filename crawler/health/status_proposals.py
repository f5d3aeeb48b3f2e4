"""Life-cycle: which change of a profile's status the past proposes (pure); a person decides."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from crawler.health.baseline import Seen
from crawler.health.findings import Failure
from crawler.health.publication_rate import Rhythm

ASLEEP = timedelta(days=120)  # without an article, and longer than its rhythm allows thrice
AWAKE = 2  # articles of the last month that wake a frozen site
MONTH = timedelta(days=30)
# What it fails for → the status it is proposed for, after so many visits in a row over so many days.
FALLS: Mapping[Failure, tuple[str, int, int]] = {
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
ENDED = {"dark", "hijacked", "moved", "unknown"}


@dataclass(frozen=True, slots=True)
class Proposal:
    """A change of status."""

    becomes: str
    evidence: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Life:
    """What a proposal rests on."""

    status: str  # the profile's
    visits: Sequence[Seen]  # newest first, the one being judged included, each with its instant
    why: tuple[str, ...]  # evidence of the failure, if there is one
    beat: Rhythm
    counts: Mapping[date, int]  # articles by day
    today: date


def proposal(life: Life) -> Proposal | None:
    """The change of status the past asks for, if any."""
    rules: tuple[Callable[[Life], Proposal | None], ...] = (_fall, _woke, _froze)
    found = (made for rule in rules if (made := rule(life)) is not None)
    return next((made for made in found if made.becomes != life.status), None)


def _fall(life: Life) -> Proposal | None:
    """It fails in the same way for long enough."""
    now = life.visits[0]
    if not now.failing or Failure(now.failing) not in FALLS:
        return None
    becomes, visits, days = FALLS[Failure(now.failing)]
    streak = _streak(life.visits, becomes)
    began, ended = streak[-1].at, now.at
    assert began and ended
    lasted = ended - began
    if len(streak) < visits or lasted < timedelta(days=days):
        return None
    kinds = ", ".join(sorted({visit.failing or "" for visit in streak}))
    line = f"{len(streak)} visits in a row since {began:%Y-%m-%d} failed: {kinds}"
    return Proposal(becomes, (line, *life.why))


def _streak(visits: Sequence[Seen], becomes: str) -> list[Seen]:
    streak: list[Seen] = []
    for visit in visits:
        kind = Failure(visit.failing) if visit.failing else None
        if kind is None or visit.at is None or FALLS.get(kind, ("",))[0] != becomes:
            break
        streak.append(visit)
    return streak


def _woke(life: Life) -> Proposal | None:
    """It publishes again, or answers again."""
    now = life.visits[0]
    if now.failing or not now.whole or not now.links:
        return None
    fresh = sum(count for day, count in life.counts.items() if day > life.today - MONTH)
    if life.status in ENDED | {"frozen"} and fresh >= AWAKE:
        return Proposal("live", (f"{fresh} articles of the last 30 days, the newest of {life.beat.last}",))
    if life.status in ENDED - {"unknown"} and len([v for v in life.visits[:2] if v.whole and v.links]) == 2:
        line = f"two visits in a row came to their end; {now.links} articles on its listings"
        return Proposal("frozen", (line, f"newest article of {life.beat.last}"))
    return None


def _froze(life: Life) -> Proposal | None:
    """It answers as ever and publishes nothing any more."""
    beat, now = life.beat, life.visits[0]
    if life.status != "live" or beat.last is None or now.failing or not now.whole:
        return None
    usual = 3 * (beat.allowed or 0)
    if life.today - beat.last < ASLEEP or beat.silent <= usual:
        return None
    rescue = "ask for all of it while it answers: `congdoan rescue`"
    return Proposal(
        "frozen", (f"no article since {beat.last}, {life.today - beat.last} ago", beat.told(), rescue)
    )


def local_day(at: datetime) -> date:
    """The day in Việt Nam at an instant."""
    return (at + timedelta(hours=7)).date()
