"""How much a run may ask besides what is new: a bound on requests a night that a webmaster can be shown."""

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
    """Requests of a run so far: pages asked or in flight, those of them new, what was sent again."""

    pages: int
    news: int
    repeated: int = 0


@dataclass(frozen=True, slots=True)
class RevisitBudget:
    """At most `1 + share` requests for each new or changed article, and `courtesy` more, a run."""

    share: float = 0.2
    courtesy: int = 4
    spared: int = 0  # of it, requests kept for articles that have piled up while the site was away
    sampling: bool = True  # one known article is asked where no other was read
    hinted: bool = False  # articles show no date of their own: feeds and listings must tell it

    def left(self, spent: RequestCount) -> int:
        """How many known articles may still be asked whether they changed."""
        most = (1 + self.share) * spent.news + self.courtesy
        return max(0, math.floor(most + 1e-9) - spent.pages - spent.repeated - ROBOTS)


ALLOWANCE = RevisitBudget()


def spent(connection: Connection, site: str, run: int, repeated: int = 0) -> RequestCount:
    """What a run has asked for, and what it has found and will ask for.

    Images come with their articles and do not count. A change counts when a sitemap told it: one noticed
    by asking may be old, and would allow more than its night brought.
    """
    open_states = urls.c.state.in_((UrlState.LEASED, UrlState.PENDING))
    found = and_(urls.c.found_run == run, urls.c.kind == UrlKind.ARTICLE, open_states)
    settled = and_(urls.c.last_run == run, urls.c.outcome != Outcome.REFUSED)
    waits = and_(open_states, urls.c.phase < BEHIND)
    counted = and_(urls.c.site == site, or_(settled, waits), urls.c.kind != UrlKind.IMAGE)
    first = and_(urls.c.found_run == run, urls.c.outcome.in_(NEWS))
    told = and_(urls.c.lastmod.is_not(None), urls.c.outcome.in_(CHANGED))
    news = or_(and_(urls.c.last_run == run, or_(first, told)), found)
    chosen = select(func.count(), func.sum(case((news, 1), else_=0)))
    pages, new = connection.execute(chosen.where(counted)).one()
    return RequestCount(pages, int(new or 0), repeated)


def polls(site: str, run: int, now: datetime) -> Select[int]:
    """The feeds, sitemaps and listings that are due, those that told something new last time first."""
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
    """The feeds, sitemaps and listings that may date an article, due or not; feeds first, they are short."""
    anytime = polls(site, run, datetime.max.replace(tzinfo=UTC))
    return anytime.order_by(None).order_by(case((urls.c.kind == UrlKind.FEED, 0), else_=1), urls.c.id)


def undated(connection: Connection, site: str, run: int) -> bool:
    """Whether articles this run found wait to be asked, and nothing has told their date."""
    waits = and_(urls.c.state == UrlState.PENDING, urls.c.phase < BEHIND, urls.c.date_hint.is_(None))
    mine = exists().where(urls.c.site == site, urls.c.found_run == run, urls.c.kind == UrlKind.ARTICLE, waits)
    return bool(connection.scalar(select(mine)))


def due(site: str, run: int, now: datetime) -> Select[int]:
    """The articles and attachments whose revisit is due; those that failed, once they had been had."""
    return select(urls.c.id).where(
        urls.c.site == site,
        urls.c.state.in_(KNOWN),
        or_(urls.c.payload_digest.is_not(None), urls.c.state != UrlState.FAILED),
        urls.c.kind.in_(REVISITED),
        urls.c.next_visit <= now,
        urls.c.last_run.is_distinct_from(run),
    )


def sample(connection: Connection, site: str, run: int) -> int:
    """Wake one article that the archive shows, unless the run has read one; returns how many.

    A site's new dress, or one page for every address, shows there even when there is no news to show it.
    """
    shown = exists().where(appearances.c.site == urls.c.site, appearances.c.url == urls.c.url)
    known = select(urls.c.id).where(urls.c.site == site, urls.c.kind == UrlKind.ARTICLE, shown)
    asked = known.where(urls.c.last_run == run)
    if connection.scalar(asked.limit(1)) is not None:
        return 0
    idle = known.where(urls.c.state == UrlState.DONE, urls.c.last_run.is_distinct_from(run))
    first = idle.where(urls.c.next_visit.is_not(None)).order_by(urls.c.next_visit, urls.c.id).limit(1)
    return rouse(connection, connection.scalars(first).all())


def wake(connection: Connection, chosen: Select[int], room: int) -> int:
    """Make up to `room` due rows pending: in turn the likeliest to have changed and the longest overdue."""
    lively = chosen.order_by(urls.c.unchanged, urls.c.changed.desc(), urls.c.next_visit, urls.c.id)
    overdue = chosen.order_by(urls.c.next_visit, urls.c.id)
    ranked = [connection.scalars(each.limit(room)).all() for each in (lively, overdue)]
    picked = list(dict.fromkeys(row for pair in zip(*ranked, strict=True) for row in pair))[:room]
    return rouse(connection, picked)


def rouse(connection: Connection, picked: Sequence[int]) -> int:
    """Make rows pending; returns how many."""
    if picked:
        connection.execute(update(urls).where(urls.c.id.in_(picked)).values(state=UrlState.PENDING))
    return len(picked)
