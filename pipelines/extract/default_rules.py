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


def breadcrumbs(default_tree: HtmlElement, article_title: str) -> tuple[str, ...]:
    """Return the sections of a JSON-LD BreadcrumbList, without the front page and the article itself."""
    for breadcrumb_script in default_tree.iter("script"):
        if breadcrumb_script.get("type") == "application/ld+json" and "BreadcrumbList" in (
            breadcrumb_script.text or ""
        ):
            breadcrumb_names = tuple(_breadcrumb_names(breadcrumb_script.text or ""))
            if breadcrumb_names:
                breadcrumb_sections = (
                    breadcrumb_name
                    for breadcrumb_name in breadcrumb_names
                    if not is_front_page(breadcrumb_name)
                    and match_key(breadcrumb_name) != match_key(article_title)
                )
                return tuple(dict.fromkeys(breadcrumb_sections))
    return ()


def _breadcrumb_names(json_ld_text: str) -> Iterator[str]:
    try:
        json_ld_document = json.loads(json_ld_text, strict=False)
    except ValueError:
        return
    for breadcrumb_list in json_ld_objects(json_ld_document):
        if breadcrumb_list.get("@type") == "BreadcrumbList" and isinstance(
            breadcrumb_items := breadcrumb_list.get("itemListElement"), list
        ):
            for breadcrumb_item in breadcrumb_items:
                linked_item = breadcrumb_item.get("item") if isinstance(breadcrumb_item, dict) else None
                breadcrumb_name = (linked_item.get("name") if isinstance(linked_item, dict) else None) or (
                    breadcrumb_item.get("name") if isinstance(breadcrumb_item, dict) else None
                )
                if isinstance(breadcrumb_name, str) and tidy(unescape(breadcrumb_name)):
                    yield tidy(unescape(breadcrumb_name))


def lead_from_description(default_tree: HtmlElement, descriptions: Iterator[str]) -> str | None:
    """Return the line of the page that begins with one of its `descriptions` for machines, or None."""
    description_keys = [
        match_key(lead_text.removesuffix("...").removesuffix("…")) for lead_text in map(tidy, descriptions)
    ]
    description_keys = [lead_text for lead_text in description_keys if len(lead_text) >= MIN_LEAD_CHARS]
    if not description_keys:
        return None
    for lead_element in default_tree.iter(*LEAD_TAGS):
        if any(lead_child.tag in MULTI_LINE_TAGS for lead_child in lead_element):
            continue
        lead_text = tidy("".join(lead_element.itertext("*")))
        if len(lead_text) >= MIN_LEAD_CHARS and any(
            match_key(lead_text).startswith(description_key) for description_key in description_keys
        ):
            return lead_text
    return None
