"""Pagers without an end, and pagers that only look like it."""

from __future__ import annotations

from spiders.discovery.link_collector import DiscoveredLinks
from spiders.discovery.pager_loops import PagerLoops
from spiders.items import Hints, Link

HOME = "https://cong-doan.example/tin"


def page(articles: list[int], further: list[str], source: str = "listing") -> DiscoveredLinks:
    links = [Link(f"{HOME}/{n}.html", "article", HOME, Hints(source=source)) for n in articles]  # type: ignore[arg-type]
    links += [Link(url, "listing", HOME, next_page=True) for url in further]
    return DiscoveredLinks(tuple(links))


def walk(shown: list[list[int]]) -> int:
    """How many pages of a listing are read when page k shows shown[k]; then its last again."""
    circling, url, read = PagerLoops(), HOME, 0
    while read < 50:
        told = shown[min(read, len(shown) - 1)]
        read += 1
        found = circling.followed(url, page(told, [f"{HOME}?trang={read + 1}"]))
        further = [link for link in found.links if link.next_page]
        assert {link.refused for link in further} <= {None, "trap"}
        if further[0].refused:
            return read
        url = further[0].url
    return read


def test_a_last_page_shown_for_ever_is_left() -> None:
    assert walk([[1, 2, 3], [4, 5, 6], [7]]) == 5


def test_empty_pages_for_ever_are_left() -> None:
    assert walk([[1, 2, 3], []]) == 3


def test_a_page_that_only_repeats_once_is_passed() -> None:
    moving = [[n, n + 1] for n in range(0, 98, 2)]
    assert walk([*moving[:5], moving[4], *moving[5:]]) >= 45


def test_listings_do_not_know_of_each_other() -> None:
    circling = PagerLoops()
    for n in range(1, 6):  # a second section that shows what the first one showed
        for name in ("a", "b"):
            url = f"{HOME}/{name}?trang={n}"
            found = circling.followed(url, page([n], [f"{HOME}/{name}?trang={n + 1}"]))
            assert not any(link.refused for link in found.links)


def test_a_first_page_without_articles_still_leads_on() -> None:
    circling = PagerLoops()
    assert not any(x.refused for x in circling.followed(HOME, page([], [f"{HOME}?trang=2"])).links)
