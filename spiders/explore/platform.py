"""Platform guess: which known CMS family a site belongs to, with the evidence."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from spiders.explore.link_graph import LinkGraph
from spiders.explore.url_patterns import path_and_query
from spiders.markup.html import select
from spiders.profile.regex_safety import compile_pattern


@dataclass(frozen=True, slots=True)
class PlatformGuess:
    """A platform and the evidence for it; without a name none of the known ones fits."""

    name: str | None
    reason: str


def guess_platform(graph: LinkGraph, platforms: Mapping[str, Mapping[str, Any]]) -> PlatformGuess:
    """Return the known platform whose URL patterns and selectors fit the pages, with the evidence."""
    generator = generator_name(graph)
    best = max(
        ((*_platform_fit(graph, rules), name) for name, rules in platforms.items()), default=(0.0, "", "")
    )
    generator_note = f"; the pages say they are made by {generator}" if generator else ""
    if best[0] >= 0.6:
        return PlatformGuess(best[2], best[1] + generator_note)
    named = next(
        (name for name in platforms if generator and name.lower() in generator.lower().replace(" ", "")), None
    )
    if named:
        return PlatformGuess(None, f"the pages say {generator}, but the rules of `{named}` do not fit them")
    return PlatformGuess(None, f"none of {len(platforms)} known platforms fits{generator_note}")


def generator_name(graph: LinkGraph) -> str | None:
    """Return the content of <meta name="generator">, or None."""
    for page in graph.pages:
        for node in page.root.iter("meta"):
            if (node.get("name") or "").lower() == "generator" and node.get("content"):
                return (node.get("content") or "")[:80]
    return None


def _platform_fit(graph: LinkGraph, rules: Mapping[str, Any]) -> tuple[float, str]:
    """Share of the platform's selectors found on the pages (0 unless its article patterns fit), and which."""
    family = graph.articles
    patterns = [compile_pattern(pattern) for pattern in rules.get("urls", {}).get("article", ())]
    urls = family.urls if family else ()
    hits = sum(any(p.search_or_skip(path_and_query(url)) for p in patterns) for url in urls)
    if not urls or hits < 0.8 * len(urls):
        return 0.0, ""
    signs = list(_platform_selectors(rules))
    present = [css for css, listing in signs if _is_present(graph, css, listing=listing)]
    return len(present) / max(
        1, len(signs)
    ), f"article addresses and {', '.join(present[:3])} are as on its sites"


def _platform_selectors(rules: Mapping[str, Any]) -> Iterator[tuple[str, bool]]:
    """Yield selectors (and whether they are a listing's) that identify the platform; bare tags do not."""
    layout: Mapping[str, Any] = next(iter(rules.get("layout", ())), {})
    listing = rules.get("listing", {})
    body, item, title = layout.get("body", ()), listing.get("item", ()), layout.get("title", ())
    for group, listed in ((body, False), (item, True), (title, False)):
        named = [css for css in group if re.search(r"[.#\[]", css)]
        if named:
            yield ", ".join(named), listed
    date_css = layout.get("date", {}).get("css", ())
    date = ", ".join([date_css] if isinstance(date_css, str) else date_css)
    if re.search(r"[.#\[]", date):
        yield date, False


def _is_present(graph: LinkGraph, css: str, *, listing: bool) -> bool:
    pages = graph.listings if listing else graph.article_pages
    return bool(pages) and sum(bool(select(page.root, css)) for page in pages) * 2 > len(pages)
