"""Runs: one visit to one site, begun, perhaps interrupted and resumed, and ended with its counts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, case, func, insert, or_, select, update

from storage.database.schema import captures, runs, sites, urls
from storage.records import Outcome, UrlKind, UrlState
from storage.warc.exchange import RENDERED

FRONTIER_EMPTY = "finished"  # the ending of a run that emptied its frontier


@dataclass(frozen=True, slots=True)
class Run:
    """One visit to one site."""

    id: int
    site: str
    night: str
    as_of: datetime
    started_at: datetime
    finished_at: datetime | None
    attempts: int  # processes that worked on it; over 1 = it was interrupted and resumed
    dialled: bool
    ending: str | None
    healthy: bool | None
    report: Mapping[str, Any] | None


@dataclass(frozen=True, slots=True)
class SiteRow:
    """A site as the archive names it when the profiles are not at hand."""

    key: str
    name: str
    domain: str
    level: str
    place: str | None
    status: str
    platform: str | None = None  # the family of its system


def save_site(connection: Connection, site: SiteRow, now: datetime) -> None:
    """Make a site known, or renew what is said of it."""
    values: dict[str, Any] = {"name": site.name, "domain": site.domain, "level": site.level}
    values |= {"place": site.place, "status": site.status, "platform": site.platform, "seen_at": now}
    if not connection.execute(update(sites).where(sites.c.key == site.key).values(**values)).rowcount:
        connection.execute(insert(sites).values(key=site.key, **values))


def last_run_id(connection: Connection) -> int | None:
    """The number of the last run begun; None before the first."""
    newest_id: int | None = connection.scalar(select(func.max(runs.c.id)))
    return newest_id


def begin_run(connection: Connection, wanted: Run) -> Run:
    """Start a run, or resume the site's unfinished one (its night and as-of instant then hold on)."""
    chosen = select(runs).where(runs.c.site == wanted.site, runs.c.finished_at.is_(None))
    row = connection.execute(chosen.order_by(runs.c.id.desc()).limit(1)).one_or_none()
    if row is not None:
        resumed = update(runs).where(runs.c.id == row.id).values(attempts=row.attempts + 1)
        return as_run(connection.execute(resumed.returning(*runs.c)).one())
    made = insert(runs).values(
        site=wanted.site,
        night=wanted.night,
        as_of=wanted.as_of,
        started_at=wanted.started_at,
        attempts=1,
        dialled=wanted.dialled,
        counts={},
    )
    return as_run(connection.execute(made.returning(*runs.c)).one())


@dataclass(frozen=True, slots=True)
class RunEnding:
    """How a run ended."""

    at: datetime
    ending: str  # finished, budget, deadline, shutdown …
    healthy: bool
    counts: Mapping[str, Any]
    report: Mapping[str, Any]


def finish_run(connection: Connection, run: int, end: RunEnding) -> None:
    """Close a run with its report."""
    values = {"finished_at": end.at, "ending": end.ending, "healthy": end.healthy}
    connection.execute(
        update(runs)
        .where(runs.c.id == run)
        .values(**values, counts=dict(end.counts), report=dict(end.report))
    )


def as_run(row: Row[Any]) -> Run:
    """A row of `runs` as a record."""
    return Run(
        id=row.id,
        site=row.site,
        night=row.night,
        as_of=row.as_of,
        started_at=row.started_at,
        finished_at=row.finished_at,
        attempts=row.attempts,
        dialled=row.dialled,
        ending=row.ending,
        healthy=row.healthy,
        report=row.report,
    )


def run_by_id(connection: Connection, run: int) -> Run | None:
    """One run by its number."""
    row = connection.execute(select(runs).where(runs.c.id == run)).one_or_none()
    return as_run(row) if row else None


def newest_run(connection: Connection, site: str) -> Run | None:
    """A site's newest run."""
    row = connection.execute(select(runs).where(runs.c.site == site).order_by(runs.c.id.desc()).limit(1))
    found = row.one_or_none()
    return as_run(found) if found else None


def runs_of_night(connection: Connection, night: str) -> tuple[Run, ...]:
    """The runs of one night, in the order they began."""
    rows = connection.execute(select(runs).where(runs.c.night == night).order_by(runs.c.id))
    return tuple(as_run(row) for row in rows)


def newest_run_of_each_site(connection: Connection) -> tuple[Run, ...]:
    """Every site's newest run, in the order they began."""
    newest_ids = select(func.max(runs.c.id)).group_by(runs.c.site)
    rows = connection.execute(select(runs).where(runs.c.id.in_(newest_ids)).order_by(runs.c.id))
    return tuple(as_run(row) for row in rows)


def last_night(connection: Connection) -> str | None:
    """The name of the newest night."""
    return connection.scalar(select(runs.c.night).order_by(runs.c.id.desc()).limit(1))


@dataclass(frozen=True, slots=True)
class NightSummary:
    """One night in a few numbers."""

    name: str
    began: datetime
    ended: datetime | None  # none = a visit still goes on, or was cut off
    sites: int  # visited
    trouble: int  # that need a person
    counts: Mapping[str, int]  # pages by what became of them: new, revised, copy, gone, failed, …


def recent_nights(connection: Connection, limit: int) -> tuple[NightSummary, ...]:
    """The last nights, the newest first."""
    newest_ids = select(runs.c.night).group_by(runs.c.night).order_by(func.max(runs.c.id).desc()).limit(limit)
    columns = (runs.c[name] for name in ("night", "started_at", "finished_at", "healthy", "counts"))
    chosen = select(*columns).where(runs.c.night.in_(newest_ids)).order_by(runs.c.id.desc())
    grouped: dict[str, list[Row[Any]]] = {}
    for row in connection.execute(chosen):
        grouped.setdefault(row.night, []).append(row)
    return tuple(_night_summary(name, rows) for name, rows in grouped.items())


def _night_summary(name: str, rows: Sequence[Row[Any]]) -> NightSummary:
    counted: Counter[str] = Counter()
    for row in rows:
        counted.update({key: n for key, n in row.counts.items() if isinstance(n, int)})
    ends = [row.finished_at for row in rows]
    return NightSummary(
        name=name,
        began=min(row.started_at for row in rows),
        ended=None if None in ends else max(ends),
        sites=len(rows),
        trouble=sum(row.healthy is False for row in rows),
        counts=counted,
    )


def last_visits(connection: Connection) -> dict[str, tuple[datetime, bool]]:
    """(as-of instant, whether it came to its end) of each site's newest run.

    A run that ended early (out of reach, throttled, stopped, its budget spent) is due again.
    """
    newest = select(func.max(runs.c.id)).group_by(runs.c.site)
    rows = connection.execute(select(runs).where(runs.c.id.in_(newest)))
    return {row.site: (row.as_of, row.ending == FRONTIER_EMPTY) for row in rows}


def finished_runs_before(connection: Connection, site: str, before: int, limit: int = 10) -> tuple[Run, ...]:
    """The finished runs of a site before a run, the newest first."""
    chosen = select(runs).where(runs.c.site == site, runs.c.id < before, runs.c.finished_at.is_not(None))
    return tuple(as_run(row) for row in connection.execute(chosen.order_by(runs.c.id.desc()).limit(limit)))


@dataclass(frozen=True, slots=True)
class OutcomeCount:
    """How many URLs of one kind came to one outcome, for one reason, in one run."""

    kind: UrlKind
    outcome: Outcome
    reason: str | None
    count: int
    example: str  # one such URL; one that is named, if any is
    detail: str | None
    named: int = 1  # of them: all but sitemaps that neither the profile names nor any sitemap any more


def count_outcomes(connection: Connection, run: int) -> tuple[OutcomeCount, ...]:
    """What the frontier's rows say of a run: every row it settled or refused, once."""
    columns = (urls.c.kind, urls.c.outcome, urls.c.reason)
    named = or_(urls.c.kind != UrlKind.SITEMAP, urls.c.root, urls.c.sitemap.is_not(None))
    example = func.coalesce(func.min(case((named, urls.c.url))), func.min(urls.c.url))
    chosen = (
        select(*columns, func.count(), example, func.min(urls.c.detail), func.sum(case((named, 1), else_=0)))
        .where(urls.c.last_run == run, urls.c.outcome.is_not(None))
        .group_by(*columns)
        .order_by(*columns)
    )
    return tuple(
        OutcomeCount(UrlKind(kind), Outcome(outcome), reason, int(count), url, detail, int(known))
        for kind, outcome, reason, count, url, detail, known in connection.execute(chosen)
    )


def count_url_states(connection: Connection, site: str) -> dict[str, int]:
    """How many of a site's URLs stand in each state."""
    chosen = select(urls.c.state, func.count()).where(urls.c.site == site).group_by(urls.c.state)
    return {UrlState(state).value: int(count) for state, count in connection.execute(chosen)}


def count_discovered_urls(connection: Connection, run: int) -> int:
    """How many URLs became known in a run."""
    return connection.scalar(select(func.count()).where(urls.c.found_run == run)) or 0


def count_article_links(connection: Connection, run: int) -> int:
    """How many links to articles the discovery pages that a run read showed; one that failed shows none."""
    read = urls.c.outcome.in_((Outcome.DISCOVERED, Outcome.SAME))
    return connection.scalar(select(func.sum(urls.c.links)).where(urls.c.last_run == run, read)) or 0


def count_responses(connection: Connection, run: int) -> dict[int, int]:
    """How many exchanges of a run are in the WARCs, by HTTP status; what a browser made of them is none."""
    exchanged = captures.c.content_type.is_distinct_from(RENDERED)
    chosen = (
        select(captures.c.status, func.count())
        .where(captures.c.run_id == run, exchanged)
        .group_by(captures.c.status)
    )
    return {int(status): int(count) for status, count in connection.execute(chosen)}
