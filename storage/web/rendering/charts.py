"""Charts: bars and calendars as plain figures that templates draw; readable without colour (pure)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import ceil

HEIGHT = 120  # of the drawing, in its own units
WIDE = (44, 30)  # from bar to bar, and a bar: every bar has its label and its number
SLIM = (22, 15)  # for a margin: every second bar has its label


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar of a chart."""

    label: str
    count: int
    x: int
    y: int
    height: int
    labelled: bool  # there is room for its label
    href: str | None  # what it narrows to


@dataclass(frozen=True, slots=True)
class Chart:
    """Bars side by side over one baseline."""

    bars: tuple[Bar, ...]
    bar: int  # width of one
    width: int
    height: int
    most: int
    numbered: bool  # there is room for a number on every bar


def bars(counted: Sequence[tuple[str, int, str | None]], *, slim: bool = False) -> Chart:
    """(label, count, address) as bars; a count that is not zero is never invisible."""
    step, width = SLIM if slim else WIDE
    most = max((count for _, count, _ in counted), default=0)
    drawn = []
    for at, (label, count, href) in enumerate(counted):
        height = max(2, round(HEIGHT * count / most)) if count else 0
        labelled = not slim or (len(counted) - 1 - at) % 2 == 0
        x = at * step + (step - width) // 2
        drawn.append(Bar(label, count, x, HEIGHT - height, height, labelled, href))
    return Chart(tuple(drawn), width, max(1, len(counted)) * step, HEIGHT, most, not slim)


@dataclass(frozen=True, slots=True)
class Month:
    """One cell of a calendar."""

    year: int
    month: int
    count: int
    level: int  # 0 nothing, 1 to 4 by quarters of the largest
    x: int
    y: int


@dataclass(frozen=True, slots=True)
class Calendar:
    """Years as rows, months as columns."""

    years: tuple[int, ...]
    months: tuple[Month, ...]
    width: int
    height: int
    most: int


CELL = 26


def calendar(counted: Mapping[tuple[int, int], int]) -> Calendar:
    """(year, month) → count as a calendar, the newest year on top."""
    if not counted:
        return Calendar((), (), 0, 0, 0)
    most = max(counted.values())
    first, last = min(year for year, _ in counted), max(year for year, _ in counted)
    years = tuple(range(last, first - 1, -1))
    months = tuple(
        Month(year, month, n, ceil(4 * n / most), (month - 1) * CELL, row * CELL)
        for row, year in enumerate(years)
        for month in range(1, 13)
        for n in [counted.get((year, month), 0)]
    )
    return Calendar(years, months, 12 * CELL, len(years) * CELL, most)
