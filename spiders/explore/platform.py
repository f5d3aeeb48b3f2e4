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
    best_platform = max(
        (
            (*_platform_fit(graph, platform_rules), platform_name)
            for platform_name, platform_rules in platforms.items()
        ),
        default=(0.0, "", ""),
    )
    generator_note = f"; the pages say they are made by {generator}" if generator else ""
    if best_platform[0] >= 0.6:
        return PlatformGuess(best_platform[2], best_platform[1] + generator_note)
    named_platform = next(
        (
            platform_name
            for platform_name in platforms
            if generator and platform_name.lower() in generator.lower().replace(" ", "")
        ),
        None,
    )
    if named_platform:
        return PlatformGuess(
            None, f"the pages say {generator}, but the rules of `{named_platform}` do not fit them"
        )
    return PlatformGuess(None, f"none of {len(platforms)} known platforms fits{generator_note}")


def generator_name(graph: LinkGraph) -> str | None:
    """Return the content of <meta name="generator">, or None."""
    for page in graph.pages:
        for generator_meta in page.root.iter("meta"):
            if (generator_meta.get("name") or "").lower() == "generator" and generator_meta.get("content"):
                return (generator_meta.get("content") or "")[:80]
    return None


def _platform_fit(graph: LinkGraph, platform_rules: Mapping[str, Any]) -> tuple[float, str]:
    """Share of the platform's selectors found on the pages (0 unless its article patterns fit), and which."""
    article_family = graph.articles
    patterns = [
        compile_pattern(platform_pattern)
        for platform_pattern in platform_rules.get("urls", {}).get("article", ())
    ]
    article_urls = article_family.urls if article_family else ()
    article_url_hits = sum(
        any(article_pattern.search_or_skip(path_and_query(article_url)) for article_pattern in patterns)
        for article_url in article_urls
    )
    if not article_urls or article_url_hits < 0.8 * len(article_urls):
        return 0.0, ""
    platform_selectors = list(_platform_selectors(platform_rules))
    present_selectors = [
        platform_selector
        for platform_selector, on_listing in platform_selectors
        if _is_present(graph, platform_selector, listing=on_listing)
    ]
    return len(present_selectors) / max(
        1, len(platform_selectors)
    ), f"article addresses and {', '.join(present_selectors[:3])} are as on its sites"


def _platform_selectors(platform_rules: Mapping[str, Any]) -> Iterator[tuple[str, bool]]:
    """Yield selectors (and whether they are a listing's) that identify the platform; bare tags do not."""
    platform_layout: Mapping[str, Any] = next(iter(platform_rules.get("layout", ())), {})
    platform_listing = platform_rules.get("listing", {})
    body, item, title = (
        platform_layout.get("body", ()),
        platform_listing.get("item", ()),
        platform_layout.get("title", ()),
    )
    for platform_css, on_listing in ((body, False), (item, True), (title, False)):
        named_selectors = [
            platform_selector for platform_selector in platform_css if re.search(r"[.#\[]", platform_selector)
        ]
        if named_selectors:
            yield ", ".join(named_selectors), on_listing
    platform_date_css = platform_layout.get("date", {}).get("css", ())
    platform_date = ", ".join(
        [platform_date_css] if isinstance(platform_date_css, str) else platform_date_css
    )
    if re.search(r"[.#\[]", platform_date):
        yield platform_date, False


def _is_present(graph: LinkGraph, platform_selector: str, *, listing: bool) -> bool:
    pages = graph.listings if listing else graph.article_pages
    return bool(pages) and sum(bool(select(page.root, platform_selector)) for page in pages) * 2 > len(pages)
