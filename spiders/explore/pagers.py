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


def pager_links(page: ParsedPage, graph: LinkGraph) -> tuple[SiteLink, ...]:
    """Return the links of a listing to its further pages."""
    links = [anchor for anchor in page.site_links if len(anchor.text) <= MAX_PAGER_LABEL_CHARS]
    links = [anchor for anchor in links if not graph.is_article(anchor.url)]
    return tuple(anchor for anchor in links if is_further_page(page.url, anchor.url, anchor.text))


def has_scripted_pager(page: ParsedPage) -> bool:
    """Return True when the page has a pager that works by script only."""
    hrefs = (node.get("href") or "" for node in page.root.iter("a"))
    return sum(bool(SCRIPTED.match(href)) for href in hrefs) >= 2


def pager_rule(listings: Sequence[ParsedPage], graph: LinkGraph) -> str | None:
    """Return the selector whose links lead to further pages on most listings with a pager, or None."""
    links_by_page = [(page, pager_links(page, graph)) for page in listings]
    pages = [(page, {anchor.url for anchor in links}) for page, links in links_by_page if links]
    votes: Counter[str] = Counter()
    for _, links in links_by_page:
        votes.update({css for anchor in links[:6] for css in _pager_selectors(anchor.node)})
    best: tuple[float, str] | None = None
    for css, _ in votes.most_common(60):
        score = sum(_pager_score(page, targets, css) for page, targets in pages) / len(pages)
        if score > 0.5 and (best is None or score > best[0] + 0.01):
            best = (score, css)
    return best[1] if best else None


def _pager_selectors(node: Element) -> set[str]:
    """Selectors of the link, and of the links inside what is around it."""
    selectors = {css for css in candidate_selectors(node) if css[0] in ".#" or re.search(r"[.[]", css)}
    for around, _ in zip(node.iterancestors(), range(4), strict=False):
        selectors |= {
            f"{css} a"
            for css in candidate_selectors(around)
            if " " not in css and (css[0] in ".#" or "[" in css)
        }
    return selectors


def _pager_score(page: ParsedPage, targets: set[str], css: str) -> float:
    """F1 of a selector's links against the pager's; links to this page itself do not count."""
    by_node = {anchor.node: anchor.url for anchor in page.site_links}
    selected = {by_node[node] for node in select(page.root, css) if node in by_node} - {page.url}
    hit = len(selected & targets)
    return 2 * hit / (len(selected) + len(targets)) if selected else 0.0
