"""Budgets of a visit and of a whole night: limits of pages, megabytes and minutes, and their usage."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

from crawler.config import Config
from spiders.profile.site_profile import SiteProfile

BYTES_PER_MEGABYTE = 1_000_000


@dataclass(frozen=True, slots=True)
class BudgetLimits:
    """Limits of a visit or a night; None = no limit."""

    pages: int | None = None
    megabytes: float | None = None
    minutes: float | None = None

    @classmethod
    def of_night(cls, config: Config) -> BudgetLimits:
        """Return the limits of all sites together."""
        return cls(config.night_pages or None, config.night_megabytes or None, config.night_minutes or None)

    @classmethod
    def of_site(cls, profile: SiteProfile, config: Config) -> BudgetLimits:
        """Return the limits of one visit: the profile's, else the configuration's."""
        fetch = profile.fetch
        megabytes = fetch.megabytes or config.site_megabytes or None
        return cls(fetch.budget, megabytes, fetch.minutes or config.site_minutes or None)


@dataclass(slots=True)
class BudgetUsage:
    """Pages, bytes and time a visit or a night has used."""

    pages: int = 0  # URLs leased
    size: int = 0  # bytes of responses
    began: float = field(default_factory=time.monotonic)

    def spent(self, limits: BudgetLimits) -> str | None:
        """Return the limit of bytes or minutes that is reached, in words; None when none is.

        Pages are not looked at: they count when they are leased.
        """
        minutes = (time.monotonic() - self.began) / 60
        if limits.megabytes and self.size >= limits.megabytes * BYTES_PER_MEGABYTE:
            return f"{self.size / BYTES_PER_MEGABYTE:.1f} MB answered of {limits.megabytes:g}"
        if limits.minutes and minutes >= limits.minutes:
            return f"{minutes:.1f} minutes of {limits.minutes:g}"
        return None


def remaining_pages(usage: BudgetUsage, limits: BudgetLimits) -> int:
    """Return how many pages may still be leased."""
    return max(0, limits.pages - usage.pages) if limits.pages is not None else 1_000_000
