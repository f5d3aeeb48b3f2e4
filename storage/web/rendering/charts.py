"""Bar charts and month calendars as coordinates for SVG templates; readable without colour (pure)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import ceil

CHART_HEIGHT = 120  # in the units of the drawing
WIDE_BARS = (44, 30)  # distance from bar to bar, width of a bar: every bar has its label and its number
SLIM_BARS = (22, 15)  # the same for a margin column: every second bar has its label


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar of a chart."""

    label: str
    count: int
    x: int
    y: int
    height: int
    labelled: bool  # its label fits below it
    href: str | None  # search results narrowed to this bar; None = no link


@dataclass(frozen=True, slots=True)
class Chart:
    """Bars side by side over one baseline."""

    bars: tuple[Bar, ...]
    bar: int  # width of one bar
    width: int
    height: int
    max_count: int
    numbered: bool  # a number fits on every bar


def bar_chart(counts: Sequence[tuple[str, int, str | None]], *, slim: bool = False) -> Chart:
    """Return (label, count, link) triples as bars; a bar of a count above zero is at least 2 units high."""
    step, width = SLIM_BARS if slim else WIDE_BARS
    max_count = max((count for _, count, _ in counts), default=0)
    drawn = []
    for at, (label, count, href) in enumerate(counts):
        height = max(2, round(CHART_HEIGHT * count / max_count)) if count else 0
        labelled = not slim or (len(counts) - 1 - at) % 2 == 0
        x = at * step + (step - width) // 2
        drawn.append(Bar(label, count, x, CHART_HEIGHT - height, height, labelled, href))
    return Chart(tuple(drawn), width, max(1, len(counts)) * step, CHART_HEIGHT, max_count, not slim)


@dataclass(frozen=True, slots=True)
class CalendarMonth:
    """One cell of a calendar."""

    year: int
    month: int
    count: int
    level: int  # 0 nothing, 1 to 4 by quarters of the largest
    x: int
    y: int


@dataclass(frozen=True, slots=True)
class MonthCalendar:
    """Years as rows, months as columns."""

    years: tuple[int, ...]
    months: tuple[CalendarMonth, ...]
    width: int
    height: int
    max_count: int


CALENDAR_CELL = 26  # width and height of a month


def month_calendar(counts: Mapping[tuple[int, int], int]) -> MonthCalendar:
    """Return counts by (year, month) as a calendar, the newest year on top."""
    if not counts:
        return MonthCalendar((), (), 0, 0, 0)
    max_count = max(counts.values())
    first, last = min(year for year, _ in counts), max(year for year, _ in counts)
    years = tuple(range(last, first - 1, -1))
    months = tuple(
        CalendarMonth(
            year, month, n, ceil(4 * n / max_count), (month - 1) * CALENDAR_CELL, row * CALENDAR_CELL
        )
        for row, year in enumerate(years)
        for month in range(1, 13)
        for n in [counts.get((year, month), 0)]
    )
    return MonthCalendar(years, months, 12 * CALENDAR_CELL, len(years) * CALENDAR_CELL, max_count)
