"""The overseer: ends visits, and the night, when a budget is spent or their hours are over."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime

from crawler.budget import Limits, room
from crawler.night.plan import quiet_now
from crawler.night.session import Workshop
from crawler.visit import SiteVisit

GLANCE = 0.5  # seconds between two looks
Ending = tuple[str, str]  # why the visit or night ends, and the details for the report


async def oversee(workshop: Workshop, clock: Callable[[], datetime]) -> None:
    """Look at the budgets and the clock until cancelled."""
    while True:
        if ending := _night(workshop, clock()):
            workshop.stop(*ending)
            return
        for visit in list(workshop.visits.values()):
            if ending := _site(visit, clock()):
                visit.stop(*ending)
                visit.on_settled()
        await asyncio.sleep(GLANCE)


def _night(workshop: Workshop, now: datetime) -> Ending | None:
    until = workshop.night.until
    if until is not None and now >= until:
        return "deadline", f"the night ends at {until:%H:%M}; what waits is asked first in the next"
    limits = Limits.of_night(workshop.config)
    if not room(workshop.purse, limits):
        return "night_budget", f"{workshop.purse.pages} pages, the budget of the night"
    if told := workshop.purse.spent(limits):
        return "night_budget", f"{told}, the budget of the night"
    return None


def _site(visit: SiteVisit, now: datetime) -> Ending | None:
    if hours := quiet_now(visit.profile, visit.config, now):
        return "quiet_hours", f"the site's quiet hours are {hours}; what waits is asked after them"
    if told := visit.purse.spent(Limits.of_site(visit.profile, visit.config)):
        return "site_budget", f"{told}, the budget of one run"
    return None
