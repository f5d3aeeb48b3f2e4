"""Page numbers in URLs: whether one URL is a further page of the listing at another."""

from __future__ import annotations

import re
from urllib.parse import parse_qsl

from spiders.explore.url_patterns import path_and_query

MAX_ADDED_PARAMETERS = 16  # parameters a portal's pager adds to the listing's address
MASK = re.compile(r"\d+")
STEM = re.compile(r"(?:/|\.[A-Za-z]{3,5}|/\d+|/?)$")
# labels of pager links: a number, an arrow, a word
PAGER_LABEL = re.compile(
    r"(?i)\W*(?:\d{1,4}|(?:trang|page)\s*\d*|(?:trang\s+)?(?:tiếp(?:\s+theo)?|sau|kế|cuối)|next|last|older)?\W*"
)


def is_pager_link(url: str, other: str, label: str) -> bool:
    """Return True when a link is labelled like a pager's and leads to a further page of `url`."""
    return bool(label) and PAGER_LABEL.fullmatch(label) is not None and is_further_page(url, other, label)


def is_further_page(url: str, other: str, label: str = "") -> bool:
    """Return True when `other` is a further page of the listing at `url`, by the form of both URLs."""
    if url == other:
        return False
    path, _, query = path_and_query(url).partition("?")
    path2, _, query2 = path_and_query(other).partition("?")
    if path == path2 and query2:
        return _is_next_query(query, query2)
    if query or query2:
        return False
    stem = STEM.sub("", path)
    if stem and path2.startswith(stem):
        return _is_page_number_tail(path2[len(stem) :])
    return MASK.sub("#", path) == MASK.sub("#", path2) and label.isdigit()


def _is_page_number_tail(tail: str) -> bool:
    """A page's number with the words of the system around it: `/trang-2.html`, `/page/2/`, `&BRSR=16`."""
    words = [part for part in re.split(r"[/&.-]", tail) if part]
    return len(MASK.findall(tail)) == 1 and len(words) <= 4 and len(tail) <= 30


def _is_next_query(query: str, other: str) -> bool:
    """Whether the second query is the first with one number more, or with one number changed."""
    first, second = dict(parse_qsl(query)), dict(parse_qsl(other))
    if not set(first) <= set(second):
        return False
    added = [value for key, value in second.items() if key not in first]
    moved = {value: second[key] for key, value in first.items() if second[key] != value}
    changed = list(moved.values())
    if added:
        return not changed and any(value.isdigit() for value in added) and len(added) <= MAX_ADDED_PARAMETERS
    if len(changed) != 1 or len(first) < 2:
        return False
    return changed[0].isdigit() or any(
        second.startswith(f"{old}/") and _is_page_number_tail(second[len(old) :])
        for old, second in moved.items()
    )
