"""How far a listing is paged through."""

from __future__ import annotations

from sqlalchemy import Connection, Engine

from storage.frontier.queue import Frontier, page_order
from storage.records import DiscoveredUrl, Outcome, UrlKind
from tests.storage.frontier.frontiers import (
    HOME,
    LISTING,
    NOW,
    article,
    ends,
    frontier,
    listing,
    settle_all,
)


def paged(connection: Connection, run: Frontier, page: str, found: list[DiscoveredUrl]) -> bool:
    """Add what a listing's page shows, and turn it as settling does."""
    rows = run.read_rows(connection, [page, *(item.url for item in found)])
    run.add(connection, found, NOW, rows=rows)
    new = run.pager.count_new_entries(page, found, rows)
    return run.pager.turn_page(connection, page, found, rows, new)


def pages_read(connection: Connection, shown: list[list[int]]) -> int:
    """How many pages of a listing are read when page k shows the articles shown[k]; then its last again."""
    run, url, count = frontier(), LISTING, 0
    run.seed(connection, [DiscoveredUrl(LISTING, UrlKind.LISTING, "profile")], NOW)
    while count < 50:
        entries = [article(number) for number in shown[min(count, len(shown) - 1)]]
        count += 1
        further = [listing(count + 1)]
        rows = run.read_rows(connection, [url, *(item.url for item in (*entries, *further))])
        run.add(connection, entries, NOW, rows=rows)
        new = run.pager.count_new_entries(url, entries, rows)
        if not run.pager.leads_on(url, new):
            break
        run.add(connection, further, NOW, rows=rows)
        run.pager.turn_page(connection, url, further, rows, new)
        url = further[0].url
    return count


def test_a_pager_that_repeats_its_last_page_for_ever_ends(archive: Engine) -> None:
    with archive.begin() as connection:
        assert pages_read(connection, [[1, 2, 3], [4, 5, 6], [7]]) == 4


def test_a_pager_of_empty_pages_for_ever_ends(archive: Engine) -> None:
    with archive.begin() as connection:
        assert pages_read(connection, [[1, 2, 3], []]) == 2


def test_a_first_page_without_articles_leads_on(archive: Engine) -> None:
    with archive.begin() as connection:
        frontier().add(connection, [listing(2)], NOW)
        assert pages_read(connection, [[], [1, 2], [3], [3]]) >= 1
        assert frontier().pager.leads_on(LISTING, 0)


def test_listings_are_paged_apart(archive: Engine) -> None:
    """A second section that shows what the first one showed is paged through all the same."""
    run = frontier()
    with archive.begin() as connection:
        for number in range(1, 6):
            for name in ("a", "b"):
                pages = [f"{HOME}{name}?page={n}" for n in (number, number + 1)]
                further = DiscoveredUrl(pages[1], UrlKind.LISTING, pages[0], next_page=True)
                assert paged(connection, run, pages[0], [article(number), further])


def test_paging_stops_at_a_page_on_which_all_was_known(archive: Engine) -> None:
    with archive.begin() as connection:
        paged(connection, frontier(1), LISTING, [article(1), article(2), listing(2), listing(3)])
        settle_all(connection, frontier(1))
        assert paged(connection, frontier(2), LISTING, [article(1), article(2), listing(2)]) == 0
        assert paged(connection, frontier(2), LISTING, [article(3), article(1), listing(2), listing(3)]) == 1
        assert [task.url for task in frontier(2).lease(connection, 10)] == [listing(2).url]


def test_a_new_article_that_the_feed_told_first_still_turns_the_page(archive: Engine) -> None:
    with archive.begin() as connection:
        paged(connection, frontier(1), LISTING, [article(1), listing(2)])
        settle_all(connection, frontier(1))
        frontier(2).add(connection, [article(9, found_on=HOME + "rss")], NOW)
        assert paged(connection, frontier(2), LISTING, [article(9), article(1), listing(2)]) == 1


def test_a_pinned_entry_neither_stops_the_paging_nor_makes_it_endless(archive: Engine) -> None:
    further = [listing(number) for number in range(2, 7)]
    with archive.begin() as connection:
        paged(connection, frontier(1), LISTING, [article(1), *further])
        settle_all(connection, frontier(1))
        run = frontier(2)
        pinned = article(99)
        assert paged(connection, run, LISTING, [article(1), pinned, article(5), *further]) == 1
        assert paged(connection, run, listing(2).url, [pinned, article(6), article(1), *further]) == 1
        assert paged(connection, run, listing(3).url, [pinned, article(1), *further]) == 0
        assert paged(connection, run, listing(3).url, [pinned, article(1), *further]) == 0, "asked twice"
        other = HOME + "thong-bao"
        run.seed(connection, [DiscoveredUrl(other, UrlKind.LISTING, "profile")], NOW)
        more = DiscoveredUrl(other + "?page=2", UrlKind.LISTING, other, next_page=True)
        frontier(1).add(connection, [more], NOW)
        assert paged(connection, run, other, [pinned, more]) == 1, "another listing pages for itself"


def test_a_listing_without_news_is_now_and_then_looked_behind(archive: Engine) -> None:
    with archive.begin() as connection:
        frontier(1).seed(connection, [DiscoveredUrl(LISTING, UrlKind.LISTING, "profile")], NOW)
        paged(connection, frontier(1), LISTING, [article(1), listing(2)])
        settle_all(connection, frontier(1), Outcome.DISCOVERED)
        turned = []
        for number in range(2, 8):
            turned.append(paged(connection, frontier(number), LISTING, [article(1), listing(2)]))
            frontier(number).record_visit(connection, ends(LISTING, Outcome.DISCOVERED, new_links=0))
            settle_all(connection, frontier(number), Outcome.DISCOVERED)
        assert sum(turned) == 1


def test_a_new_article_in_a_sidebar_does_not_turn_the_page(archive: Engine) -> None:
    with archive.begin() as connection:
        old = article(1, hint_source="listing")
        paged(connection, frontier(1), LISTING, [old, listing(2)])
        settle_all(connection, frontier(1))
        assert paged(connection, frontier(2), LISTING, [old, article(9), listing(2)]) == 0


def test_pages_are_turned_in_order() -> None:
    pages = [listing(n).url for n in (10, 9, 2)]
    assert sorted([*pages, LISTING], key=page_order) == [LISTING, *reversed(pages)]


def posted(number: int) -> DiscoveredUrl:
    return DiscoveredUrl(f"{LISTING}?id=3#!postback={number}", UrlKind.LISTING, LISTING, next_page=True)


def test_pages_that_are_posted_for_are_turned_in_order(archive: Engine) -> None:
    first = f"{LISTING}?id=3"
    with archive.begin() as connection:
        paged(connection, frontier(1), first, [article(1), posted(2), posted(9), posted(10)])
        settle_all(connection, frontier(1))
        assert paged(connection, frontier(2), first, [article(2), posted(10), posted(2)]) == 1
        assert (
            settle_all(connection, frontier(2), Outcome.DISCOVERED) == [article(2).url, posted(2).url][::-1]
        )
        news = [article(3), posted(10), posted(2)]
        assert paged(connection, frontier(2), posted(9).url, news) == 1
        assert posted(10).url in [task.url for task in frontier(2).lease(connection, 10)]
