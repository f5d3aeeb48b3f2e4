"""Runs: visits to a site, begun, perhaps interrupted and resumed, and finished with their counts."""

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
    """A site as the archive stores it, for use without the profiles."""

    key: str
    name: str
    domain: str
    level: str
    place: str | None
    status: str
    platform: str | None = None  # the family of its system


def save_site(connection: Connection, site: SiteRow, now: datetime) -> None:
    """Insert a site, or update its row."""
    run_values: dict[str, Any] = {"name": site.name, "domain": site.domain, "level": site.level}
    run_values |= {"place": site.place, "status": site.status, "platform": site.platform, "seen_at": now}
    if not connection.execute(update(sites).where(sites.c.key == site.key).values(**run_values)).rowcount:
        connection.execute(insert(sites).values(key=site.key, **run_values))


def last_run_id(connection: Connection) -> int | None:
    """Return the id of the last run begun; None before the first."""
    newest_id: int | None = connection.scalar(select(func.max(runs.c.id)))
    return newest_id


def begin_run(connection: Connection, new_run: Run) -> Run:
    """Start a run, or resume the site's unfinished one, which keeps its night and as-of instant."""
    unfinished_runs = select(runs).where(runs.c.site == new_run.site, runs.c.finished_at.is_(None))
    run_row = connection.execute(unfinished_runs.order_by(runs.c.id.desc()).limit(1)).one_or_none()
    if run_row is not None:
        resumed_run = update(runs).where(runs.c.id == run_row.id).values(attempts=run_row.attempts + 1)
        return as_run(connection.execute(resumed_run.returning(*runs.c)).one())
    inserted_run = insert(runs).values(
        site=new_run.site,
        night=new_run.night,
        as_of=new_run.as_of,
        started_at=new_run.started_at,
        attempts=1,
        dialled=new_run.dialled,
        counts={},
    )
    return as_run(connection.execute(inserted_run.returning(*runs.c)).one())


@dataclass(frozen=True, slots=True)
class RunEnding:
    """End of a run, with its counts and its report."""

    at: datetime
    ending: str  # finished, budget, deadline, shutdown …
    healthy: bool
    counts: Mapping[str, Any]
    report: Mapping[str, Any]


def finish_run(connection: Connection, run: int, run_end: RunEnding) -> None:
    """Store the end of a run."""
    run_values = {"finished_at": run_end.at, "ending": run_end.ending, "healthy": run_end.healthy}
    connection.execute(
        update(runs)
        .where(runs.c.id == run)
        .values(**run_values, counts=dict(run_end.counts), report=dict(run_end.report))
    )


def as_run(run_row: Row[Any]) -> Run:
    """Return a row of the table `runs` as a record."""
    return Run(
        id=run_row.id,
        site=run_row.site,
        night=run_row.night,
        as_of=run_row.as_of,
        started_at=run_row.started_at,
        finished_at=run_row.finished_at,
        attempts=run_row.attempts,
        dialled=run_row.dialled,
        ending=run_row.ending,
        healthy=run_row.healthy,
        report=run_row.report,
    )


def run_by_id(connection: Connection, run: int) -> Run | None:
    """Return a run by its id; None without one."""
    run_row = connection.execute(select(runs).where(runs.c.id == run)).one_or_none()
    return as_run(run_row) if run_row else None


def newest_run(connection: Connection, site: str) -> Run | None:
    """Return a site's newest run; None before the first."""
    run_row = connection.execute(select(runs).where(runs.c.site == site).order_by(runs.c.id.desc()).limit(1))
    newest_runs = run_row.one_or_none()
    return as_run(newest_runs) if newest_runs else None


def runs_of_night(connection: Connection, night: str) -> tuple[Run, ...]:
    """Return the runs of one night, in the order they began."""
    run_rows = connection.execute(select(runs).where(runs.c.night == night).order_by(runs.c.id))
    return tuple(as_run(run_row) for run_row in run_rows)


def newest_run_of_each_site(connection: Connection) -> tuple[Run, ...]:
    """Return every site's newest run, in the order they began."""
    newest_run_ids = select(func.max(runs.c.id)).group_by(runs.c.site)
    run_rows = connection.execute(select(runs).where(runs.c.id.in_(newest_run_ids)).order_by(runs.c.id))
    return tuple(as_run(run_row) for run_row in run_rows)


def last_night(connection: Connection) -> str | None:
    """Return the name of the newest night; None before the first."""
    return connection.scalar(select(runs.c.night).order_by(runs.c.id.desc()).limit(1))


@dataclass(frozen=True, slots=True)
class NightSummary:
    """Summary of one night."""

    name: str
    began: datetime
    ended: datetime | None  # None = a visit still goes on, or was interrupted
    sites: int  # visited
    trouble: int  # sites that need a person
    counts: Mapping[str, int]  # URLs by outcome: new, revised, copy, gone, failed, …


def recent_nights(connection: Connection, limit: int) -> tuple[NightSummary, ...]:
    """Return the last nights, the newest first."""
    newest_run_ids = (
        select(runs.c.night).group_by(runs.c.night).order_by(func.max(runs.c.id).desc()).limit(limit)
    )
    run_columns = (runs.c[name] for name in ("night", "started_at", "finished_at", "healthy", "counts"))
    of_these_nights = select(*run_columns).where(runs.c.night.in_(newest_run_ids)).order_by(runs.c.id.desc())
    runs_by_night: dict[str, list[Row[Any]]] = {}
    for run_row in connection.execute(of_these_nights):
        runs_by_night.setdefault(run_row.night, []).append(run_row)
    return tuple(_night_summary(name, run_rows) for name, run_rows in runs_by_night.items())


def _night_summary(name: str, run_rows: Sequence[Row[Any]]) -> NightSummary:
    outcome_counts: Counter[str] = Counter()
    for run_row in run_rows:
        outcome_counts.update({key: n for key, n in run_row.counts.items() if isinstance(n, int)})
    run_ends = [run_row.finished_at for run_row in run_rows]
    return NightSummary(
        name=name,
        began=min(run_row.started_at for run_row in run_rows),
        ended=None if None in run_ends else max(run_ends),
        sites=len(run_rows),
        trouble=sum(run_row.healthy is False for run_row in run_rows),
        counts=outcome_counts,
    )


def last_visits(connection: Connection) -> dict[str, tuple[datetime, bool]]:
    """Return `(as-of instant, whether it was finished)` of each site's newest run, by site.

    A run that ended early (unreachable, throttled, stopped, its budget spent) is due again.
    """
    newest_runs = select(func.max(runs.c.id)).group_by(runs.c.site)
    run_rows = connection.execute(select(runs).where(runs.c.id.in_(newest_runs)))
    return {run_row.site: (run_row.as_of, run_row.ending == FRONTIER_EMPTY) for run_row in run_rows}


def finished_runs_before(connection: Connection, site: str, before: int, limit: int = 10) -> tuple[Run, ...]:
    """Return the finished runs of a site before a run, the newest first."""
    run_select = select(runs).where(runs.c.site == site, runs.c.id < before, runs.c.finished_at.is_not(None))
    return tuple(
        as_run(run_row) for run_row in connection.execute(run_select.order_by(runs.c.id.desc()).limit(limit))
    )


@dataclass(frozen=True, slots=True)
class OutcomeCount:
    """Number of URLs of one kind with one outcome for one reason in one run."""

    kind: UrlKind
    outcome: Outcome
    reason: str | None
    count: int
    example: str  # one such URL, a named one if there is any
    detail: str | None
    named: int = 1  # of them: all but sitemaps that neither the profile nor another sitemap names any more


def count_outcomes(connection: Connection, run: int) -> tuple[OutcomeCount, ...]:
    """Count the URLs that a run settled or refused, by kind, outcome and reason."""
    run_columns = (urls.c.kind, urls.c.outcome, urls.c.reason)
    named_url = or_(urls.c.kind != UrlKind.SITEMAP, urls.c.root, urls.c.sitemap.is_not(None))
    example_url = func.coalesce(func.min(case((named_url, urls.c.url))), func.min(urls.c.url))
    run_select = (
        select(
            *run_columns,
            func.count(),
            example_url,
            func.min(urls.c.detail),
            func.sum(case((named_url, 1), else_=0)),
        )
        .where(urls.c.last_run == run, urls.c.outcome.is_not(None))
        .group_by(*run_columns)
        .order_by(*run_columns)
    )
    return tuple(
        OutcomeCount(UrlKind(kind), Outcome(outcome), reason, int(url_count), url, detail, int(named_count))
        for kind, outcome, reason, url_count, url, detail, named_count in connection.execute(run_select)
    )


def count_url_states(connection: Connection, site: str) -> dict[str, int]:
    """Count a site's URLs in the frontier by state."""
    run_select = select(urls.c.state, func.count()).where(urls.c.site == site).group_by(urls.c.state)
    return {UrlState(state).value: int(url_count) for state, url_count in connection.execute(run_select)}


def count_discovered_urls(connection: Connection, run: int) -> int:
    """Count the URLs discovered in a run."""
    return connection.scalar(select(func.count()).where(urls.c.found_run == run)) or 0


def count_article_links(connection: Connection, run: int) -> int:
    """Count the article links on the discovery pages that a run read; a page that failed has none."""
    read_pages = urls.c.outcome.in_((Outcome.DISCOVERED, Outcome.SAME))
    return connection.scalar(select(func.sum(urls.c.links)).where(urls.c.last_run == run, read_pages)) or 0


def count_responses(connection: Connection, run: int) -> dict[int, int]:
    """Count the exchanges of a run in the WARC files by HTTP status, without rendered documents."""
    is_exchange = captures.c.content_type.is_distinct_from(RENDERED)
    run_select = (
        select(captures.c.status, func.count())
        .where(captures.c.run_id == run, is_exchange)
        .group_by(captures.c.status)
    )
    return {int(status): int(url_count) for status, url_count in connection.execute(run_select)}
