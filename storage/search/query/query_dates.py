"""Ranges of days in a query: `2021..2023-06`, `date:2022`, `undated`."""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass
from datetime import date

_PART = re.compile(r"(\d{4})(?:-(\d{1,2})(?:-(\d{1,2}))?)?")
_RANGE = re.compile(rf"(?P<first>{_PART.pattern})?\.\.(?P<last>{_PART.pattern})?")
UNDATED = "undated"


@dataclass(frozen=True, slots=True)
class DateRange:
    """Days of publication that are wanted, both ends included; `undated` wants those that have none."""

    first: date = date.min
    last: date = date.max
    undated: bool = False

    def intersect(self, other: DateRange) -> DateRange | None:
        """What both want; None when there is no such day."""
        if self.undated != other.undated:
            return None
        both = DateRange(max(self.first, other.first), min(self.last, other.last), self.undated)
        return both if both.first <= both.last else None


def parse_date_range(text: str) -> DateRange | None:
    """`2021`, `2021-06-30`, `2021..2023-06`, `2021..`, `..2020`, `undated`; None for any other text."""
    if text.casefold() == UNDATED:
        return DateRange(undated=True)
    if whole := _PART.fullmatch(text):
        return _span(whole[0], whole[0])
    found = _RANGE.fullmatch(text)
    if not found or not (found["first"] or found["last"]):
        return None
    return _span(found["first"], found["last"])


def _span(first: str | None, last: str | None) -> DateRange | None:
    try:
        begin = _edge(first, last=False) if first else date.min
        end = _edge(last, last=True) if last else date.max
    except ValueError:
        return None  # no such month or day
    return DateRange(begin, end) if begin <= end else None


def _edge(text: str, *, last: bool) -> date:
    match = _PART.fullmatch(text)
    assert match
    year, month, day = int(match[1]), match[2], match[3]
    if day:
        return date(year, int(month), int(day))
    if month:
        return date(year, int(month), calendar.monthrange(year, int(month))[1] if last else 1)
    return date(year, 12, 31) if last else date(year, 1, 1)
