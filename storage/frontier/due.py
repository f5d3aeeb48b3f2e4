"""Counts of due URLs per site, for the plan and the dry run of a night; nothing is fetched."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, and_, case, func, or_, select

from storage.database.schema import urls
from storage.frontier.revisit_budget import REVISITED
from storage.frontier.revisit_policy import SLACK
from storage.frontier.tasks import BEHIND, DISCOVERY
from storage.records import UrlKind, UrlState


@dataclass(frozen=True, slots=True)
class DueCounts:
    """How many URLs of one site are pending or due, by what they are for."""

    site: str
    discovery: int  # seeds, feeds, sitemaps and listings that are due
    quiet: int  # of the profile's own URLs: not due, for they showed nothing new of late
    pending: int  # discovered and not reached by the last run
    again: int  # failed before, and due
    revisits: int  # stored articles and documents that are due; the revisit budget limits them
    backlog: int  # old pages in the backlog


def count_due(connection: Connection, as_of: datetime) -> dict[str, DueCounts]:
    """Return the counts of each site's frontier for a night whose due dates are reckoned from `as_of`."""
    due = urls.c.next_visit <= as_of + SLACK
    waits = urls.c.state.in_((UrlState.PENDING, UrlState.LEASED))
    is_discovery = urls.c.phase < DISCOVERY
    revisitable = and_(urls.c.state.in_((UrlState.DONE, UrlState.GONE)), urls.c.kind.in_(REVISITED))
    failed = urls.c.state.in_((UrlState.FAILED, UrlState.REFUSED))
    never_visited = and_(urls.c.root, urls.c.next_visit.is_(None))
    idle = urls.c.state.not_in((UrlState.PENDING, UrlState.LEASED))
    sleeping = and_(urls.c.root, idle, urls.c.next_visit > as_of + SLACK, urls.c.kind != UrlKind.SEED)
    columns = (
        _count(and_(is_discovery, or_(waits, never_visited, and_(urls.c.state == UrlState.DONE, due)))),
        _count(sleeping),
        _count(and_(waits, urls.c.phase.between(DISCOVERY, BEHIND - 1))),
        _count(and_(failed, due)),
        _count(and_(revisitable, due)),
        _count(and_(waits, urls.c.phase >= BEHIND)),
    )
    rows = connection.execute(select(urls.c.site, *columns).group_by(urls.c.site))
    return {site: DueCounts(site, *map(int, counts)) for site, *counts in rows}


def _count(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return func.sum(case((condition, 1), else_=0))
