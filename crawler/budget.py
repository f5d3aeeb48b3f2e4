"""Budgets: what a visit, and a whole night, may use of pages, bytes and minutes, and what they have."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

from crawler.config import Config
from spiders.profile.site_profile import SiteProfile

BYTES_PER_MEGABYTE = 1_000_000


@dataclass(frozen=True, slots=True)
class BudgetLimits:
    """What a visit or a night may use; none = no limit."""

    pages: int | None = None
    megabytes: float | None = None
    minutes: float | None = None

    @classmethod
    def of_night(cls, config: Config) -> BudgetLimits:
        """What all sites together may use."""
        return cls(config.night_pages or None, config.night_megabytes or None, config.night_minutes or None)

    @classmethod
    def of_site(cls, profile: SiteProfile, config: Config) -> BudgetLimits:
        """What one visit may use."""
        fetch = profile.fetch
        megabytes = fetch.megabytes or config.site_megabytes or None
        return cls(fetch.budget, megabytes, fetch.minutes or config.site_minutes or None)


@dataclass(slots=True)
class BudgetUsage:
    """What a visit or a night has used."""

    pages: int = 0  # URLs handed out
    size: int = 0  # bytes of answers
    began: float = field(default_factory=time.monotonic)

    def spent(self, limits: BudgetLimits) -> str | None:
        """Which limit of bytes or minutes is reached; pages are counted when they are handed out."""
        minutes = (time.monotonic() - self.began) / 60
        if limits.megabytes and self.size >= limits.megabytes * BYTES_PER_MEGABYTE:
            return f"{self.size / BYTES_PER_MEGABYTE:.1f} MB answered of {limits.megabytes:g}"
        if limits.minutes and minutes >= limits.minutes:
            return f"{minutes:.1f} minutes of {limits.minutes:g}"
        return None


def remaining_pages(usage: BudgetUsage, limits: BudgetLimits) -> int:
    """How many pages may still be handed out."""
    return max(0, limits.pages - usage.pages) if limits.pages is not None else 1_000_000
