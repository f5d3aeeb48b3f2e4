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


def printed_day(text: str) -> str | None:
    """Return the first date of a text as an ISO day; None when there is none."""
    for form in DATE_FORMS:
        if match := form.search(text):
            try:
                return Day(int(match["y"]), int(match["m"]), int(match["d"])).isoformat()
            except ValueError:
                return None
    return None


def is_date_line(text: str) -> bool:
    """Return True when a text is a date and hardly anything else."""
    if len(text) > 140 or printed_day(text) is None:
        return False
    text_without_dates = text
    for form in (*DATE_FORMS, CLOCK):
        text_without_dates = form.sub(" ", text_without_dates)
    return sum(char.isalpha() for char in text_without_dates) <= MAX_LETTERS_BESIDE_DATE
