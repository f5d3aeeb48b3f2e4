"""Health's rows: days of publication, what the profile's own addresses showed, pages then and now."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import Connection, Select, and_, exists, func, or_, select

from storage.articles.queries import as_capture
from storage.database.schema import appearances, articles, captures, sites, urls
from storage.records import Capture, Outcome, Reason, UrlKind
from storage.warc.exchange import RENDERED

READ_OUTCOMES = (Outcome.DISCOVERED, Outcome.SAME)
ARTICLE_OUTCOMES = (Outcome.NEW, Outcome.SAME, Outcome.COPY, Outcome.REVISED)


def publication_days(connection: Connection, site: str, since: date) -> dict[date, int]:
    """Articles a site shows, by their day; those without one by the day they were first seen."""
    dated = (
        select(articles.c.day, func.count())
        .join(appearances, appearances.c.article_id == articles.c.id)
        .where(appearances.c.site == site, articles.c.day >= since)
    )
    counts = {day: int(count) for day, count in connection.execute(dated.group_by(articles.c.day))}
    if counts:
        return counts
    begin = datetime.combine(since, datetime.min.time(), UTC)
    undated = select(appearances.c.first_seen).where(
        appearances.c.site == site, appearances.c.first_seen >= begin
    )
    for (seen,) in connection.execute(undated):
        counts[seen.date()] = counts.get(seen.date(), 0) + 1
    return counts


def root_links(connection: Connection, run: int) -> dict[str, int]:
    """The profile's own addresses a run read, with how many articles each shows."""
    chosen = select(urls.c.url, urls.c.links).where(
        urls.c.last_run == run,
        urls.c.root.is_(True),
        urls.c.outcome.in_(READ_OUTCOMES),
        urls.c.links.is_not(None),
    )
    return {url: int(links) for url, links in connection.execute(chosen.order_by(urls.c.id))}


def root_addresses(connection: Connection, run: int) -> tuple[str, ...]:
    """The seeds and listings of the profile that a run asked, in its order."""
    kinds = (UrlKind.SEED, UrlKind.LISTING)
    chosen = select(urls.c.url).where(urls.c.last_run == run, urls.c.root.is_(True), urls.c.kind.in_(kinds))
    return tuple(connection.scalars(chosen.order_by(urls.c.id)))


def responses_at(
    connection: Connection, runs: Sequence[int], address: str, limit: int
) -> tuple[tuple[Capture, int], ...]:
    """(capture, run) of one address's whole answers in some runs, each payload once, the newest first."""
    chosen = _full_responses(runs).where(captures.c.url == address).order_by(captures.c.id.desc())
    once: dict[str, tuple[Capture, int]] = {}
    for row in connection.execute(chosen.limit(limit * 4)):
        once.setdefault(row.payload_digest, (as_capture(row), row.run_id))
    return tuple(once.values())[:limit]


def article_responses(
    connection: Connection, runs: Sequence[int], limit: int, *, shown: bool
) -> tuple[tuple[Capture, int], ...]:
    """(capture, run) of article pages fetched in some runs, the newest first; `shown`: only articles.

    Otherwise also what was an article once, and what was found in these runs; a page that says it is not
    there tells nothing of how the site's articles are built.
    """
    joined = and_(urls.c.capture_id == captures.c.id, urls.c.kind == UrlKind.ARTICLE)
    chosen = _full_responses(runs).join(urls, joined)
    if shown:
        chosen = chosen.where(urls.c.outcome.in_(ARTICLE_OUTCOMES))
    else:
        once = exists().where(appearances.c.site == urls.c.site, appearances.c.url == urls.c.url)
        chosen = chosen.where(or_(once, urls.c.found_run.in_(list(runs))))
        chosen = chosen.where(urls.c.reason.is_distinct_from(Reason.SOFT_404))
    rows = connection.execute(chosen.order_by(captures.c.id.desc()).limit(limit))
    return tuple((as_capture(row), row.run_id) for row in rows)


def addresses_of_articles(connection: Connection, site: str, addresses: Collection[str]) -> frozenset[str]:
    """Those of some addresses at which the site shows, or showed, an article."""
    chosen = select(appearances.c.url).where(appearances.c.site == site, appearances.c.url.in_(addresses))
    return frozenset(connection.scalars(chosen))


def _full_responses(runs: Sequence[int]) -> Select[Any]:
    return select(captures).where(
        captures.c.run_id.in_(list(runs)),
        captures.c.status == 200,
        captures.c.revisit.is_(False),
        captures.c.content_type.is_distinct_from(RENDERED),
    )


def site_names(connection: Connection) -> dict[str, tuple[str, str]]:
    """(name, status) of every site the archive knows."""
    return {row.key: (row.name, row.status) for row in connection.execute(select(sites))}
