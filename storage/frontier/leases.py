"""Site leases: one visit at a time to a site, on any number of machines."""

from __future__ import annotations

import os
import socket
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import Connection, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from storage.database.schema import site_leases

LEASE_TERM = timedelta(seconds=90)


class SiteBusyError(Exception):
    """Another process is visiting the site."""


def lease_owner() -> str:
    """The name of the running process: host, pid and start time, so that a reused pid is told apart."""
    return f"{socket.gethostname()}:{os.getpid()}:{_started(os.getpid())}"


def _started(pid: int) -> str:
    try:
        return (
            Path(f"/proc/{pid}/stat")
            .read_text(encoding="ascii", errors="replace")
            .rsplit(")", 1)[1]
            .split()[19]
        )
    except (OSError, IndexError):
        return "?"


def _alive(holder: str) -> bool:
    """Whether a lease's owner may still run: only certain on its own machine."""
    host, pid, started = holder.rsplit(":", 2)
    if host != socket.gethostname():
        return True
    return _started(int(pid)) == started != "?"


def acquire(connection: Connection, site: str, now: datetime) -> None:
    """Take or renew the lease of a site for this process; raises SiteBusyError."""
    me = lease_owner()
    row = connection.execute(
        select(site_leases).where(site_leases.c.site == site).with_for_update()
    ).one_or_none()
    if row is None:
        try:
            with connection.begin_nested():
                connection.execute(insert(site_leases).values(site=site, owner=me, until=now + LEASE_TERM))
        except IntegrityError as error:  # another process took it between our two statements
            raise SiteBusyError(f"site {site}: another process has just begun to visit it") from error
        return
    if row.owner != me and row.until > now and _alive(row.owner):
        raise SiteBusyError(
            f"site {site}: process {row.owner} is visiting it (lease until {row.until:%H:%M:%S} UTC); "
            "wait for it to end, or stop it"
        )
    connection.execute(
        update(site_leases).where(site_leases.c.site == site).values(owner=me, until=now + LEASE_TERM)
    )


def leased_sites(connection: Connection, now: datetime) -> list[str]:
    """The sites that another process is visiting."""
    rows = connection.execute(
        select(site_leases).where(site_leases.c.until > now).order_by(site_leases.c.site)
    )
    return [row.site for row in rows if row.owner != lease_owner() and _alive(row.owner)]


def release(connection: Connection, site: str) -> None:
    """End this process's lease of a site."""
    mine = delete(site_leases).where(site_leases.c.site == site, site_leases.c.owner == lease_owner())
    connection.execute(mine)
