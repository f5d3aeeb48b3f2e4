"""Entries: the rules of a listing page - what holds one entry, and where its date stands."""

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
    """The largest element around each listed article that holds no other, with the article's address."""
    inside: dict[Element, set[str]] = defaultdict(set)
    anchors = [anchor for anchor in page.site_links if graph.is_article(anchor.url)]
    for anchor in anchors:
        for node in self_and_ancestors(anchor.node):
            inside[node].add(anchor.url)
    own = set(graph.listed_articles(page))
    found: dict[Element, str] = {}
    for anchor in anchors:
        if anchor.url in own:
            alone = [node for node in self_and_ancestors(anchor.node) if len(inside[node]) == 1]
            found[alone[-1]] = anchor.url
    return found


def item_rule(listings: Sequence[ParsedPage], graph: LinkGraph) -> str | None:
    """The selector that finds one element per entry, on most listings."""
    pages = [(page, entry_nodes(page, graph)) for page in listings]
    votes: Counter[str] = Counter()
    for _, nodes in pages:
        for node in nodes:
            votes.update(_names(node))
    scored = [
        (sum(_item_score(page, nodes, css) for page, nodes in pages) / len(pages), -len(css), css)
        for css, _ in votes.most_common(40)
    ]
    best = max(scored, default=(0.0, 0, ""))
    return best[2] if best[0] >= MIN_ITEM_SCORE else None


def _names(node: Element) -> set[str]:
    """Selectors of the entry, and of what it holds alone."""
    found = {css for css in candidate_selectors(node) if css[0] != "#" or " " in css}
    for child in node:
        found |= {css for css in own_selectors(child) if css[0] == "."}
    return found


def _item_score(page: ParsedPage, nodes: dict[Element, str], css: str) -> float:
    """F1 of the elements a selector finds against the entries of the page."""
    chosen = select(page.root, css)
    if not chosen:
        return 0.0
    holder = {inner: url for node, url in nodes.items() for inner in node.iter()}
    hit = {holder[node] for node in chosen if node in holder and _has_link(node)}
    score = 2 * len(hit) / (len(chosen) + len(set(nodes.values())))
    return score - 0.02 * (len([node for node in chosen if node not in nodes]) > 0)


def _has_link(node: Element) -> bool:
    return node.tag == "a" or next(node.iter("a"), None) is not None


def entry_date_rule(
    listings: Sequence[ParsedPage], item: str, others: Sequence[ParsedPage] = ()
) -> str | None:
    """The selector, inside an entry, of the element its date stands in.

    Of several the one that finds least else, on other pages (the front page) too: an entry there that
    prints no date must not pass off its headline as one.
    """
    items = [node for page in listings for node in select(page.root, item)]
    more = [node for page in others for node in select(page.root, item)]
    votes: Counter[str] = Counter()
    for node in items:
        votes.update({css for inner in _dated(node) for css in candidate_selectors(inner)})
    likely = [css for css, count in votes.items() if count * 2 >= len(items)]
    false = {css: sum(_finds_else(node, css) for node in (*items, *more)) for css in likely}
    for css in sorted(likely, key=lambda css: (-votes[css], false[css], len(css))):
        right = sum(_first_is_date(node, css) for node in items)
        if right * 2 >= len(items):
            return css
    return None


def _dated(item: Element) -> list[Element]:
    """The innermost elements whose text is a date and little more."""
    found = [node for node in item.iter() if isinstance(node.tag, str) and _is_date(text_of(node))]
    return [node for node in found if not any(_is_date(text_of(child)) for child in node)]


def _is_date(text: str) -> bool:
    return len(text) <= 60 and printed_day(text) is not None


def _finds_else(item: Element, css: str) -> bool:
    """Whether a selector finds some text in an entry, and no date."""
    found = next((text for node in select(item, css) if (text := text_of(node))), None)
    return found is not None and printed_day(found) is None


def _first_is_date(item: Element, css: str) -> bool:
    node = next((node for node in select(item, css) if text_of(node)), None)
    return node is not None and printed_day(text_of(node)) is not None


def listed_days(listings: Sequence[ParsedPage], graph: LinkGraph) -> dict[str, str]:
    """What the listings print beside each article that holds a date: address → day (ISO)."""
    told: dict[str, str] = {}
    for page in listings:
        for node, url in entry_nodes(page, graph).items():
            dates = {day for line in _dated(node) if (day := printed_day(text_of(line)))}
            if len(dates) == 1:
                told.setdefault(url, dates.pop())
    return told
