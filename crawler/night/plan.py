"""The plan of a night (pure): which sites are due, in which order, and why the others are not."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from crawler.config import Config
from spiders.profile.fetch import in_hours
from spiders.profile.site_profile import SiteProfile
from storage.frontier.hosts import HostRecord

SLACK = timedelta(hours=2)  # a timer that fires a little early still finds its site due
NEVER_ASKED = {"dark", "hijacked", "unidentified", "unknown"}  # unknown: until a person has looked


@dataclass(frozen=True, slots=True)
class ArchiveState:
    """The state of the archive when a night is planned."""

    last: Mapping[
        str, tuple[datetime, bool]
    ]  # each site's newest run: its as-of instant, whether it was whole
    busy: frozenset[str] = frozenset()  # sites another process is visiting
    hosts: Mapping[str, HostRecord] = field(default_factory=dict)  # those that asked us to come later


@dataclass(frozen=True, slots=True)
class PlannedSite:
    """One site in the plan of a night."""

    profile: SiteProfile
    due: bool
    why: str


def due_sites(
    profiles: Mapping[str, SiteProfile],
    last: Mapping[str, tuple[datetime, bool]],
    as_of: datetime,
    dialled: Iterable[str] = (),
) -> tuple[SiteProfile, ...]:
    """The sites to visit tonight, the one that has waited longest first.

    `last` has each site's newest run: its as-of instant, and whether it was finished. An unfinished
    run is always due. Sites dark, or without a home that is known to answer, are due only when dialled.
    """
    hosts = set(dialled)
    chosen = [p for p in profiles.values() if _reason(p, last.get(p.key), as_of, hosts)[0]]
    return tuple(sorted(chosen, key=lambda p: (_due_since(p, last.get(p.key)), p.key)))


def plan(
    profiles: Mapping[str, SiteProfile], archive: ArchiveState, config: Config, as_of: datetime, now: datetime
) -> tuple[PlannedSite, ...]:
    """Every site with whether and why it is visited, in the order of the visits, then the others by name.

    What was cut short or not reached last night has waited longest, and so comes first.
    """
    hosts = set(config.dial)
    planned = []
    for profile in profiles.values():
        due, why = _reason(profile, archive.last.get(profile.key), as_of, hosts)
        hindrance = _hindrance(profile, archive, config, now) if due else None
        planned.append(PlannedSite(profile, due and hindrance is None, hindrance or why))

    def order(site: PlannedSite) -> tuple[bool, float, str]:
        since = _due_since(site.profile, archive.last.get(site.profile.key)) if site.due else 0.0
        return (not site.due, since, site.profile.key)

    return tuple(sorted(planned, key=order))


def _reason(
    profile: SiteProfile, visited: tuple[datetime, bool] | None, as_of: datetime, hosts: set[str]
) -> tuple[bool, str]:
    if profile.status in NEVER_ASKED and not hosts & profile.hosts:
        return False, f"never asked: its status is {profile.status}"
    if visited is None:
        return True, "never visited"
    at, whole = visited
    if not whole:
        return True, f"the run of {at:%Y-%m-%d %H:%M} UTC was cut short"
    if at > as_of + SLACK:  # a night begun a little later may have been there before this one
        return True, f"its last visit lies ahead ({at:%Y-%m-%d %H:%M} UTC): a clock was wrong"
    visited_line = f"visited {at:%Y-%m-%d %H:%M} UTC, every {profile.every}"
    return as_of - at >= profile.interval - SLACK, visited_line


def _due_since(profile: SiteProfile, visited: tuple[datetime, bool] | None) -> float:
    if visited is None:
        return 0.0
    at, whole = visited
    return (at + profile.interval if whole else at).timestamp()


def _hindrance(profile: SiteProfile, archive: ArchiveState, config: Config, now: datetime) -> str | None:
    """Why a site that is due is not visited all the same."""
    if profile.key in archive.busy:
        return "another process is visiting it"
    if hours := quiet_now(profile, config, now):
        return f"quiet hours ({hours})"
    if wait := host_wait(profile, archive.hosts, now):
        return wait
    return None


def host_wait(profile: SiteProfile, hosts: Mapping[str, HostRecord], now: datetime) -> str | None:
    """What one of the site's hosts said when it asked us to come later than now."""
    for name in sorted(profile.hosts & hosts.keys()):
        until = hosts[name].not_before
        if until is not None and until > now:
            return f"{name} is not asked before {until:%Y-%m-%d %H:%M:%S} UTC: {hosts[name].why}"
    return None


def quiet_now(profile: SiteProfile, config: Config, now: datetime) -> str | None:
    """The quiet hours that the site is in, of the profile or else of the configuration."""
    wall = now.astimezone(ZoneInfo(config.timezone)).time()
    return next((hours for hours in profile.fetch.quiet or config.quiet if in_hours(hours, wall)), None)


def deadline(text: str, zone: str, now: datetime) -> datetime | None:
    """The next instant at which the clock of a time zone shows `HH:MM`; None for an empty text."""
    if not text:
        return None
    hour, minute = map(int, text.split(":"))
    local_now = now.astimezone(ZoneInfo(zone))
    then = datetime.combine(local_now.date(), time(hour, minute), tzinfo=ZoneInfo(zone))
    return then if then > local_now else then + timedelta(days=1)
