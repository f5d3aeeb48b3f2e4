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


def entry_nodes(page: ParsedPage, graph: LinkGraph) -> dict[Element, str]:
    """Return the largest element around each listed article that holds no other, with the article's URL."""
    inside: dict[Element, set[str]] = defaultdict(set)
    anchors = [anchor for anchor in page.site_links if graph.is_article(anchor.url)]
    for anchor in anchors:
        for node in self_and_ancestors(anchor.node):
            inside[node].add(anchor.url)
    own = set(graph.listed_articles(page))
    entries: dict[Element, str] = {}
    for anchor in anchors:
        if anchor.url in own:
            holders = [node for node in self_and_ancestors(anchor.node) if len(inside[node]) == 1]
            entries[holders[-1]] = anchor.url
    return entries


def item_rule(listings: Sequence[ParsedPage], graph: LinkGraph) -> str | None:
    """Return the selector that finds one element per entry on most listings; None without one."""
    pages = [(page, entry_nodes(page, graph)) for page in listings]
    votes: Counter[str] = Counter()
    for _, nodes in pages:
        for node in nodes:
            votes.update(_entry_selectors(node))
    scored = [
        (sum(_item_score(page, nodes, css) for page, nodes in pages) / len(pages), -len(css), css)
        for css, _ in votes.most_common(40)
    ]
    best = max(scored, default=(0.0, 0, ""))
    return best[2] if best[0] >= MIN_ITEM_SCORE else None


def _entry_selectors(node: Element) -> set[str]:
    """Selectors of the entry and of its children."""
    selectors = {css for css in candidate_selectors(node) if css[0] != "#" or " " in css}
    for child in node:
        selectors |= {css for css in own_selectors(child) if css[0] == "."}
    return selectors


def _item_score(page: ParsedPage, nodes: dict[Element, str], css: str) -> float:
    """F1 of the elements a selector finds against the entries of the page."""
    items = select(page.root, css)
    if not items:
        return 0.0
    holder = {inner: url for node, url in nodes.items() for inner in node.iter()}
    found_entries = {holder[node] for node in items if node in holder and _has_link(node)}
    score = 2 * len(found_entries) / (len(items) + len(set(nodes.values())))
    return score - 0.02 * (len([node for node in items if node not in nodes]) > 0)


def _has_link(node: Element) -> bool:
    return node.tag == "a" or next(node.iter("a"), None) is not None


def entry_date_rule(
    listings: Sequence[ParsedPage], item: str, others: Sequence[ParsedPage] = ()
) -> str | None:
    """Return the selector, inside an entry, of the element with its date; None without one.

    Of several the one with the fewest wrong hits, on other pages (the front page) too: in an entry
    without a date it must not select the headline.
    """
    items = [node for page in listings for node in select(page.root, item)]
    other_items = [node for page in others for node in select(page.root, item)]
    votes: Counter[str] = Counter()
    for node in items:
        votes.update({css for inner in _dated_elements(node) for css in candidate_selectors(inner)})
    likely = [css for css, count in votes.items() if count * 2 >= len(items)]
    wrong_hits = {css: sum(_finds_other_text(node, css) for node in (*items, *other_items)) for css in likely}
    for css in sorted(likely, key=lambda css: (-votes[css], wrong_hits[css], len(css))):
        right = sum(_first_is_date(node, css) for node in items)
        if right * 2 >= len(items):
            return css
    return None


def _dated_elements(item: Element) -> list[Element]:
    """The innermost elements whose text is a date and little more."""
    dated = [node for node in item.iter() if isinstance(node.tag, str) and _is_short_date(text_of(node))]
    return [node for node in dated if not any(_is_short_date(text_of(child)) for child in node)]


def _is_short_date(text: str) -> bool:
    return len(text) <= 60 and printed_day(text) is not None


def _finds_other_text(item: Element, css: str) -> bool:
    """Whether a selector finds some text in an entry, and no date."""
    first_text = next((text for node in select(item, css) if (text := text_of(node))), None)
    return first_text is not None and printed_day(first_text) is None


def _first_is_date(item: Element, css: str) -> bool:
    node = next((node for node in select(item, css) if text_of(node)), None)
    return node is not None and printed_day(text_of(node)) is not None


def listed_days(listings: Sequence[ParsedPage], graph: LinkGraph) -> dict[str, str]:
    """Return the day (ISO) that listings print beside each article, by URL; entries with one day only."""
    day_by_url: dict[str, str] = {}
    for page in listings:
        for node, url in entry_nodes(page, graph).items():
            dates = {day for line in _dated_elements(node) if (day := printed_day(text_of(line)))}
            if len(dates) == 1:
                day_by_url.setdefault(url, dates.pop())
    return day_by_url
