"""The overseer: ends visits, and the night, when a budget is spent or their hours are over."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime

from crawler.budget import BudgetLimits, remaining_pages
from crawler.night.plan import quiet_now
from crawler.night.session import CrawlSession
from crawler.site_run import SiteRun

GLANCE = 0.5  # seconds between two looks
Ending = tuple[str, str]  # why the visit or night ends, and the details for the report


async def watch_limits(session: CrawlSession, clock: Callable[[], datetime]) -> None:
    """Look at the budgets and the clock until cancelled."""
    while True:
        if ending := _night(session, clock()):
            session.stop(*ending)
            return
        for visit in list(session.site_runs.values()):
            if ending := _site(visit, clock()):
                visit.stop(*ending)
                visit.wake_scheduler()
        await asyncio.sleep(GLANCE)


def _night(session: CrawlSession, now: datetime) -> Ending | None:
    until = session.night.until
    if until is not None and now >= until:
        return "deadline", f"the night ends at {until:%H:%M}; what waits is asked first in the next"
    limits = BudgetLimits.of_night(session.config)
    if not remaining_pages(session.usage, limits):
        return "night_budget", f"{session.usage.pages} pages, the budget of the night"
    if told := session.usage.spent(limits):
        return "night_budget", f"{told}, the budget of the night"
    return None


def _site(visit: SiteRun, now: datetime) -> Ending | None:
    if hours := quiet_now(visit.profile, visit.config, now):
        return "quiet_hours", f"the site's quiet hours are {hours}; what waits is asked after them"
    if told := visit.usage.spent(BudgetLimits.of_site(visit.profile, visit.config)):
        return "site_budget", f"{told}, the budget of one run"
    return None
