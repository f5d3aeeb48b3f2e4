"""Pager rule: the selector of links from one page of a listing to its further pages."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from spiders.explore.link_graph import LinkGraph
from spiders.explore.page import ParsedPage, SiteLink
from spiders.explore.page_numbers import is_further_page
from spiders.explore.selectors import candidate_selectors
from spiders.markup.html import Element, select

MAX_PAGER_LABEL_CHARS = 14  # characters of a pager link's text: "12", "›", "Trang cuối"
SCRIPTED = re.compile(r"(?i)javascript:.*(?:page|trang|doPostBack)")


def pager_links(listing_page: ParsedPage, graph: LinkGraph) -> tuple[SiteLink, ...]:
    """Return the links of a listing to its further pages."""
    pager_anchors = [
        pager_anchor
        for pager_anchor in listing_page.site_links
        if len(pager_anchor.text) <= MAX_PAGER_LABEL_CHARS
    ]
    pager_anchors = [pager_anchor for pager_anchor in pager_anchors if not graph.is_article(pager_anchor.url)]
    return tuple(
        pager_anchor
        for pager_anchor in pager_anchors
        if is_further_page(listing_page.url, pager_anchor.url, pager_anchor.text)
    )


def has_scripted_pager(listing_page: ParsedPage) -> bool:
    """Return True when the page has a pager that works by script only."""
    pager_hrefs = (pager_node.get("href") or "" for pager_node in listing_page.root.iter("a"))
    return sum(bool(SCRIPTED.match(pager_href)) for pager_href in pager_hrefs) >= 2


def pager_rule(listings: Sequence[ParsedPage], graph: LinkGraph) -> str | None:
    """Return the selector whose links lead to further pages on most listings with a pager, or None."""
    pagers_by_listing = [(listing_page, pager_links(listing_page, graph)) for listing_page in listings]
    listings_with_pager = [
        (listing_page, {pager_anchor.url for pager_anchor in pager_anchors})
        for listing_page, pager_anchors in pagers_by_listing
        if pager_anchors
    ]
    pager_votes: Counter[str] = Counter()
    for _, pager_anchors in pagers_by_listing:
        pager_votes.update(
            {
                pager_css
                for pager_anchor in pager_anchors[:6]
                for pager_css in _pager_selectors(pager_anchor.node)
            }
        )
    best_pager: tuple[float, str] | None = None
    for pager_css, _ in pager_votes.most_common(60):
        pager_score = sum(
            _pager_score(listing_page, pager_targets, pager_css)
            for listing_page, pager_targets in listings_with_pager
        ) / len(listings_with_pager)
        if pager_score > 0.5 and (best_pager is None or pager_score > best_pager[0] + 0.01):
            best_pager = (pager_score, pager_css)
    return best_pager[1] if best_pager else None


def _pager_selectors(pager_node: Element) -> set[str]:
    """Selectors of the link, and of the links inside what is around it."""
    pager_selectors = {
        pager_css
        for pager_css in candidate_selectors(pager_node)
        if pager_css[0] in ".#" or re.search(r"[.[]", pager_css)
    }
    for pager_ancestor, _ in zip(pager_node.iterancestors(), range(4), strict=False):
        pager_selectors |= {
            f"{pager_css} a"
            for pager_css in candidate_selectors(pager_ancestor)
            if " " not in pager_css and (pager_css[0] in ".#" or "[" in pager_css)
        }
    return pager_selectors


def _pager_score(listing_page: ParsedPage, pager_targets: set[str], pager_css: str) -> float:
    """F1 of a selector's links against the pager's; links to this page itself do not count."""
    pager_url_by_node = {pager_anchor.node: pager_anchor.url for pager_anchor in listing_page.site_links}
    pager_selected = {
        pager_url_by_node[pager_node]
        for pager_node in select(listing_page.root, pager_css)
        if pager_node in pager_url_by_node
    } - {listing_page.url}
    pager_hits = len(pager_selected & pager_targets)
    return 2 * pager_hits / (len(pager_selected) + len(pager_targets)) if pager_selected else 0.0
