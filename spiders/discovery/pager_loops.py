"""Circling: pagers without an end, told by pages that show nothing their listing has not shown already."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import replace

from spiders.discovery.link_collector import DiscoveredLinks
from spiders.items import Link

BARREN = 2  # such pages in a row, then the pager is not followed: one alone may be a listing moving along


class PagerLoops:
    """Watches the listings of one visit; what it refuses is asked when a later visit finds it worth it.

    Servers answer numbers beyond the last page with an empty page, or with the last one again, and both
    have a link to the next.
    """

    def __init__(self) -> None:
        self._listing: dict[str, str] = {}  # page → the first page of its listing
        self._shown: defaultdict[str, set[str]] = defaultdict(set)  # articles, by listing
        self._barren: Counter[str] = Counter()  # in a row, by listing

    def followed(self, url: str, found: DiscoveredLinks) -> DiscoveredLinks:
        """The links of a listing's page; those to further pages are refused once it goes in a circle."""
        further = [link for link in found.links if link.next_page and not link.refused]
        listing = self._listing.setdefault(url, url)
        if not further and listing == url:
            return found
        for link in further:
            self._listing.setdefault(link.url, listing)
        fresh = _articles(found.links) - self._shown[listing]
        self._shown[listing] |= fresh
        self._barren[listing] = 0 if fresh or url == listing else self._barren[listing] + 1
        if self._barren[listing] < BARREN:
            return found
        links = (replace(link, refused="trap") if link in further else link for link in found.links)
        return replace(found, links=tuple(links))


def _articles(links: tuple[Link, ...]) -> set[str]:
    """The entries, where the profile knows them; else every article, sidebars included."""
    articles = [link for link in links if link.kind == "article" and not link.refused]
    entries = {link.url for link in articles if link.hints.source == "listing"}
    return entries or {link.url for link in articles}
