"""readability-lxml: title and main part of the page; it knows no other field."""

from __future__ import annotations

from typing import Any

from harness import run
from lxml.html import fromstring
from readability import Document

LINES = {"p", "div", "li", "tr", "h1", "h2", "h3", "h4", "h5", "br", "table", "figcaption", "td"}


def read(html: str, _url: str) -> dict[str, Any]:
    """Its answer; blocks on lines of their own."""
    document = Document(html)
    tree = fromstring(document.summary(html_partial=True))
    for element in tree.iter(*LINES):
        element.tail = f"\n{element.tail or ''}"
    return {"title": document.short_title(), "body": tree.text_content().strip()}


if __name__ == "__main__":
    run(read)
