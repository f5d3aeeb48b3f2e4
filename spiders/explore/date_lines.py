"""Date lines: recognize printed dates while exploring; articles' dates are parsed in `pipelines.parse`."""

from __future__ import annotations

import re
from datetime import date as Day

# day first, as printed in Viet Nam; the year first, as machines write; the long form
DATE_FORMS = (
    re.compile(
        r"(?<![\d/.-])(?P<d>\d{1,2})\s?(?P<s>[/.-])\s?(?P<m>\d{1,2})\s?(?P=s)\s?(?P<y>(?:19|20)\d{2})(?!\d)"
    ),
    re.compile(r"(?<![\d/.-])(?P<y>(?:19|20)\d{2})-(?P<m>\d{1,2})-(?P<d>\d{1,2})(?!\d)"),
    re.compile(
        r"(?i)(?<!\d)(?P<d>\d{1,2})\s+tháng\s+(?P<m>\d{1,2}),?\s+(?:năm\s+)?(?P<y>(?:19|20)\d{2})(?!\d)"
    ),
)
CLOCK = re.compile(r"(?i)\d{1,2}\s?[:h]\s?\d{2}(?::\d{2})?\s?(?:[ap]m)?|\(?GMT\s*\+?\s*\d{1,2}(?::\d{2})?\)?")
MAX_LETTERS_BESIDE_DATE = 45  # on a date line


def printed_day(date_line: str) -> str | None:
    """Return the first date of a text as an ISO day; None when there is none."""
    for date_form in DATE_FORMS:
        if date_match := date_form.search(date_line):
            try:
                return Day(int(date_match["y"]), int(date_match["m"]), int(date_match["d"])).isoformat()
            except ValueError:
                return None
    return None


def is_date_line(date_line: str) -> bool:
    """Return True when a text is a date and hardly anything else."""
    if len(date_line) > 140 or printed_day(date_line) is None:
        return False
    line_without_dates = date_line
    for date_form in (*DATE_FORMS, CLOCK):
        line_without_dates = date_form.sub(" ", line_without_dates)
    return sum(char.isalpha() for char in line_without_dates) <= MAX_LETTERS_BESIDE_DATE
