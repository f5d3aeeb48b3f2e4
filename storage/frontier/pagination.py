"""Paging: which page of a listing is asked next, and when a listing has shown all that is new."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, Row, bindparam, select, update

from storage.database.schema import urls
from storage.frontier.tasks import page_order, url_key
from storage.records import DiscoveredUrl, UrlKind, UrlState

ENTRIES = (UrlKind.ARTICLE, UrlKind.ATTACHMENT)
LOOK_BEHIND = 5  # visits without news, then the second page is looked at
CHUNK = 400  # keys a statement: SQLite's oldest limit on variables is 999
_KNOWN = select(
    urls.c.id,
    urls.c.key,
    urls.c.url,
    urls.c.kind,
    urls.c.state,
    urls.c.reason,
    urls.c.title_hint,
    urls.c.date_hint,
    urls.c.lastmod,
    urls.c.sitemap_run,
    urls.c.found_run,
    urls.c.last_run,
    urls.c.root,
    urls.c.unchanged,
    urls.c.last_visit,
).where(urls.c.site == bindparam("at_site"), urls.c.key.in_(bindparam("keys", expanding=True)))


def known_rows(connection: Connection, site: str, keys: Sequence[str]) -> dict[str, Row[Any]]:
    """The rows of a site that exist, by key."""
    rows: dict[str, Row[Any]] = {}
    for start in range(0, len(keys), CHUNK):
        asked = {"at_site": site, "keys": keys[start : start + CHUNK]}
        rows.update({row.key: row for row in connection.execute(_KNOWN, asked)})
    return rows


@dataclass(slots=True)
class PagerState:
    """The pages and new entries of each listing during one run, by row id.

    It is kept in memory only: a process that dies costs one more page of each listing.
    """

    first_pages: dict[int, int] = field(default_factory=dict)  # further page of a listing → its first
    new_entries: dict[int, dict[int, int]] = field(default_factory=dict)  # first page → new entry → its page

    def first_page(self, page: int) -> int:
        """Return the first page of the listing that a page belongs to."""
        return self.first_pages.get(page, page)

    def add_pages(self, page: int, further_pages: Iterable[int]) -> None:
        """Note that the pager of a page leads to further pages of the same listing."""
        first = self.first_page(page)
        for further in further_pages:
            if further != first:
                self.first_pages.setdefault(further, first)

    def count_new(self, page: int, entries: Iterable[int]) -> int:
        """Return how many of the new entries this page is the first of its listing to show."""
        listing = self.new_entries.setdefault(self.first_page(page), {})
        return sum(listing.setdefault(entry, page) == page for entry in entries)


@dataclass(frozen=True, slots=True)
class Pager:
    """The listings of one site during one run."""

    site: str
    run: int
    state: PagerState

    def fresh(self, connection: Connection, listing: str, found: Sequence[DiscoveredUrl]) -> int:
        """How many articles and files a listing's page shows that are new in this run.

        One that an earlier page of the same listing showed is not counted again: pinned entries stand on
        every page, and a server may repeat its last page for ever.
        """
        linked = [item for item in found if item.kind in ENTRIES and not item.refused]
        # entries of the listing itself, where its profile knows them: sidebars show the newest everywhere
        entries = [item for item in linked if item.hint_source == "listing"] or linked
        here = url_key(listing)
        seen = known_rows(connection, self.site, [here, *(url_key(item.url) for item in entries)])
        page = seen.pop(here, None)
        new = [row.id for row in seen.values() if row.found_run == self.run]
        return self.state.count_new(page.id if page else 0, new)

    def leads_on(self, connection: Connection, listing: str, fresh: int) -> bool:
        """Whether a listing's page may tell of further pages: its first, or one that shows something new."""
        page = known_rows(connection, self.site, [url_key(listing)]).get(url_key(listing))
        return fresh > 0 or page is None or page.id not in self.state.first_pages

    def turn_page(self, connection: Connection, listing: str, found: Sequence[DiscoveredUrl]) -> int:
        """Wake the next page of a listing when this one showed an article first found in this run.

        A listing page on which every article was known before ends the paging: what lies behind it
        was read when it was on top, or its row is still pending. Now and then a quiet listing is turned
        all the same: pinned entries may fill its first page.
        """
        pagers = [url_key(item.url) for item in found if item.next_page and not item.refused]
        here = url_key(listing)
        seen = known_rows(connection, self.site, [here, *pagers])
        page = seen.pop(here, None)
        fresh = self.fresh(connection, listing, found)
        if page is not None:
            self.state.add_pages(page.id, (row.id for row in seen.values()))
        look_behind = page is not None and page.root and page.unchanged % LOOK_BEHIND == LOOK_BEHIND - 1
        if not fresh and not look_behind:
            return 0
        order = page_order(listing)
        asleep = [row for row in seen.values() if row.last_run != self.run and page_order(row.url) > order]
        if not asleep:
            return 0
        following = min(asleep, key=lambda row: page_order(row.url))
        changed = update(urls).where(urls.c.id == following.id, urls.c.state != UrlState.LEASED)
        return connection.execute(changed.values(state=UrlState.PENDING)).rowcount
