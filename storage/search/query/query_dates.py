"""Date ranges of a query: `2021..2023-06`, `date:2022`, `undated`."""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass
from datetime import date

_DATE = re.compile(r"(\d{4})(?:-(\d{1,2})(?:-(\d{1,2}))?)?")
_DATE_RANGE = re.compile(rf"(?P<first>{_DATE.pattern})?\.\.(?P<last>{_DATE.pattern})?")
UNDATED = "undated"


@dataclass(frozen=True, slots=True)
class DateRange:
    """Publication days a query allows, both ends included; `undated` allows only articles without a day."""

    first: date = date.min
    last: date = date.max
    undated: bool = False

    def intersect(self, other_range: DateRange) -> DateRange | None:
        """Return the days in both ranges; None when there is no such day."""
        if self.undated != other_range.undated:
            return None
        common_range = DateRange(
            max(self.first, other_range.first), min(self.last, other_range.last), self.undated
        )
        return common_range if common_range.first <= common_range.last else None


def parse_date_range(date_range_text: str) -> DateRange | None:
    """Parse `2021`, `2021-06-30`, `2021..2023-06`, `2021..`, `..2020` or `undated`; None for other text."""
    if date_range_text.casefold() == UNDATED:
        return DateRange(undated=True)
    if single_date := _DATE.fullmatch(date_range_text):
        return _date_range(single_date[0], single_date[0])
    range_ends = _DATE_RANGE.fullmatch(date_range_text)
    if not range_ends or not (range_ends["first"] or range_ends["last"]):
        return None
    return _date_range(range_ends["first"], range_ends["last"])


def _date_range(first_date_text: str | None, last_date_text: str | None) -> DateRange | None:
    try:
        first_date = _end_of_range(first_date_text, last_date=False) if first_date_text else date.min
        last_date = _end_of_range(last_date_text, last_date=True) if last_date_text else date.max
    except ValueError:
        return None  # no such month or day
    return DateRange(first_date, last_date) if first_date <= last_date else None


def _end_of_range(date_text: str, *, last_date: bool) -> date:
    """The first day of a year, month or day; with `last_date`, the last one."""
    date_match = _DATE.fullmatch(date_text)
    assert date_match
    year, month, day = int(date_match[1]), date_match[2], date_match[3]
    if day:
        return date(year, int(month), int(day))
    if month:
        return date(year, int(month), calendar.monthrange(year, int(month))[1] if last_date else 1)
    return date(year, 12, 31) if last_date else date(year, 1, 1)
