"""Revisit budget: how many requests a run may make besides those for new articles.

It is a bound per night that a webmaster can be shown.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import Connection, Select, and_, case, exists, func, or_, select, update

from storage.database.schema import appearances, urls
from storage.frontier.tasks import BEHIND, DISCOVERY
from storage.records import Outcome, UrlKind, UrlState

NEWS = (Outcome.NEW, Outcome.COPY)
CHANGED = (Outcome.REVISED, Outcome.GONE)
FILES = (UrlKind.ATTACHMENT, UrlKind.IMAGE)
POLLED = (UrlState.DONE, UrlState.FAILED)
KNOWN = (UrlState.DONE, UrlState.GONE, UrlState.FAILED)
REVISITED = (UrlKind.ARTICLE, UrlKind.ATTACHMENT)
ROBOTS = 1  # robots.txt is asked in every run and has no row


@dataclass(frozen=True, slots=True)
class RequestCount:
    """Requests of a run so far: pages fetched or in flight, those of them news, and repeated requests."""

    pages: int
    news: int
    repeated: int = 0


@dataclass(frozen=True, slots=True)
class RevisitBudget:
    """At most `1 + share` requests for each new or changed article, and `courtesy` more, a run."""

    share: float = 0.2
    courtesy: int = 4
    spared: int = 0  # of it, requests kept for articles that piled up while the site was away
    sampling: bool = True  # one stored article is revisited where no article was read
    hinted: bool = False  # articles show no date: feeds and listings must give it

    def left(self, spent: RequestCount) -> int:
        """Return how many requests the budget still allows."""
        most = (1 + self.share) * spent.news + self.courtesy
        return max(0, math.floor(most + 1e-9) - spent.pages - spent.repeated - ROBOTS)


ALLOWANCE = RevisitBudget()


def spent(connection: Connection, site: str, run: int, repeated: int = 0) -> RequestCount:
    """Return the requests of a run: those made, and those its pending URLs will take.

    Images come with their articles and do not count. A change counts as news when a sitemap listed it: one
    noticed by a revisit may be old, and would allow more than the night brought.
    """
    open_states = urls.c.state.in_((UrlState.LEASED, UrlState.PENDING))
    discovered = and_(urls.c.found_run == run, urls.c.kind == UrlKind.ARTICLE, open_states)
    settled = and_(urls.c.last_run == run, urls.c.outcome != Outcome.REFUSED)
    waits = and_(open_states, urls.c.phase < BEHIND)
    counted = and_(urls.c.site == site, or_(settled, waits), urls.c.kind != UrlKind.IMAGE)
    first = and_(urls.c.found_run == run, urls.c.outcome.in_(NEWS))
    told_by_sitemap = and_(urls.c.lastmod.is_not(None), urls.c.outcome.in_(CHANGED))
    news = or_(and_(urls.c.last_run == run, or_(first, told_by_sitemap)), discovered)
    counts = select(func.count(), func.sum(case((news, 1), else_=0)))
    pages, new = connection.execute(counts.where(counted)).one()
    return RequestCount(pages, int(new or 0), repeated)


def polls(site: str, run: int, now: datetime) -> Select[int]:
    """Select the feeds, sitemaps and listings that are due, those that last showed something new first."""
    return (
        select(urls.c.id)
        .where(
            urls.c.site == site,
            urls.c.state.in_(POLLED),
            or_(urls.c.payload_digest.is_not(None), urls.c.state != UrlState.FAILED),
            urls.c.phase < DISCOVERY,
            urls.c.kind != UrlKind.SEED,
            urls.c.next_visit <= now,
            urls.c.last_run.is_distinct_from(run),
        )
        .order_by(case((urls.c.unchanged == 0, 0), else_=1), urls.c.last_visit, urls.c.id)
    )


def hinting(site: str, run: int) -> Select[int]:
    """Select the feeds, sitemaps and listings that may date an article, due or not; feeds first: short."""
    anytime = polls(site, run, datetime.max.replace(tzinfo=UTC))
    return anytime.order_by(None).order_by(case((urls.c.kind == UrlKind.FEED, 0), else_=1), urls.c.id)


def undated(connection: Connection, site: str, run: int) -> bool:
    """Return whether articles that this run discovered are pending without a date hint."""
    waits = and_(urls.c.state == UrlState.PENDING, urls.c.phase < BEHIND, urls.c.date_hint.is_(None))
    undated_articles = exists().where(
        urls.c.site == site, urls.c.found_run == run, urls.c.kind == UrlKind.ARTICLE, waits
    )
    return bool(connection.scalar(select(undated_articles)))


def due(site: str, run: int, now: datetime) -> Select[int]:
    """Select the articles and attachments due for a revisit; failed ones if they were fetched before."""
    return select(urls.c.id).where(
        urls.c.site == site,
        urls.c.state.in_(KNOWN),
        or_(urls.c.payload_digest.is_not(None), urls.c.state != UrlState.FAILED),
        urls.c.kind.in_(REVISITED),
        urls.c.next_visit <= now,
        urls.c.last_run.is_distinct_from(run),
    )


def sample(connection: Connection, site: str, run: int) -> int:
    """Make one stored article pending, unless the run has read one; return how many (0 or 1).

    A changed layout, or one page for every URL, is noticed there even on a night without news.
    """
    shown = exists().where(appearances.c.site == urls.c.site, appearances.c.url == urls.c.url)
    archived = select(urls.c.id).where(urls.c.site == site, urls.c.kind == UrlKind.ARTICLE, shown)
    visited = archived.where(urls.c.last_run == run)
    if connection.scalar(visited.limit(1)) is not None:
        return 0
    idle = archived.where(urls.c.state == UrlState.DONE, urls.c.last_run.is_distinct_from(run))
    first = idle.where(urls.c.next_visit.is_not(None)).order_by(urls.c.next_visit, urls.c.id).limit(1)
    return rouse(connection, connection.scalars(first).all())


def wake(connection: Connection, due_rows: Select[int], limit: int) -> int:
    """Make up to `limit` due rows pending, by turns the likeliest to have changed and the longest overdue."""
    lively = due_rows.order_by(urls.c.unchanged, urls.c.changed.desc(), urls.c.next_visit, urls.c.id)
    overdue = due_rows.order_by(urls.c.next_visit, urls.c.id)
    ranked = [connection.scalars(candidates.limit(limit)).all() for candidates in (lively, overdue)]
    row_ids = list(dict.fromkeys(row for pair in zip(*ranked, strict=True) for row in pair))[:limit]
    return rouse(connection, row_ids)


def rouse(connection: Connection, row_ids: Sequence[int]) -> int:
    """Make rows pending; return how many."""
    if row_ids:
        connection.execute(update(urls).where(urls.c.id.in_(row_ids)).values(state=UrlState.PENDING))
    return len(row_ids)
