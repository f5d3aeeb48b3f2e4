"""Run saved searches and send an alert with what is new since the last one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import Engine

from storage.citations.reference import ArchiveIdentity
from storage.database.engine import snapshot
from storage.readers import saved_searches
from storage.readers.alert_digest import AlertDigest, alert_digest
from storage.readers.saved_searches import NewMatches, SavedSearch, SavedSearchError
from storage.search.query.parse import QueryError

SendAlert = Callable[[SavedSearch, AlertDigest], None]  # returns when the message was accepted, else raises


class AlertOutcome(StrEnum):
    """Outcome of running a saved search."""

    SENT = "sent"
    QUIET = "nothing new"
    BUSY = "another run is at it"
    RESTARTED = "the archive was rebuilt: watching from now on"


@dataclass(frozen=True, slots=True)
class AlertRun:
    """Result of running one saved search."""

    outcome: AlertOutcome
    stories: int = 0  # in the alert that was sent


def send_alert(
    engine: Engine, archive: ArchiveIdentity, number: int, send: SendAlert, now: datetime
) -> AlertRun:
    """Run a saved search and send its alert; raises SavedSearchError, or what `send` raised.

    The cursor of the search advances in a transaction after the message was accepted, so a failed alert is
    sent by the next run. A process killed between the two sends the alert twice; otherwise it is sent once.
    """
    with engine.begin() as connection:
        saved_search = saved_searches.claim_search(connection, number, now)
    if saved_search is None:
        return AlertRun(AlertOutcome.BUSY)
    try:
        new_matches, alert = _find_alert(engine, archive, saved_search)
        if alert:
            send(saved_search, alert)
    except BaseException:
        with engine.begin() as connection:
            saved_searches.release_search(connection, saved_search)
        raise
    with engine.begin() as connection:
        saved_searches.finish_run(connection, saved_search, new_matches, now)
    if new_matches.restarted:
        return AlertRun(AlertOutcome.RESTARTED)
    return AlertRun(AlertOutcome.SENT if alert else AlertOutcome.QUIET, len(new_matches.matches))


def _find_alert(
    engine: Engine, archive: ArchiveIdentity, saved_search: SavedSearch
) -> tuple[NewMatches, AlertDigest | None]:
    with snapshot(engine) as connection:
        try:
            new_matches = saved_searches.find_new_matches(connection, saved_search)
        except QueryError as error:
            raise SavedSearchError(
                f"watch {saved_search.name}: {error} in `{saved_search.query}`; add it anew"
            ) from error
        return new_matches, alert_digest(
            connection, archive, saved_search, new_matches
        ) if new_matches.matches else None
