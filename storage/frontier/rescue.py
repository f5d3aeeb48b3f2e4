"""RescueFrontier: the order of visits to a dying site - whole articles first, then ways to more of them."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

from sqlalchemy import Connection, Row, and_, case, or_, select, update

from storage.database.schema import urls
from storage.frontier.queue import Frontier
from storage.frontier.tasks import LeasedUrl, queue, task_of
from storage.records import UrlKind, UrlState

FILES = (UrlKind.ATTACHMENT, UrlKind.IMAGE)
_CHANGED = {"etag": None, "last_modified": None, "payload_digest": None}
# Depth first: what belongs to an article read goes before the next article, and articles before more lists.
_DEPTH = case(
    (urls.c.kind.in_(FILES), 0),
    (urls.c.kind == UrlKind.ARTICLE, 1),
    else_=2,
)
LISTS = (UrlKind.SEED, UrlKind.FEED, UrlKind.SITEMAP, UrlKind.LISTING)
URLS_PER_LEASE = 4  # what these lead to comes before what else is pending
LOST = (UrlState.FAILED, UrlState.GONE)


@dataclass(frozen=True)
class RescueFrontier(Frontier):
    """The frontier of a site that may be gone tomorrow; rate limits stay as they are."""

    @classmethod
    def from_frontier(cls, frontier: Frontier) -> RescueFrontier:
        """Return the rescue frontier of a site, with the settings of its usual one."""
        return cls(
            **{
                attribute.name: getattr(frontier, attribute.name)
                for attribute in fields(frontier)
                if attribute.init
            }
        )

    def make_due(self, connection: Connection, *, revisit_all: bool = False) -> int:
        """Make pending every list, all that ever failed, and articles whose files were never fetched.

        Articles whose page and files are stored are left alone, however old: the site's last hours are for
        what is missing. With `revisit_all` they are asked too.
        """
        of_site = and_(urls.c.site == self.site, urls.c.last_run.is_distinct_from(self.run))
        leased = and_(urls.c.site == self.site, urls.c.state == UrlState.LEASED)
        lost = connection.execute(update(urls).where(leased).values(state=UrlState.PENDING)).rowcount
        worth_visiting = or_(urls.c.kind.in_(LISTS), urls.c.state.in_(LOST))
        if revisit_all:
            worth_visiting = or_(worth_visiting, urls.c.kind == UrlKind.ARTICLE)
        asleep = urls.c.state.in_((UrlState.DONE, *LOST))
        woken = update(urls).where(of_site, worth_visiting, asleep)
        return lost + connection.execute(woken.values(state=UrlState.PENDING)).rowcount

    def refetch_articles(self, connection: Connection) -> int:
        """Make every article pending without validators: its images or files were not fetched so far."""
        articles = update(urls).where(
            urls.c.site == self.site, urls.c.kind == UrlKind.ARTICLE, urls.c.state == UrlState.DONE
        )
        return connection.execute(articles.values(state=UrlState.PENDING, **_CHANGED)).rowcount

    def lease(self, connection: Connection, limit: int) -> tuple[LeasedUrl, ...]:
        """Lease up to `limit` pending URLs, depth first, the last discovered first."""
        pending = (
            queue(self.site)
            .order_by(None)
            .order_by(_DEPTH, urls.c.id.desc())
            .limit(min(limit, URLS_PER_LEASE))
        )
        rows: list[Row[Any]] = list(connection.execute(pending))
        if rows:
            leased_rows = update(urls).where(urls.c.id.in_([row.id for row in rows]))
            connection.execute(leased_rows.values(state=UrlState.LEASED))
        return tuple(task_of(row) for row in rows)


def lacks_files(connection: Connection, site: str) -> bool:
    """Return whether no image, or no attachment, was ever discovered on a site."""
    chosen = select(urls.c.kind).where(urls.c.site == site, urls.c.kind.in_(FILES)).distinct()
    return len(connection.scalars(chosen).all()) < len(FILES)
