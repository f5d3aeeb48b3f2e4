"""Candidate sites: hosts that look like unknown union sites, for a person to accept or reject."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import Connection, insert, select, update

from storage.database.schema import candidates


class CandidateDecision(StrEnum):
    """A person's decision on a candidate site."""

    ACCEPTED = "accepted"
    REJECTED = "rejected"


@dataclass(frozen=True, slots=True)
class CandidateSighting:
    """One link to a host that looks like an unknown union site."""

    host: str
    url: str
    text: str  # of the link
    found_on: str  # URL of the page with the link
    reason: str  # why the host looks like a union site


@dataclass(frozen=True, slots=True)
class CandidateSite:
    """A host, the first link that led to it, and how many links have been seen."""

    host: str
    url: str
    text: str  # of the link
    found_on: str  # URL of the page with the link
    site: str  # key of the site with the link
    reason: str
    sightings: int
    first_seen: datetime
    last_seen: datetime
    decision: CandidateDecision | None


def record_sightings(
    connection: Connection, site: str, sightings: Iterable[CandidateSighting], now: datetime
) -> None:
    """Record links from a site to candidate sites; further links to a host only raise its count."""
    for sighting in sightings:
        candidate_update = update(candidates).where(candidates.c.host == sighting.host)
        counted_sighting = candidate_update.values(sightings=candidates.c.sightings + 1, last_seen=now)
        if not connection.execute(counted_sighting).rowcount:
            candidate_values = asdict(sighting) | {
                "site": site,
                "sightings": 1,
                "first_seen": now,
                "last_seen": now,
            }
            connection.execute(insert(candidates).values(**candidate_values))


def read_candidates(connection: Connection, *, decided: bool = False) -> tuple[CandidateSite, ...]:
    """Return the candidates without a decision (with `decided`: all of them), the most often seen first."""
    candidates_select = select(candidates).order_by(candidates.c.sightings.desc(), candidates.c.host)
    if not decided:
        candidates_select = candidates_select.where(candidates.c.decision.is_(None))
    return tuple(
        CandidateSite(
            host=candidate_row.host,
            url=candidate_row.url,
            text=candidate_row.text,
            found_on=candidate_row.found_on,
            site=candidate_row.site,
            reason=candidate_row.reason,
            sightings=candidate_row.sightings,
            first_seen=candidate_row.first_seen,
            last_seen=candidate_row.last_seen,
            decision=CandidateDecision(candidate_row.decision) if candidate_row.decision else None,
        )
        for candidate_row in connection.execute(candidates_select)
    )


def decide_candidate(connection: Connection, host: str, decision: CandidateDecision) -> bool:
    """Store a person's decision on a host; returns False when it is no candidate."""
    candidate_update = update(candidates).where(candidates.c.host == host)
    return connection.execute(candidate_update.values(decision=decision.value)).rowcount > 0
