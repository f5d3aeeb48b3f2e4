"""Listing rules: selectors of a listing page's entries and of the date inside an entry."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence

from spiders.explore.date_lines import printed_day
from spiders.explore.link_graph import LinkGraph
from spiders.explore.page import ParsedPage, self_and_ancestors
from spiders.explore.selectors import candidate_selectors, own_selectors
from spiders.markup.html import Element, select, text_of

MIN_ITEM_SCORE = 0.6


def entry_nodes(listing_page: ParsedPage, graph: LinkGraph) -> dict[Element, str]:
    """Return the largest element around each listed article that holds no other, with the article's URL."""
    urls_inside: dict[Element, set[str]] = defaultdict(set)
    entry_anchors = [
        entry_anchor for entry_anchor in listing_page.site_links if graph.is_article(entry_anchor.url)
    ]
    for entry_anchor in entry_anchors:
        for entry_node in self_and_ancestors(entry_anchor.node):
            urls_inside[entry_node].add(entry_anchor.url)
    listed_urls = set(graph.listed_articles(listing_page))
    url_by_entry: dict[Element, str] = {}
    for entry_anchor in entry_anchors:
        if entry_anchor.url in listed_urls:
            entry_holders = [
                entry_node
                for entry_node in self_and_ancestors(entry_anchor.node)
                if len(urls_inside[entry_node]) == 1
            ]
            url_by_entry[entry_holders[-1]] = entry_anchor.url
    return url_by_entry


def item_rule(listings: Sequence[ParsedPage], graph: LinkGraph) -> str | None:
    """Return the selector that finds one element per entry on most listings; None without one."""
    entries_by_page = [(listing_page, entry_nodes(listing_page, graph)) for listing_page in listings]
    item_votes: Counter[str] = Counter()
    for _, entry_nodes_of_page in entries_by_page:
        for entry_node in entry_nodes_of_page:
            item_votes.update(_entry_selectors(entry_node))
    scored_items = [
        (
            sum(
                _item_score(listing_page, entry_nodes_of_page, item_css)
                for listing_page, entry_nodes_of_page in entries_by_page
            )
            / len(entries_by_page),
            -len(item_css),
            item_css,
        )
        for item_css, _ in item_votes.most_common(40)
    ]
    best_item = max(scored_items, default=(0.0, 0, ""))
    return best_item[2] if best_item[0] >= MIN_ITEM_SCORE else None


def _entry_selectors(entry_node: Element) -> set[str]:
    """Selectors of the entry and of its children."""
    entry_selectors = {css for css in candidate_selectors(entry_node) if css[0] != "#" or " " in css}
    for entry_child in entry_node:
        entry_selectors |= {css for css in own_selectors(entry_child) if css[0] == "."}
    return entry_selectors


def _item_score(listing_page: ParsedPage, entry_nodes_of_page: dict[Element, str], item_css: str) -> float:
    """F1 of the elements a selector finds against the entries of the page."""
    item_nodes = select(listing_page.root, item_css)
    if not item_nodes:
        return 0.0
    url_by_node = {
        inner: url for entry_node, url in entry_nodes_of_page.items() for inner in entry_node.iter()
    }
    listed_entries = {
        url_by_node[entry_node]
        for entry_node in item_nodes
        if entry_node in url_by_node and _has_entry_link(entry_node)
    }
    item_score = 2 * len(listed_entries) / (len(item_nodes) + len(set(entry_nodes_of_page.values())))
    return item_score - 0.02 * (
        len([entry_node for entry_node in item_nodes if entry_node not in entry_nodes_of_page]) > 0
    )


def _has_entry_link(entry_node: Element) -> bool:
    return entry_node.tag == "a" or next(entry_node.iter("a"), None) is not None


def entry_date_rule(
    listings: Sequence[ParsedPage], item_css: str, other_pages: Sequence[ParsedPage] = ()
) -> str | None:
    """Return the selector, inside an entry, of the element with its date; None without one.

    Of several the one with the fewest wrong hits, on other pages (the front page) too: in an entry
    without a date it must not select the headline.
    """
    item_nodes = [
        entry_node for listing_page in listings for entry_node in select(listing_page.root, item_css)
    ]
    other_entries = [
        entry_node for listing_page in other_pages for entry_node in select(listing_page.root, item_css)
    ]
    date_votes: Counter[str] = Counter()
    for entry_node in item_nodes:
        date_votes.update(
            {
                date_css
                for date_node in _dated_entry_nodes(entry_node)
                for date_css in candidate_selectors(date_node)
            }
        )
    likely_dates = [
        date_css for date_css, date_count in date_votes.items() if date_count * 2 >= len(item_nodes)
    ]
    wrong_hits = {
        date_css: sum(_finds_no_date(entry_node, date_css) for entry_node in (*item_nodes, *other_entries))
        for date_css in likely_dates
    }
    for date_css in sorted(
        likely_dates, key=lambda date_css: (-date_votes[date_css], wrong_hits[date_css], len(date_css))
    ):
        right_dates = sum(_first_is_date(entry_node, date_css) for entry_node in item_nodes)
        if right_dates * 2 >= len(item_nodes):
            return date_css
    return None


def _dated_entry_nodes(entry: Element) -> list[Element]:
    """The innermost elements whose text is a date and little more."""
    dated_nodes = [
        entry_node
        for entry_node in entry.iter()
        if isinstance(entry_node.tag, str) and _is_entry_date(text_of(entry_node))
    ]
    return [
        entry_node
        for entry_node in dated_nodes
        if not any(_is_entry_date(text_of(entry_child)) for entry_child in entry_node)
    ]


def _is_entry_date(entry_text: str) -> bool:
    return len(entry_text) <= 60 and printed_day(entry_text) is not None


def _finds_no_date(entry: Element, css: str) -> bool:
    """Whether a selector finds some text in an entry, and no date."""
    other_text = next(
        (entry_text for entry_node in select(entry, css) if (entry_text := text_of(entry_node))), None
    )
    return other_text is not None and printed_day(other_text) is None


def _first_is_date(entry: Element, css: str) -> bool:
    entry_node = next((entry_node for entry_node in select(entry, css) if text_of(entry_node)), None)
    return entry_node is not None and printed_day(text_of(entry_node)) is not None


def listed_days(listings: Sequence[ParsedPage], graph: LinkGraph) -> dict[str, str]:
    """Return the day (ISO) that listings print beside each article, by URL; entries with one day only."""
    day_by_url: dict[str, str] = {}
    for listing_page in listings:
        for entry_node, url in entry_nodes(listing_page, graph).items():
            entry_days = {
                entry_day
                for date_node in _dated_entry_nodes(entry_node)
                if (entry_day := printed_day(text_of(date_node)))
            }
            if len(entry_days) == 1:
                day_by_url.setdefault(url, entry_days.pop())
    return day_by_url
