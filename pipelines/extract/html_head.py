"""Metadata a page gives to machines: meta elements, JSON-LD, page title and canonical link."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from html import unescape
from typing import Any

from lxml.html import HtmlElement

from pipelines.parse.clean import tidy

ARTICLE_JSON_LD_TYPES = frozenset({"Article", "NewsArticle", "BlogPosting", "ReportageNewsArticle", "Report"})


@dataclass(frozen=True, slots=True)
class HtmlHead:
    """Metadata for machines: meta elements and JSON-LD, the first value of each name."""

    meta: dict[str, str]
    article: dict[str, Any]  # the JSON-LD object of the article
    page_title: str
    canonical: str | None  # as written


def read_head(tree: HtmlElement) -> HtmlHead:
    """Read meta elements (anywhere in the page), the article's JSON-LD, page title and canonical link."""
    meta: dict[str, str] = {}
    for element in tree.iter("meta"):
        content = element.get("content")
        if content:
            for name in ("property", "name", "itemprop"):
                if key := element.get(name):
                    meta.setdefault(key.lower(), content)
    title = tree.find(".//title")
    link = next((e for e in tree.iter("link") if (e.get("rel") or "").lower() == "canonical"), None)
    page_title = tidy(title.text_content()) if title is not None else ""
    return HtmlHead(meta, _article_json_ld(tree), page_title, link.get("href") if link is not None else None)


def _article_json_ld(tree: HtmlElement) -> dict[str, Any]:
    for script in tree.iter("script"):
        text = script.text or ""
        if script.get("type") != "application/ld+json" or (
            "datePublished" not in text and "headline" not in text
        ):
            continue
        try:
            document = json.loads(text, strict=False)
        except ValueError:
            continue  # hand-written JSON-LD is often broken; the page has other places
        for linked_object in json_ld_objects(document):
            kinds = linked_object.get("@type")
            if ARTICLE_JSON_LD_TYPES & set(kinds if isinstance(kinds, list) else [str(kinds)]):
                return linked_object
    return {}


def json_ld_objects(document: object) -> Iterator[dict[str, Any]]:
    """Yield every object of a JSON-LD document, those of lists and `@graph` included."""
    if isinstance(document, list):
        for element in document:
            yield from json_ld_objects(element)
    elif isinstance(document, dict):
        yield document
        yield from json_ld_objects(document.get("@graph", []))


def unescaped(value: object) -> str:
    """Return a string of JSON-LD with its entities resolved; empty for any other value."""
    return unescape(value) if isinstance(value, str) else ""
