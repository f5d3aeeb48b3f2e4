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

    def intersect(self, other: DateRange) -> DateRange | None:
        """Return the days in both ranges; None when there is no such day."""
        if self.undated != other.undated:
            return None
        common = DateRange(max(self.first, other.first), min(self.last, other.last), self.undated)
        return common if common.first <= common.last else None


def parse_date_range(text: str) -> DateRange | None:
    """Parse `2021`, `2021-06-30`, `2021..2023-06`, `2021..`, `..2020` or `undated`; None for other text."""
    if text.casefold() == UNDATED:
        return DateRange(undated=True)
    if single_date := _DATE.fullmatch(text):
        return _date_range(single_date[0], single_date[0])
    ends = _DATE_RANGE.fullmatch(text)
    if not ends or not (ends["first"] or ends["last"]):
        return None
    return _date_range(ends["first"], ends["last"])


def _date_range(first_text: str | None, last_text: str | None) -> DateRange | None:
    try:
        first = _end_of_range(first_text, last=False) if first_text else date.min
        last = _end_of_range(last_text, last=True) if last_text else date.max
    except ValueError:
        return None  # no such month or day
    return DateRange(first, last) if first <= last else None


def _end_of_range(date_text: str, *, last: bool) -> date:
    """The first day of a year, month or day; with `last`, the last one."""
    match = _DATE.fullmatch(date_text)
    assert match
    year, month, day = int(match[1]), match[2], match[3]
    if day:
        return date(year, int(month), int(day))
    if month:
        return date(year, int(month), calendar.monthrange(year, int(month))[1] if last else 1)
    return date(year, 12, 31) if last else date(year, 1, 1)
