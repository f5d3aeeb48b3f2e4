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


def read_head(head_tree: HtmlElement) -> HtmlHead:
    """Read meta elements (anywhere in the page), the article's JSON-LD, page title and canonical link."""
    head_meta: dict[str, str] = {}
    for meta_element in head_tree.iter("meta"):
        meta_content = meta_element.get("content")
        if meta_content:
            for meta_attribute in ("property", "name", "itemprop"):
                if meta_key := meta_element.get(meta_attribute):
                    head_meta.setdefault(meta_key.lower(), meta_content)
    title_element = head_tree.find(".//title")
    canonical_link = next(
        (
            link_element
            for link_element in head_tree.iter("link")
            if (link_element.get("rel") or "").lower() == "canonical"
        ),
        None,
    )
    page_title = tidy(title_element.text_content()) if title_element is not None else ""
    return HtmlHead(
        head_meta,
        _article_json_ld(head_tree),
        page_title,
        canonical_link.get("href") if canonical_link is not None else None,
    )


def _article_json_ld(head_tree: HtmlElement) -> dict[str, Any]:
    for json_ld_script in head_tree.iter("script"):
        json_ld_text = json_ld_script.text or ""
        if json_ld_script.get("type") != "application/ld+json" or (
            "datePublished" not in json_ld_text and "headline" not in json_ld_text
        ):
            continue
        try:
            json_ld_document = json.loads(json_ld_text, strict=False)
        except ValueError:
            continue  # hand-written JSON-LD is often broken; the page has other places
        for json_ld_object in json_ld_objects(json_ld_document):
            json_ld_types = json_ld_object.get("@type")
            if ARTICLE_JSON_LD_TYPES & set(
                json_ld_types if isinstance(json_ld_types, list) else [str(json_ld_types)]
            ):
                return json_ld_object
    return {}


def json_ld_objects(json_ld_document: object) -> Iterator[dict[str, Any]]:
    """Yield every object of a JSON-LD document, those of lists and `@graph` included."""
    if isinstance(json_ld_document, list):
        for json_ld_element in json_ld_document:
            yield from json_ld_objects(json_ld_element)
    elif isinstance(json_ld_document, dict):
        yield json_ld_document
        yield from json_ld_objects(json_ld_document.get("@graph", []))


def unescaped(json_ld_value: object) -> str:
    """Return a string of JSON-LD with its entities resolved; empty for any other value."""
    return unescape(json_ld_value) if isinstance(json_ld_value, str) else ""
