"""Pagination: which page of a listing is visited next, and when a pager loops or shows nothing new."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from sqlalchemy import Connection, bindparam, update

from storage.database.schema import urls
from storage.frontier.tasks import page_order, url_key
from storage.frontier.url_rows import UrlRows
from storage.records import DiscoveredUrl, UrlKind, UrlState

ENTRY_KINDS = (UrlKind.ARTICLE, UrlKind.ATTACHMENT)
VISITS_PER_LOOK_BEHIND = 5  # visits without news, then the second page is visited all the same
_MAKE_PENDING = update(urls).where(urls.c.site == bindparam("at_site"), urls.c.key == bindparam("at_key"))


@dataclass(slots=True)
class PagerState:
    """The pages and new entries of each listing during one run, by URL key.

    It is kept in memory only: a process that dies costs one more page of each listing.
    """

    first_pages: dict[str, str] = field(default_factory=dict)  # further page of a listing → its first
    new_entries: dict[str, dict[str, str]] = field(default_factory=dict)  # first page → new entry → its page

    def first_page(self, page: str) -> str:
        """Return the first page of the listing that a page belongs to."""
        return self.first_pages.get(page, page)

    def add_pages(self, page: str, further_pages: Iterable[str]) -> None:
        """Note that the pager of a page leads to further pages of the same listing."""
        first = self.first_page(page)
        for further in further_pages:
            if further != first:
                self.first_pages.setdefault(further, first)

    def count_new(self, page: str, entries: Iterable[str]) -> int:
        """Return how many of the new entries this page is the first of its listing to show."""
        listing = self.new_entries.setdefault(self.first_page(page), {})
        return sum(listing.setdefault(entry, page) == page for entry in entries)


@dataclass(frozen=True, slots=True)
class Pager:
    """The listings of one site during one run.

    `rows` are the frontier rows of the listing's page and of its links, those just added included.
    """

    site: str
    run: int
    state: PagerState

    def count_new_entries(self, listing: str, links: Sequence[DiscoveredUrl], rows: UrlRows) -> int:
        """Return how many articles and files of a listing's page are new in this run.

        One that an earlier page of the same listing showed is not counted again: pinned entries stand on
        every page, and a server may repeat its last page for ever.
        """
        linked = [link for link in links if link.kind in ENTRY_KINDS and not link.refused]
        # entries of the listing itself, where its profile knows them: sidebars show the newest everywhere
        entries = [link for link in linked if link.hint_source == "listing"] or linked
        page = url_key(listing)
        keys = dict.fromkeys(url_key(entry.url) for entry in entries)
        new = [key for key in keys if key != page and key in rows and rows[key].found_run == self.run]
        return self.state.count_new(page, new)

    def leads_on(self, listing: str, new_entries: int) -> bool:
        """Return whether a listing's page may lead to further pages: its first, or one with new entries.

        This is what ends a pager loop: pages beyond the last one are empty or repeat it.
        """
        return new_entries > 0 or url_key(listing) not in self.state.first_pages

    def turn_page(
        self, connection: Connection, listing: str, further: Sequence[DiscoveredUrl], rows: UrlRows, new: int
    ) -> bool:
        """Make the next of the `further` pages pending when this one showed `new` entries; return if it is.

        A listing page without new entries ends the paging: what lies behind it was read when it was on top,
        or its row is still pending. Now and then a listing without news is turned all the same: pinned
        entries may fill its first page.
        """
        page_key = url_key(listing)
        pages = [url_key(link.url) for link in further if link.next_page and not link.refused]
        pages = [key for key in dict.fromkeys(pages) if key in rows and key != page_key]
        page = rows.get(page_key)
        if page is not None:
            self.state.add_pages(page_key, pages)
        look_behind = (
            page is not None
            and page.root
            and page.unchanged % VISITS_PER_LOOK_BEHIND == VISITS_PER_LOOK_BEHIND - 1
        )
        if not new and not look_behind:
            return False
        order = page_order(listing)
        unvisited = [rows[key] for key in pages if rows[key].last_run != self.run]
        following = min(
            (row for row in unvisited if page_order(row.url) > order),
            key=lambda row: page_order(row.url),
            default=None,
        )
        if following is None or following.state == UrlState.LEASED:
            return False
        if following.state != UrlState.PENDING:
            following.state = UrlState.PENDING
            parameters = {"at_site": self.site, "at_key": following.key, "state": UrlState.PENDING.value}
            connection.execute(_MAKE_PENDING, parameters)
        return True
