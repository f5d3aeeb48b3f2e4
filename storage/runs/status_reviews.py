"""Judgements: what is proposed of a site's life, what a person said to it, and what was told of a night."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, Row, insert, select, update

from storage.database.schema_operations import judgements, notices


class ReviewDecision(StrEnum):
    """What a person said of a proposal, or of what is flagged."""

    ACCEPTED = "accepted"
    REFUSED = "refused"
    USUAL = "usual"  # no transition: what is flagged is how the site is from now on


@dataclass(frozen=True, slots=True)
class StatusReview:
    """A transition of a site's life proposed, or a person's word that what is flagged is usual."""

    id: int
    site: str
    was: str  # the profile's status
    becomes: str  # the status proposed; the same as `was` for USUAL
    evidence: tuple[str, ...]
    run: int  # that led to it
    at: datetime
    decision: ReviewDecision | None
    decided_at: datetime | None
    note: str | None  # what the person wrote


def propose_status(connection: Connection, made: StatusReview) -> bool:
    """Keep a proposal unless the same stands undecided; True when it is new."""
    standing = select(judgements.c.id).where(
        judgements.c.site == made.site,
        judgements.c.becomes == made.becomes,
        judgements.c.was == made.was,
        judgements.c.decision.is_(None),
    )
    if (known := connection.scalar(standing)) is not None:
        again = update(judgements).where(judgements.c.id == known)
        connection.execute(again.values(evidence=list(made.evidence), run_id=made.run))
        return False
    _insert(connection, made)
    return True


def _insert(connection: Connection, made: StatusReview) -> None:
    connection.execute(
        insert(judgements).values(
            site=made.site,
            was=made.was,
            becomes=made.becomes,
            evidence=list(made.evidence),
            run_id=made.run,
            at=made.at,
            decision=made.decision,
            decided_at=made.decided_at,
            note=made.note,
        )
    )


def read_reviews(
    connection: Connection, site: str | None = None, limit: int | None = None
) -> tuple[StatusReview, ...]:
    """The judgements of a site, or of all, newest first."""
    chosen = select(judgements).order_by(judgements.c.id.desc()).limit(limit)
    if site is not None:
        chosen = chosen.where(judgements.c.site == site)
    return tuple(_review(row) for row in connection.execute(chosen))


def open_proposals(connection: Connection) -> tuple[StatusReview, ...]:
    """The proposals nobody has judged, oldest first."""
    chosen = select(judgements).where(judgements.c.decision.is_(None)).order_by(judgements.c.id)
    return tuple(_review(row) for row in connection.execute(chosen))


def withdraw_outdated(connection: Connection, site: str, status: str) -> int:
    """Drop undecided proposals whose beginning is no longer the profile's status: a person changed it."""
    stale = judgements.delete().where(
        judgements.c.site == site, judgements.c.decision.is_(None), judgements.c.was != status
    )
    return connection.execute(stale).rowcount


def open_proposal(connection: Connection, site: str) -> StatusReview | None:
    """The newest proposal of a site that nobody has judged."""
    return next((each for each in reversed(open_proposals(connection)) if each.site == site), None)


def decide_review(
    connection: Connection, judgement: int, decision: ReviewDecision, now: datetime, note: str
) -> bool:
    """Keep what a person said of a proposal; False when it is gone, or somebody judged it before."""
    chosen = update(judgements).where(judgements.c.id == judgement, judgements.c.decision.is_(None))
    told = chosen.values(decision=decision, decided_at=now, note=note or None)
    return connection.execute(told).rowcount == 1


def accept_as_usual(
    connection: Connection, site: str, status: str, run: int, now: datetime, note: str
) -> None:
    """Keep a person's word that the site is usual as it was in `run`: the norm begins there."""
    told = StatusReview(0, site, status, status, (), run, now, ReviewDecision.USUAL, now, note or None)
    _insert(connection, told)


def baseline_run(connection: Connection, site: str) -> int:
    """The run from which on the site's past counts; 0 = from its first."""
    chosen = select(judgements.c.run_id).where(
        judgements.c.site == site, judgements.c.decision == ReviewDecision.USUAL
    )
    return connection.scalar(chosen.order_by(judgements.c.id.desc()).limit(1)) or 0


def _review(row: Row[Any]) -> StatusReview:
    return StatusReview(
        id=row.id,
        site=row.site,
        was=row.was,
        becomes=row.becomes,
        evidence=tuple(row.evidence),
        run=row.run_id,
        at=row.at,
        decision=ReviewDecision(row.decision) if row.decision else None,
        decided_at=row.decided_at,
        note=row.note,
    )


@dataclass(frozen=True, slots=True)
class NightNotice:
    """A message of one night."""

    night: str
    at: datetime
    delivered: bool
    detail: str  # why it was not; no address, ever
    told: Mapping[str, Sequence[str]]  # site → what it was in trouble for


def save_notice(connection: Connection, notice: NightNotice) -> None:
    """Keep what was told, or could not be."""
    connection.execute(
        insert(notices).values(
            night=notice.night,
            at=notice.at,
            delivered=notice.delivered,
            detail=notice.detail or None,
            told={site: list(kinds) for site, kinds in notice.told.items()},
        )
    )


def last_notice(connection: Connection, *, delivered: bool = True) -> NightNotice | None:
    """The newest message that arrived; with `delivered=False` the newest of all."""
    chosen = select(notices).order_by(notices.c.id.desc()).limit(1)
    if delivered:
        chosen = chosen.where(notices.c.delivered.is_(True))
    row = connection.execute(chosen).one_or_none()
    return NightNotice(row.night, row.at, row.delivered, row.detail or "", row.told) if row else None
