"""Publication rate of a site: how often it publishes, and whether its silence is unusual (pure)."""

from __future__ import annotations

import math
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from itertools import pairwise
from pathlib import Path
from statistics import median

LOOKBACK_DAYS = 365  # of publication
MIN_PUBLICATION_DAYS = 8  # before a silence is judged
MAX_SILENCE_CHANCE = 2e-4  # probability of a usual silence
LONGEST_SILENCE_FACTOR = 1.5  # times the longest silence: real sites are less regular than the model
REST_DAY_MAX_SHARE = 0.25  # of a usual weekday: below it a weekday is a rest day
MANY_ARTICLES_PER_WEEK = (
    35  # articles a week from which on two silent working days are too many; of others, three
)
WEEK_DAYS = 7
MIN_DROP_DEVIATIONS = (
    5.0  # standard deviations (of the square root of counts) by which a fortnight must fall short
)
DROP_MAX_SHARE = 0.4  # … and this share of the usual
FORTNIGHT_DAYS = 14


@dataclass(frozen=True, slots=True)
class PublicationRate:
    """How often a site publishes, and its current silence."""

    publication_days: int  # with articles in the last 365 days
    per_week: float  # articles, the median over whole weeks
    rest_days: frozenset[int]  # weekdays on which it usually publishes nothing (0 = Monday)
    longest_silence: int  # working days in a row
    allowed_silence: int | None  # working days in a row that are still usual; None = too few articles
    silent_days: int  # working days without an article until today
    last_day: date | None  # newest day with an article

    @property
    def is_silent(self) -> bool:
        """Whether the current silence is longer than usual."""
        return self.allowed_silence is not None and self.silent_days > self.allowed_silence

    def summary(self) -> str:
        """Return rate and silence in words."""
        if self.last_day is None:
            return "no dated article yet"
        silence = f"{self.silent_days} working days silent since {self.last_day}"
        if self.allowed_silence is None:
            return f"{silence}; {self.publication_days} days with articles are too few for a rhythm"
        usual = f"usually {self.per_week:.1f} articles a week"
        longest = f"at most {self.longest_silence} silent days in a row"
        return f"{silence} ({self.allowed_silence} would still be usual); {usual}, {longest}"


def publication_rate(counts: Mapping[date, int], today: date) -> PublicationRate:
    """Return the publication rate from article counts by day; `today` is not over and does not count.

    Silences between two days of publication are taken as geometric, in working days: weekdays on which the
    site rests and public holidays do not count. A silence is unusual when it has a chance under CHANCE and is
    half as long again as the longest before.
    """
    begin = today - timedelta(days=LOOKBACK_DAYS)
    days = sorted(day for day, count in counts.items() if count > 0 and begin <= day <= today)
    if not days:
        return PublicationRate(0, 0.0, frozenset(), 0, None, 0, None)
    weeks = _articles_by_week(counts, days[0], days[-1])
    rest = _rest_days(days)
    gaps = [_working_days_between(a, b, rest) for a, b in pairwise(days)]
    silent = _working_days_between(days[-1], today, rest)
    longest = max(gaps, default=0)
    per_week = float(median(weeks)) if weeks else 0.0
    allowed = (
        max(_allowed_silence(gaps), 1 if per_week >= MANY_ARTICLES_PER_WEEK else 2)
        if len(days) >= MIN_PUBLICATION_DAYS
        else None
    )
    return PublicationRate(len(days), per_week, rest, longest, allowed, silent, days[-1])


def _allowed_silence(gaps: list[int]) -> int:
    """Return the longest usual silence: by the geometric model, and by the site's past."""
    empty = (sum(gaps) + 0.5) / (len(gaps) + 1)  # silent days a day of publication, with half a day unseen
    chance = empty / (1 + empty)  # that one more day stays silent
    by_model = math.ceil(math.log(MAX_SILENCE_CHANCE) / math.log(chance)) - 1
    return max(by_model, math.ceil(LONGEST_SILENCE_FACTOR * max(gaps, default=0)))


def _rest_days(days: list[date]) -> frozenset[int]:
    """Return weekdays without publication; none when there are too few weeks."""
    weeks = (days[-1] - days[0]).days / WEEK_DAYS
    articles_by_weekday = [sum(day.weekday() == weekday for day in days) for weekday in range(WEEK_DAYS)]
    usual = median(articles_by_weekday)
    if weeks < 8 or usual < 4:
        return frozenset()
    return frozenset(
        weekday for weekday in range(WEEK_DAYS) if articles_by_weekday[weekday] < REST_DAY_MAX_SHARE * usual
    )


def _working_days_between(after: date, before: date, rest: frozenset[int]) -> int:
    """Count working days strictly between two days."""
    between = (after + timedelta(days=n) for n in range(1, (before - after).days))
    return sum(day.weekday() not in rest and not is_holiday(day) for day in between)


def _articles_by_week(counts: Mapping[date, int], first: date, last: date) -> list[int]:
    """Return the articles of each full week up to the newest day with one."""
    weeks = (last - first).days // WEEK_DAYS
    summed = [0] * weeks
    for day, count in counts.items():
        place = (last - day).days // WEEK_DAYS
        if 0 <= place < weeks and day <= last:
            summed[place] += count
    return summed


@dataclass(frozen=True, slots=True)
class RateDrop:
    """A fortnight with far fewer articles than usual."""

    now: int
    usual: float
    fortnights: int  # compared


def rate_drop(counts: Mapping[date, int], today: date) -> RateDrop | None:
    """Return the drop of the last fortnight far below the usual count; None with a holiday in it."""
    ends = [today - timedelta(days=FORTNIGHT_DAYS * n) for n in range(LOOKBACK_DAYS // FORTNIGHT_DAYS)]
    complete_fortnights = [
        end for end in ends if any(day < end - timedelta(days=FORTNIGHT_DAYS) for day in counts)
    ]
    if len(complete_fortnights) < 6 or any(
        is_holiday(today - timedelta(days=n)) for n in range(1, FORTNIGHT_DAYS + 1)
    ):
        return None
    sums = [
        sum(counts.get(end - timedelta(days=n), 0) for n in range(1, FORTNIGHT_DAYS + 1))
        for end in complete_fortnights
    ]
    now, before = sums[0], [2 * math.sqrt(count + 0.375) for count in sums[1:]]
    usual = float(median(sums[1:]))
    spread = 1.4826 * median([abs(value - median(before)) for value in before])
    shortfall = (median(before) - 2 * math.sqrt(now + 0.375)) / max(spread, 1.0)
    return (
        RateDrop(now, usual, len(before))
        if shortfall > MIN_DROP_DEVIATIONS and now < DROP_MAX_SHARE * usual
        else None
    )


@cache
def _holidays() -> tuple[frozenset[date], frozenset[tuple[int, int]]]:
    holidays = tomllib.loads(Path(__file__).with_name("holidays.toml").read_text(encoding="utf-8"))
    around = range(-holidays["before"], holidays["after"] + 1)
    tet = frozenset(day + timedelta(days=n) for day in holidays["tet"] for n in around)
    return tet, frozenset((month, day) for month, day in holidays["yearly"])


def is_holiday(day: date) -> bool:
    """Whether a day is a public holiday; weekends do not count."""
    tet, yearly = _holidays()
    return day in tet or (day.month, day.day) in yearly
