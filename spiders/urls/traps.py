"""Crawler traps: URLs that a site generates without end (repeating paths, endless calendars)."""

from __future__ import annotations

import re
from itertools import pairwise
from urllib.parse import unquote_plus

MAX_URL_CHARS = 2000  # characters
MAX_PARAMETERS = 20
MAX_PATH_SEGMENTS = 16  # path segments; the deepest real article seen has 7
CALENDAR_YEARS = range(1975, 2041)  # of calendar pages: no site's events lie outside
_LANGUAGE = r"(?:vi|vn|en|ja|jp|zh|cn|ko|kr|fr|ru)(?:[-_][A-Za-z]{2})?"
_ENDS = r"(?:\.html?)?(?=/|$)"
# Measured on 12,788 paths of a saved portal: `…html/en/vi/` alone accounts for 10,771.
LANGUAGE_AFTER_PAGE = re.compile(rf"(?i)\.html?/{_LANGUAGE}{_ENDS}")
TWO_LANGUAGES = re.compile(rf"(?i)/{_LANGUAGE}/{_LANGUAGE}{_ENDS}")
NESTED_ADDRESS = re.compile(r"%2525")  # an address inside an address inside an address
CALENDAR_PATH = re.compile(
    r"(?i)/(?:lich[^/]*|calendar|archives?|luu-tru|events?|su-kien)/(?:[^/]+/){0,2}?(\d{4})[/-]\d{1,2}\b"
)
DATE_PARAMETER = re.compile(
    r"(?i)(?:calendar_?)?(?:year|nam|yr|y|month|thang|m|ym|date|ngay|day)|(?:tu|den)_?ngay|(?:start|end)_?date"
)
MONTH_PARAMETERS = frozenset({"month", "thang"})
YEAR = re.compile(r"(?<!\d)(\d{4})(?!\d)|(?<!\d)(\d{4})(?:0[1-9]|1[0-2])(?:[0-3]\d)?(?!\d)")


def is_trap(url: str) -> bool:
    """Return True when a canonical URL looks generated without end: repeated segments, calendars."""
    if len(url) > MAX_URL_CHARS or NESTED_ADDRESS.search(url):
        return True
    address, _, query = url.partition("#")[0].partition("?")
    path = address[address.find("/", 8) :] if address.count("/") > 2 else "/"
    return _repeats_segments(path) or _is_calendar_trap(path) or (bool(query) and _is_query_trap(query))


def _repeats_segments(path: str) -> bool:
    segments = [segment for segment in path.split("/") if segment]
    if len(segments) > MAX_PATH_SEGMENTS:
        return True
    if len(segments) < 2:
        return False
    if LANGUAGE_AFTER_PAGE.search(path) or TWO_LANGUAGES.search(path):
        return True
    # Numbers may repeat (/2019/10/10/), and a section may hold one of its own name
    # (/tin-tuc/tin-tuc/): a third time, or the same two in a row again, is a circle.
    words = [segment for segment in segments if not segment.isdigit()]
    if len(set(words)) == len(words):
        return False
    steps = list(pairwise(words))
    return len(set(steps)) < len(steps) or any(words.count(word) > 2 for word in words)


def _is_calendar_trap(path: str) -> bool:
    match = CALENDAR_PATH.search(path)
    return match is not None and int(match[1]) not in CALENDAR_YEARS


def _is_query_trap(query: str) -> bool:
    pieces = query.split("&")
    return len(pieces) > MAX_PARAMETERS or any(_is_date_trap(piece) for piece in pieces)


def _is_date_trap(piece: str) -> bool:
    name, _, value = piece.partition("=")
    if not DATE_PARAMETER.fullmatch(name):
        return False
    if name.lower() in MONTH_PARAMETERS and re.fullmatch(r"\d{2,3}", value) and int(value) > 12:
        return True  # a calendar that counts its months on: 13, 14, …
    years = (int(match[1] or match[2]) for match in YEAR.finditer(unquote_plus(value)))
    return any(year not in CALENDAR_YEARS for year in years)
