"""Watchdog: ends runs, and the night, when a budget is spent or their hours are over."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime

from crawler.budget import BudgetLimits, remaining_pages
from crawler.night.plan import quiet_now
from crawler.night.session import CrawlSession
from crawler.site_run import SiteRun

CHECK_SECONDS = 0.5  # seconds between two looks
Ending = tuple[str, str]  # why the visit or night ends, and the details for the report


async def watch_limits(session: CrawlSession, clock: Callable[[], datetime]) -> None:
    """Check the budgets and the clock until cancelled."""
    while True:
        if ending := _night(session, clock()):
            session.stop(*ending)
            return
        for site_run in list(session.site_runs.values()):
            if ending := _site(site_run, clock()):
                site_run.stop(*ending)
                site_run.wake_scheduler()
        await asyncio.sleep(CHECK_SECONDS)


def _night(session: CrawlSession, now: datetime) -> Ending | None:
    until = session.night.until
    if until is not None and now >= until:
        return "deadline", f"the night ends at {until:%H:%M}; what waits is asked first in the next"
    limits = BudgetLimits.of_night(session.config)
    if not remaining_pages(session.usage, limits):
        return "night_budget", f"{session.usage.pages} pages, the budget of the night"
    if limit := session.usage.spent(limits):
        return "night_budget", f"{limit}, the budget of the night"
    return None


def _site(site_run: SiteRun, now: datetime) -> Ending | None:
    if hours := quiet_now(site_run.profile, site_run.config, now):
        return "quiet_hours", f"the site's quiet hours are {hours}; what waits is asked after them"
    if limit := site_run.usage.spent(BudgetLimits.of_site(site_run.profile, site_run.config)):
        return "site_budget", f"{limit}, the budget of one run"
    return None
