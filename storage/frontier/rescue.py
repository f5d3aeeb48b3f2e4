"""RescueFrontier: the order in which a dying site is asked - whole articles first, then ways to more."""

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
FEW = 4  # URLs handed out at once: what these lead to comes before what else waits
LOST = (UrlState.FAILED, UrlState.GONE)


@dataclass(frozen=True)
class RescueFrontier(Frontier):
    """The frontier of a site that may be gone tomorrow; its turns and its politeness stay as they are."""

    @classmethod
    def from_frontier(cls, usual: Frontier) -> RescueFrontier:
        """The rescue of a site, with what its usual frontier was made with."""
        return cls(**{each.name: getattr(usual, each.name) for each in fields(usual) if each.init})

    def make_due(self, connection: Connection, *, revisit_all: bool = False) -> int:
        """Make pending every list, all that ever failed, and articles whose files were never asked for.

        Articles whose page and files are stored are left alone, however old: the site's last hours are for
        what is missing. With `revisit_all` they are asked too.
        """
        mine = and_(urls.c.site == self.site, urls.c.last_run.is_distinct_from(self.run))
        leased = and_(urls.c.site == self.site, urls.c.state == UrlState.LEASED)
        lost = connection.execute(update(urls).where(leased).values(state=UrlState.PENDING)).rowcount
        wanted = or_(urls.c.kind.in_(LISTS), urls.c.state.in_(LOST))
        if revisit_all:
            wanted = or_(wanted, urls.c.kind == UrlKind.ARTICLE)
        asleep = urls.c.state.in_((UrlState.DONE, *LOST))
        woken = update(urls).where(mine, wanted, asleep)
        return lost + connection.execute(woken.values(state=UrlState.PENDING)).rowcount

    def refetch_articles(self, connection: Connection) -> int:
        """Ask every article again for its whole page: its images or files were not asked for so far."""
        articles = update(urls).where(
            urls.c.site == self.site, urls.c.kind == UrlKind.ARTICLE, urls.c.state == UrlState.DONE
        )
        return connection.execute(articles.values(state=UrlState.PENDING, **_CHANGED)).rowcount

    def lease(self, connection: Connection, limit: int) -> tuple[LeasedUrl, ...]:
        """Hand out up to `limit` pending URLs, depth first, what was found last first."""
        chosen = queue(self.site).order_by(None).order_by(_DEPTH, urls.c.id.desc()).limit(min(limit, FEW))
        rows: list[Row[Any]] = list(connection.execute(chosen))
        if rows:
            held = update(urls).where(urls.c.id.in_([row.id for row in rows]))
            connection.execute(held.values(state=UrlState.LEASED))
        return tuple(task_of(row) for row in rows)


def lacks_files(connection: Connection, site: str) -> bool:
    """Whether no image, or no attachment, was ever found on a site: not looked for, or there is none."""
    chosen = select(urls.c.kind).where(urls.c.site == site, urls.c.kind.in_(FILES)).distinct()
    return len(connection.scalars(chosen).all()) < len(FILES)
