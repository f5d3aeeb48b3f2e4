"""Candidates: hosts that look like unknown union sites, with the evidence, for a person to accept."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import Connection, insert, select, update

from storage.database.schema import candidates


class CandidateDecision(StrEnum):
    """What a person said of a candidate."""

    ACCEPTED = "accepted"
    REJECTED = "rejected"


@dataclass(frozen=True, slots=True)
class CandidateSighting:
    """One sighting of a link to a host."""

    host: str
    url: str
    text: str
    found_on: str
    reason: str


@dataclass(frozen=True, slots=True)
class CandidateSite:
    """A host, the first link that led to it, and in how many runs it was seen."""

    host: str
    url: str
    text: str
    found_on: str
    site: str
    reason: str
    sightings: int
    first_seen: datetime
    last_seen: datetime
    decision: CandidateDecision | None


def record_sightings(
    connection: Connection, site: str, seen: Iterable[CandidateSighting], now: datetime
) -> None:
    """Keep candidates; one that is known is counted again."""
    for each in seen:
        known = update(candidates).where(candidates.c.host == each.host)
        counted = known.values(sightings=candidates.c.sightings + 1, last_seen=now)
        if not connection.execute(counted).rowcount:
            row = {"host": each.host, "url": each.url, "text": each.text, "found_on": each.found_on}
            row |= {"site": site, "reason": each.reason}
            connection.execute(insert(candidates).values(sightings=1, first_seen=now, last_seen=now, **row))


def read_candidates(connection: Connection, *, decided: bool = False) -> tuple[CandidateSite, ...]:
    """The candidates nobody has judged (with `decided`: all of them), the most often seen first."""
    chosen = select(candidates).order_by(candidates.c.sightings.desc(), candidates.c.host)
    if not decided:
        chosen = chosen.where(candidates.c.decision.is_(None))
    return tuple(
        CandidateSite(
            host=row.host,
            url=row.url,
            text=row.text,
            found_on=row.found_on,
            site=row.site,
            reason=row.reason,
            sightings=row.sightings,
            first_seen=row.first_seen,
            last_seen=row.last_seen,
            decision=CandidateDecision(row.decision) if row.decision else None,
        )
        for row in connection.execute(chosen)
    )


def decide_candidate(connection: Connection, host: str, decision: CandidateDecision) -> bool:
    """Keep what a person said of a host; False when it is no candidate."""
    judged = update(candidates).where(candidates.c.host == host)
    return connection.execute(judged.values(decision=decision.value)).rowcount > 0
