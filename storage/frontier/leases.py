"""Site leases: one process at a time crawls a site, on any number of machines."""

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
    """Another process holds the lease of the site."""


def lease_owner() -> str:
    """Return the name of this process: host, pid and start time, so that a reused pid differs."""
    return f"{socket.gethostname()}:{os.getpid()}:{_process_start(os.getpid())}"


def _process_start(pid: int) -> str:
    try:
        return (
            Path(f"/proc/{pid}/stat")
            .read_text(encoding="ascii", errors="replace")
            .rsplit(")", 1)[1]
            .split()[19]
        )
    except (OSError, IndexError):
        return "?"


def _may_run(holder: str) -> bool:
    """Whether a lease's owner may still run: certain only on its own machine."""
    host, pid, started = holder.rsplit(":", 2)
    if host != socket.gethostname():
        return True
    return _process_start(int(pid)) == started != "?"


def acquire(connection: Connection, site: str, now: datetime) -> None:
    """Acquire or renew the lease of a site for this process; raises SiteBusyError."""
    owner = lease_owner()
    row = connection.execute(
        select(site_leases).where(site_leases.c.site == site).with_for_update()
    ).one_or_none()
    if row is None:
        try:
            with connection.begin_nested():
                connection.execute(insert(site_leases).values(site=site, owner=owner, until=now + LEASE_TERM))
        except IntegrityError as error:  # another process took it between our two statements
            raise SiteBusyError(f"site {site}: another process has just begun to visit it") from error
        return
    if row.owner != owner and row.until > now and _may_run(row.owner):
        raise SiteBusyError(
            f"site {site}: process {row.owner} is visiting it (lease until {row.until:%H:%M:%S} UTC); "
            "wait for it to end, or stop it"
        )
    connection.execute(
        update(site_leases).where(site_leases.c.site == site).values(owner=owner, until=now + LEASE_TERM)
    )


def leased_sites(connection: Connection, now: datetime) -> list[str]:
    """Return the sites leased by other processes."""
    rows = connection.execute(
        select(site_leases).where(site_leases.c.until > now).order_by(site_leases.c.site)
    )
    return [row.site for row in rows if row.owner != lease_owner() and _may_run(row.owner)]


def release(connection: Connection, site: str) -> None:
    """Release this process's lease of a site."""
    lease = delete(site_leases).where(site_leases.c.site == site, site_leases.c.owner == lease_owner())
    connection.execute(lease)
