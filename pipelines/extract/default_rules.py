"""What stands where pages usually have it, for layouts that have no rule: sections, lead, tags."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from html import unescape
from typing import Any

from lxml.html import HtmlElement

from pipelines.parse.clean import is_front, squash, tidy

TAGS = 'a[rel~="tag"], .tags a, .tag-list a, [class*="__tags"] a, .article-tags a, .box-tag a'
PRINTED = ("p", "h2", "h3", "h4", "strong", "div", "span")
HOLDS_LINES = frozenset({"p", "div", "ul", "ol", "table", "h1", "h2", "h3", "section", "article", "figure"})
LEAST = 40  # characters of a description that may be the lead


def breadcrumbs(tree: HtmlElement, title: str) -> tuple[str, ...]:
    """The section trail of a JSON-LD BreadcrumbList, without the front page and the article itself."""
    for script in tree.iter("script"):
        if script.get("type") == "application/ld+json" and "BreadcrumbList" in (script.text or ""):
            names = tuple(_names(script.text or ""))
            if names:
                kept = (name for name in names if not is_front(name) and squash(name) != squash(title))
                return tuple(dict.fromkeys(kept))
    return ()


def _names(text: str) -> Iterator[str]:
    try:
        told = json.loads(text, strict=False)
    except ValueError:
        return
    for thing in _things(told):
        if thing.get("@type") == "BreadcrumbList" and isinstance(items := thing.get("itemListElement"), list):
            for item in items:
                inner = item.get("item") if isinstance(item, dict) else None
                name = (inner.get("name") if isinstance(inner, dict) else None) or (
                    item.get("name") if isinstance(item, dict) else None
                )
                if isinstance(name, str) and tidy(unescape(name)):
                    yield tidy(unescape(name))


def _things(told: object) -> Iterator[Mapping[str, Any]]:
    if isinstance(told, list):
        for part in told:
            yield from _things(part)
    elif isinstance(told, dict):
        yield told
        yield from _things(told.get("@graph", []))


def lead_as_described(tree: HtmlElement, descriptions: Iterator[str]) -> str | None:
    """The line of the page that begins with what the page tells machines of itself."""
    wanted = [squash(text.removesuffix("...").removesuffix("…")) for text in map(tidy, descriptions)]
    wanted = [text for text in wanted if len(text) >= LEAST]
    if not wanted:
        return None
    for element in tree.iter(*PRINTED):
        if any(child.tag in HOLDS_LINES for child in element):
            continue
        text = tidy("".join(element.itertext("*")))
        if len(text) >= LEAST and any(squash(text).startswith(each) for each in wanted):
            return text
    return None
