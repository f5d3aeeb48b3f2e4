"""SVG charts: bars, calendars, lines and badges; readable without colour (pure).

`bar_chart` and `month_calendar` give coordinates that templates draw, with links and translated labels;
`visit_chart`, `trend_line` and `status_badge` give the whole picture as text.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from math import ceil, sqrt

CHART_HEIGHT = 120  # in the units of the drawing
WIDE_BARS = (44, 30)  # distance from bar to bar, width of a bar: every bar has its label and its number
SLIM_BARS = (22, 15)  # the same for a margin column: every second bar has its label
VISIT_CHART_WIDTH, VISIT_CHART_HEIGHT = 320, 44  # in the units of the drawing
VISIT_STEP = 8  # distance from visit to visit
BASELINE, TOP_MARGIN = 34, 2  # distances from the upper edge: of the line bars stand on, of the highest bar
BADGE_HEIGHT = 20  # pixels


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


@dataclass(frozen=True, slots=True)
class VisitBar:
    """One visit to a site in a chart of visits."""

    new_articles: int
    description: str  # shown when the pointer rests on it
    in_trouble: bool = False  # marked by a cross
    ended_early: bool = False  # marked by a dot, unless in trouble


def visit_chart(visits: Sequence[VisitBar]) -> str:
    """Return an SVG of new articles by visit, the newest at the right; marks stand below the baseline.

    Heights go with the square root, so that a first visit does not flatten all others.
    """
    max_count = max((visit.new_articles for visit in visits), default=0)
    shown = visits[-(VISIT_CHART_WIDTH // VISIT_STEP) :]
    begin = VISIT_CHART_WIDTH - VISIT_STEP * len(shown)
    drawn = [_visit_bar(visit, begin + VISIT_STEP * at, max_count) for at, visit in enumerate(shown)]
    drawn.append(f'<line class="base" x1="0" y1="{BASELINE}" x2="{VISIT_CHART_WIDTH}" y2="{BASELINE}"/>')
    total = sum(visit.new_articles for visit in shown)
    in_trouble = sum(visit.in_trouble for visit in shown)
    description = f"New articles in the last {len(shown)} visits: {total}; {in_trouble} visits in trouble"
    return _svg(VISIT_CHART_HEIGHT, description, "".join(drawn))


def _visit_bar(visit: VisitBar, x: int, max_count: int) -> str:
    height = sqrt(visit.new_articles / max_count) * (BASELINE - TOP_MARGIN) if max_count else 0.0
    box = f'x="{x + 1}" y="{BASELINE - height:.1f}" width="{VISIT_STEP - 2}" height="{height:.1f}"'
    bar = f"<rect {box}/>" if height else ""
    style = "bad" if visit.in_trouble else "good"
    title = f"<title>{escape(visit.description)}</title>"
    return f'<g class="{style}">{title}{bar}{_visit_mark(visit, x)}</g>'


def _visit_mark(visit: VisitBar, x: int) -> str:
    if visit.in_trouble:
        return f'<path class="cross" d="M{x + 1} {BASELINE + 3}l6 6m0 -6l-6 6"/>'
    if visit.ended_early:
        return f'<circle class="dot" cx="{x + VISIT_STEP / 2}" cy="{BASELINE + 6}" r="2"/>'
    return ""


def trend_line(values: Sequence[float], label: str) -> str:
    """Return an SVG line of one value a visit, from zero to the highest; empty below two values."""
    if len(values) < 2:
        return ""
    highest = max(values) or 1.0
    step = VISIT_CHART_WIDTH / (len(values) - 1)
    heights = (value / highest * (BASELINE - TOP_MARGIN) for value in values)
    points = [(step * at, 2 + BASELINE - height) for at, height in enumerate(heights)]
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    last = f'<circle class="last" cx="{points[-1][0] - 3:.1f}" cy="{points[-1][1]:.1f}" r="3"/>'
    description = f"{label}: lately {values[-1]:.0f}, at most {highest:.0f}"
    return _svg(BASELINE + 6, description, f'<polyline points="{path}"/>{last}')


def _svg(height: int, description: str, drawing: str) -> str:
    label = escape(description)
    return (
        f'<svg viewBox="0 0 {VISIT_CHART_WIDTH} {height}" role="img" aria-label="{label}">'
        f"<title>{label}</title>{drawing}</svg>"
    )


def status_badge(name: str, status: str, colour: str) -> str:
    """Return an SVG badge, a file of its own: the name, and the status in words on a coloured ground."""
    left, right = _badge_width(name), _badge_width(status)
    label = escape(f"{name}: {status}")
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{left + right}" height="{BADGE_HEIGHT}" role="img" '
        f'aria-label="{label}"><title>{label}</title>'
        f'<rect width="{left}" height="{BADGE_HEIGHT}" fill="#333333"/>'
        f'<rect x="{left}" width="{right}" height="{BADGE_HEIGHT}" fill="{colour}"/>'
        '<g fill="#ffffff" font-family="Verdana,DejaVu Sans,sans-serif" font-size="11">'
        f'<text x="6" y="14" textLength="{left - 12}">{escape(name)}</text>'
        f'<text x="{left + 6}" y="14" textLength="{right - 12}">{escape(status)}</text></g></svg>\n'
    )


def _badge_width(text: str) -> int:
    return 12 + round(6.7 * len(text))
