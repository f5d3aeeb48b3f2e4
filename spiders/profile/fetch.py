"""The `[fetch]` table of a profile: delays, quiet hours, budgets, what is requested."""

from __future__ import annotations

from datetime import time
from typing import Literal, Self

from pydantic import Field, model_validator

from spiders.profile.fields import HOURS, Css, Hours, ProfileModel


class Fetch(ProfileModel):
    """How the site is crawled: delays, quiet hours, budgets, attachments, browser."""

    delay: float | None = Field(None, ge=0)  # seconds between requests; none = the config's
    attachments: bool = True
    images: bool = True  # of article bodies, on the site's own hosts (`[urls] hosts` may name more)
    wall: Literal["", "cookie"] = (
        ""  # show a cookie-and-reload wall the cookie it hands out; "" = fail as `wall`
    )
    quiet: tuple[Hours, ...] = ()  # hours of the day, in the config's time zone, without requests
    budget: int = Field(5000, ge=1)  # pages a run
    megabytes: float | None = Field(None, gt=0)  # of answers a run; none = the config's
    minutes: float | None = Field(None, gt=0)  # a run; none = the config's
    backfill: int = Field(
        500, ge=0
    )  # pages a run, within the budget, for old pages that earlier runs did not reach
    # Known articles are requested again as long as a run's pages are at most
    # (1 + revisits) x (new + changed articles) + courtesy.
    revisits: float = Field(0.2, ge=0)
    courtesy: int = Field(4, ge=1)
    browser: bool = False  # seeds, listings and articles are rendered in a browser
    wait: Css | None = (
        None  # the page is ready when this element is present; none = when its requests have ended
    )
    browser_hosts: tuple[str, ...] = ()  # hosts that the pages' scripts may request besides the site's own

    @model_validator(mode="after")
    def _browser_is_on(self) -> Self:
        if (self.wait or self.browser_hosts) and not self.browser:
            raise ValueError("`wait` or `browser_hosts` without `browser = true`: nothing would use them")
        return self


def in_hours(hours: str, wall: time) -> bool:
    """Whether a time of day lies in hours such as `22:00-05:30`: the first minute does, the last does not."""
    match = HOURS.fullmatch(hours)
    assert match, hours
    start, end = time(int(match[1]), int(match[2])), time(int(match[3]), int(match[4]))
    wall = wall.replace(tzinfo=None)
    if start <= end:
        return start <= wall < end
    return wall >= start or wall < end
