"""Status reviews: proposed changes of a site's status with a person's decision, and messages of nights."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, Row, insert, select, update

from storage.database.schema_operations import judgements, notices


class ReviewDecision(StrEnum):
    """A person's decision on a proposal, or on a flagged site."""

    ACCEPTED = "accepted"
    REFUSED = "refused"
    USUAL = "usual"  # no change of status: from now on the site is as flagged


@dataclass(frozen=True, slots=True)
class StatusReview:
    """A proposed change of a site's status, or a person's statement that a flagged site is as usual."""

    id: int
    site: str
    was: str  # the profile's status
    becomes: str  # the status proposed; the same as `was` for USUAL
    evidence: tuple[str, ...]
    run: int  # id of the run that led to it
    at: datetime
    decision: ReviewDecision | None
    decided_at: datetime | None
    note: str | None  # written by the person


def propose_status(connection: Connection, review: StatusReview) -> bool:
    """Store a proposal unless the same one is open; returns True when it is new."""
    same_proposal = select(judgements.c.id).where(
        judgements.c.site == review.site,
        judgements.c.becomes == review.becomes,
        judgements.c.was == review.was,
        judgements.c.decision.is_(None),
    )
    if (open_id := connection.scalar(same_proposal)) is not None:
        renewed_proposal = update(judgements).where(judgements.c.id == open_id)
        connection.execute(renewed_proposal.values(evidence=list(review.evidence), run_id=review.run))
        return False
    _insert(connection, review)
    return True


def _insert(connection: Connection, review: StatusReview) -> None:
    connection.execute(
        insert(judgements).values(
            site=review.site,
            was=review.was,
            becomes=review.becomes,
            evidence=list(review.evidence),
            run_id=review.run,
            at=review.at,
            decision=review.decision,
            decided_at=review.decided_at,
            note=review.note,
        )
    )


def read_reviews(
    connection: Connection, site: str | None = None, limit: int | None = None
) -> tuple[StatusReview, ...]:
    """Return the reviews of a site, or of all sites, the newest first."""
    review_select = select(judgements).order_by(judgements.c.id.desc()).limit(limit)
    if site is not None:
        review_select = review_select.where(judgements.c.site == site)
    return tuple(_review(review_row) for review_row in connection.execute(review_select))


def open_proposals(connection: Connection) -> tuple[StatusReview, ...]:
    """Return the proposals without a decision, the oldest first."""
    review_select = select(judgements).where(judgements.c.decision.is_(None)).order_by(judgements.c.id)
    return tuple(_review(review_row) for review_row in connection.execute(review_select))


def withdraw_outdated(connection: Connection, site: str, status: str) -> int:
    """Delete open proposals that start from another status than the profile's; returns how many."""
    outdated_proposals = judgements.delete().where(
        judgements.c.site == site, judgements.c.decision.is_(None), judgements.c.was != status
    )
    return connection.execute(outdated_proposals).rowcount


def open_proposal(connection: Connection, site: str) -> StatusReview | None:
    """Return the newest proposal of a site without a decision; None without one."""
    newest_reviews = reversed(open_proposals(connection))
    return next((review for review in newest_reviews if review.site == site), None)


def decide_review(
    connection: Connection, review_id: int, decision: ReviewDecision, now: datetime, note: str
) -> bool:
    """Store a person's decision on a proposal; returns False when it is gone or has one already."""
    undecided_review = update(judgements).where(judgements.c.id == review_id, judgements.c.decision.is_(None))
    decided_review = undecided_review.values(decision=decision, decided_at=now, note=note or None)
    return connection.execute(decided_review).rowcount == 1


def accept_as_usual(
    connection: Connection, site: str, status: str, run: int, now: datetime, note: str
) -> None:
    """Store a person's statement that the site is as usual in `run`: its baseline begins there."""
    review = StatusReview(0, site, status, status, (), run, now, ReviewDecision.USUAL, now, note or None)
    _insert(connection, review)


def baseline_run(connection: Connection, site: str) -> int:
    """Return the run with which the site's baseline begins; 0 = with its first."""
    review_select = select(judgements.c.run_id).where(
        judgements.c.site == site, judgements.c.decision == ReviewDecision.USUAL
    )
    return connection.scalar(review_select.order_by(judgements.c.id.desc()).limit(1)) or 0


def _review(review_row: Row[Any]) -> StatusReview:
    return StatusReview(
        id=review_row.id,
        site=review_row.site,
        was=review_row.was,
        becomes=review_row.becomes,
        evidence=tuple(review_row.evidence),
        run=review_row.run_id,
        at=review_row.at,
        decision=ReviewDecision(review_row.decision) if review_row.decision else None,
        decided_at=review_row.decided_at,
        note=review_row.note,
    )


@dataclass(frozen=True, slots=True)
class NightNotice:
    """A message about one night."""

    night: str
    at: datetime
    delivered: bool
    detail: str  # why it was not delivered; never an address
    troubles: Mapping[str, Sequence[str]]  # by site: the kinds of trouble the message names


def save_notice(connection: Connection, notice: NightNotice) -> None:
    """Store a message, delivered or not."""
    connection.execute(
        insert(notices).values(
            night=notice.night,
            at=notice.at,
            delivered=notice.delivered,
            detail=notice.detail or None,
            told={site: list(kinds) for site, kinds in notice.troubles.items()},
        )
    )


def last_notice(connection: Connection, *, delivered: bool = True) -> NightNotice | None:
    """Return the newest delivered message; with `delivered=False` the newest of all."""
    review_select = select(notices).order_by(notices.c.id.desc()).limit(1)
    if delivered:
        review_select = review_select.where(notices.c.delivered.is_(True))
    review_row = connection.execute(review_select).one_or_none()
    return (
        NightNotice(
            review_row.night, review_row.at, review_row.delivered, review_row.detail or "", review_row.told
        )
        if review_row
        else None
    )
