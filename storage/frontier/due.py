"""Outlook: what a visit to a site would ask, told from the frontier without asking anything."""

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
    """The URLs of one site that wait, or are due."""

    site: str
    discovery: int  # seeds, feeds, sitemaps and listings that are due
    quiet: int  # of the profile's own ones: those not due, for they told nothing new of late
    pending: int  # found and not reached by the last run
    again: int  # failed, and due
    revisits: int  # known articles and documents that are due; the allowance says how many are asked
    backlog: int  # old pages


def count_due(connection: Connection, as_of: datetime) -> dict[str, DueCounts]:
    """What each site's frontier holds for a night reckoned from `as_of`, by site."""
    due = urls.c.next_visit <= as_of + SLACK
    waits = urls.c.state.in_((UrlState.PENDING, UrlState.LEASED))
    finding = urls.c.phase < DISCOVERY
    known = and_(urls.c.state.in_((UrlState.DONE, UrlState.GONE)), urls.c.kind.in_(REVISITED))
    failed = urls.c.state.in_((UrlState.FAILED, UrlState.REFUSED))
    never = and_(urls.c.root, urls.c.next_visit.is_(None))
    idle = urls.c.state.not_in((UrlState.PENDING, UrlState.LEASED))
    sleeping = and_(urls.c.root, idle, urls.c.next_visit > as_of + SLACK, urls.c.kind != UrlKind.SEED)
    columns = (
        _count(and_(finding, or_(waits, never, and_(urls.c.state == UrlState.DONE, due)))),
        _count(sleeping),
        _count(and_(waits, urls.c.phase.between(DISCOVERY, BEHIND - 1))),
        _count(and_(failed, due)),
        _count(and_(known, due)),
        _count(and_(waits, urls.c.phase >= BEHIND)),
    )
    rows = connection.execute(select(urls.c.site, *columns).group_by(urls.c.site))
    return {site: DueCounts(site, *map(int, counts)) for site, *counts in rows}


def _count(which: ColumnElement[bool]) -> ColumnElement[int]:
    return func.sum(case((which, 1), else_=0))
