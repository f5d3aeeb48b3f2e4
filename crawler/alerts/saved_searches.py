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
        watch = saved_searches.claim_search(connection, number, now)
    if watch is None:
        return AlertRun(AlertOutcome.BUSY)
    try:
        finding, message = _find_news(engine, archive, watch)
        if message:
            send(watch, message)
    except BaseException:
        with engine.begin() as connection:
            saved_searches.release_search(connection, watch)
        raise
    with engine.begin() as connection:
        saved_searches.finish_run(connection, watch, finding, now)
    if finding.restarted:
        return AlertRun(AlertOutcome.RESTARTED)
    return AlertRun(AlertOutcome.SENT if message else AlertOutcome.QUIET, len(finding.matches))


def _find_news(
    engine: Engine, archive: ArchiveIdentity, watch: SavedSearch
) -> tuple[NewMatches, AlertDigest | None]:
    with snapshot(engine) as connection:
        try:
            finding = saved_searches.find_new_matches(connection, watch)
        except QueryError as error:
            raise SavedSearchError(f"watch {watch.name}: {error} in `{watch.query}`; add it anew") from error
        return finding, alert_digest(connection, archive, watch, finding) if finding.matches else None
