"""Hosts: what each told us of robots and of waiting, kept from night to night."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, insert, select, update

from storage.database.schema_operations import hosts

LONGEST = timedelta(days=30)  # a host that asks for more is asked again after it: it may have been a mistake
GAP_GONE = 1.0  # seconds; a learned gap below it is forgotten


@dataclass(frozen=True, slots=True)
class HostRecord:
    """What is kept of one host."""

    host: str
    robots: str | None  # text of its robots.txt as last read; none = it had none
    robots_status: int | None
    robots_at: datetime | None
    not_before: datetime | None  # it asked us to come again then
    gap: float  # seconds between two requests that it made us keep; 0 = none
    why: str | None


def read_hosts(connection: Connection, names: Collection[str]) -> dict[str, HostRecord]:
    """What is kept of the named hosts, by name; nothing of those never asked."""
    rows = connection.execute(select(hosts).where(hosts.c.host.in_(sorted(names))))
    return {row.host: HostRecord(**row._mapping) for row in rows}


def waiting_hosts(connection: Connection, now: datetime) -> dict[str, HostRecord]:
    """The hosts that asked us to come again later than now."""
    rows = connection.execute(select(hosts).where(hosts.c.not_before > now))
    return {row.host: HostRecord(**row._mapping) for row in rows}


def record_robots(connection: Connection, host: str, status: int, text: str | None, at: datetime) -> None:
    """Keep what robots.txt answered."""
    _keep(connection, host, {"robots_status": status, "robots": text, "robots_at": at})


def record_retry_after(connection: Connection, host: str, until: datetime, now: datetime, why: str) -> None:
    """The host is not to be asked before an instant, at most thirty days from now."""
    _keep(connection, host, {"not_before": min(until, now + LONGEST), "why": why[:500]})


def record_gap(connection: Connection, host: str, gap: float, why: str) -> None:
    """Keep this gap (seconds) to the host in the coming runs as well."""
    _keep(connection, host, {"gap": gap, "why": why[:500]})


def relax_gaps(connection: Connection, names: Collection[str]) -> None:
    """Halve the learned gaps after a run in which no host said "later"."""
    for row in read_hosts(connection, names).values():
        if row.gap or row.not_before:
            gap = row.gap / 2
            _keep(connection, row.host, {"gap": gap if gap >= GAP_GONE else 0.0, "not_before": None})


def _keep(connection: Connection, host: str, values: dict[str, Any]) -> None:
    if not connection.execute(update(hosts).where(hosts.c.host == host).values(**values)).rowcount:
        connection.execute(insert(hosts).values(**{"host": host, "gap": 0.0, **values}))
