"""Host records kept from night to night: robots.txt, Retry-After, and the gap between two requests."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, insert, select, update

from storage.database.schema_operations import hosts

MAX_WAIT = timedelta(days=30)  # a longer Retry-After is cut to it: it may have been a mistake
MIN_GAP_SECONDS = 1.0  # a learned gap below it is dropped


@dataclass(frozen=True, slots=True)
class HostRecord:
    """The record of one host."""

    host: str
    robots: str | None  # text of its robots.txt as last read; none = it had none
    robots_status: int | None
    robots_at: datetime | None
    not_before: datetime | None  # no request before this instant (Retry-After)
    gap: float  # seconds between two requests, learned from refusals; 0 = none
    why: str | None  # the response that set the gap or the wait


def read_hosts(connection: Connection, names: Collection[str]) -> dict[str, HostRecord]:
    """Return the records of the named hosts, by name; hosts never requested have none."""
    rows = connection.execute(select(hosts).where(hosts.c.host.in_(sorted(names))))
    return {row.host: HostRecord(**row._mapping) for row in rows}


def waiting_hosts(connection: Connection, now: datetime) -> dict[str, HostRecord]:
    """Return the hosts whose Retry-After lies ahead, by name."""
    rows = connection.execute(select(hosts).where(hosts.c.not_before > now))
    return {row.host: HostRecord(**row._mapping) for row in rows}


def record_robots(connection: Connection, host: str, status: int, text: str | None, at: datetime) -> None:
    """Record the response to a request for robots.txt."""
    _keep(connection, host, {"robots_status": status, "robots": text, "robots_at": at})


def record_retry_after(connection: Connection, host: str, until: datetime, now: datetime, why: str) -> None:
    """Record Retry-After: no request to this host before `until` (at most 30 days ahead)."""
    _keep(connection, host, {"not_before": min(until, now + MAX_WAIT), "why": why[:500]})


def record_gap(connection: Connection, host: str, gap: float, why: str) -> None:
    """Record the gap (seconds) to keep between two requests, in later runs too."""
    _keep(connection, host, {"gap": gap, "why": why[:500]})


def relax_gaps(connection: Connection, names: Collection[str]) -> None:
    """Halve the learned gaps after a run in which no host answered 429 or 503."""
    for row in read_hosts(connection, names).values():
        if row.gap or row.not_before:
            gap = row.gap / 2
            _keep(connection, row.host, {"gap": gap if gap >= MIN_GAP_SECONDS else 0.0, "not_before": None})


def _keep(connection: Connection, host: str, values: dict[str, Any]) -> None:
    if not connection.execute(update(hosts).where(hosts.c.host == host).values(**values)).rowcount:
        connection.execute(insert(hosts).values(**{"host": host, "gap": 0.0, **values}))
