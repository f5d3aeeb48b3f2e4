"""Default rules for layouts without their own: breadcrumb sections, tags, and the lead by the description."""

from __future__ import annotations

import json
from collections.abc import Iterator
from html import unescape

from lxml.html import HtmlElement

from pipelines.extract.html_head import json_ld_objects
from pipelines.parse.clean import is_front_page, match_key, tidy

DEFAULT_TAG_CSS = 'a[rel~="tag"], .tags a, .tag-list a, [class*="__tags"] a, .article-tags a, .box-tag a'
LEAD_TAGS = ("p", "h2", "h3", "h4", "strong", "div", "span")
MULTI_LINE_TAGS = frozenset(
    {"p", "div", "ul", "ol", "table", "h1", "h2", "h3", "section", "article", "figure"}
)
MIN_LEAD_CHARS = 40  # of a description that may be the lead


def breadcrumbs(tree: HtmlElement, title: str) -> tuple[str, ...]:
    """Return the sections of a JSON-LD BreadcrumbList, without the front page and the article itself."""
    for script in tree.iter("script"):
        if script.get("type") == "application/ld+json" and "BreadcrumbList" in (script.text or ""):
            names = tuple(_breadcrumb_names(script.text or ""))
            if names:
                sections = (
                    name for name in names if not is_front_page(name) and match_key(name) != match_key(title)
                )
                return tuple(dict.fromkeys(sections))
    return ()


def _breadcrumb_names(text: str) -> Iterator[str]:
    try:
        document = json.loads(text, strict=False)
    except ValueError:
        return
    for breadcrumb_list in json_ld_objects(document):
        if breadcrumb_list.get("@type") == "BreadcrumbList" and isinstance(
            items := breadcrumb_list.get("itemListElement"), list
        ):
            for item in items:
                linked_item = item.get("item") if isinstance(item, dict) else None
                name = (linked_item.get("name") if isinstance(linked_item, dict) else None) or (
                    item.get("name") if isinstance(item, dict) else None
                )
                if isinstance(name, str) and tidy(unescape(name)):
                    yield tidy(unescape(name))


def lead_from_description(tree: HtmlElement, descriptions: Iterator[str]) -> str | None:
    """Return the line of the page that begins with one of its `descriptions` for machines, or None."""
    description_keys = [
        match_key(text.removesuffix("...").removesuffix("…")) for text in map(tidy, descriptions)
    ]
    description_keys = [text for text in description_keys if len(text) >= MIN_LEAD_CHARS]
    if not description_keys:
        return None
    for element in tree.iter(*LEAD_TAGS):
        if any(child.tag in MULTI_LINE_TAGS for child in element):
            continue
        text = tidy("".join(element.itertext("*")))
        if len(text) >= MIN_LEAD_CHARS and any(
            match_key(text).startswith(description_key) for description_key in description_keys
        ):
            return text
    return None
