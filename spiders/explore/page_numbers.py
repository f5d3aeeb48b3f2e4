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


def is_pager_link(listing_url: str, further_page_url: str, pager_label: str) -> bool:
    """Return True when a link is labelled like a pager's and leads to a further page of `listing_url`."""
    return (
        bool(pager_label)
        and PAGER_LABEL.fullmatch(pager_label) is not None
        and is_further_page(listing_url, further_page_url, pager_label)
    )


def is_further_page(listing_url: str, further_page_url: str, pager_label: str = "") -> bool:
    """Return True when the second URL is a further page of the listing at the first, by the form of both."""
    if listing_url == further_page_url:
        return False
    listing_path, _, listing_query = path_and_query(listing_url).partition("?")
    further_path, _, further_query = path_and_query(further_page_url).partition("?")
    if listing_path == further_path and further_query:
        return _is_next_query(listing_query, further_query)
    if listing_query or further_query:
        return False
    page_number_stem = STEM.sub("", listing_path)
    if page_number_stem and further_path.startswith(page_number_stem):
        return _is_page_number_tail(further_path[len(page_number_stem) :])
    return MASK.sub("#", listing_path) == MASK.sub("#", further_path) and pager_label.isdigit()


def _is_page_number_tail(page_number_tail: str) -> bool:
    """A page's number with the words of the system around it: `/trang-2.html`, `/page/2/`, `&BRSR=16`."""
    tail_words = [tail_word for tail_word in re.split(r"[/&.-]", page_number_tail) if tail_word]
    return len(MASK.findall(page_number_tail)) == 1 and len(tail_words) <= 4 and len(page_number_tail) <= 30


def _is_next_query(listing_query: str, further_query: str) -> bool:
    """Whether the second query is the first with one number more, or with one number changed."""
    listing_pairs, further_pairs = dict(parse_qsl(listing_query)), dict(parse_qsl(further_query))
    if not set(listing_pairs) <= set(further_pairs):
        return False
    added_page_numbers = [
        page_number for key, page_number in further_pairs.items() if key not in listing_pairs
    ]
    changed_by_old_value = {
        page_number: further_pairs[key]
        for key, page_number in listing_pairs.items()
        if further_pairs[key] != page_number
    }
    changed_page_numbers = list(changed_by_old_value.values())
    if added_page_numbers:
        return (
            not changed_page_numbers
            and any(page_number.isdigit() for page_number in added_page_numbers)
            and len(added_page_numbers) <= MAX_ADDED_PARAMETERS
        )
    if len(changed_page_numbers) != 1 or len(listing_pairs) < 2:
        return False
    return changed_page_numbers[0].isdigit() or any(
        further_pairs.startswith(f"{old_page_number}/")
        and _is_page_number_tail(further_pairs[len(old_page_number) :])
        for old_page_number, further_pairs in changed_by_old_value.items()
    )
