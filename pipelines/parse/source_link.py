"""Finds the URL of the source an article credits: linked from its source line, or written in it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from urllib.parse import urlsplit

from lxml.html import HtmlElement

from pipelines.parse.bylines import split_byline

WRITTEN_URL = re.compile(r"(?i)\bhttps?://[^\s<>\"'()\[\]]+")


def last_link_target(element: HtmlElement) -> str:
    """Return the target of an element's last link, as written; empty when it has none."""
    return next((href for anchor in reversed(list(element.iter("a"))) if (href := anchor.get("href"))), "")


def find_source_link(source_name: str | None, lines: Iterable[tuple[str, str]]) -> str | None:
    """Return the URL given for the source `source_name` in its credit line, or None.

    `lines` are lines of the page with the target of a link in them, as written, or nothing. Only the line
    that names the source counts, and only when it says nothing else: in a signature with the source in
    brackets a link may well lead to the author.
    """
    for text, target in lines if source_name else ():
        byline = split_byline(text)
        if byline.source_name == source_name and byline.author is None:
            written_url = WRITTEN_URL.search(text)
            return _absolute_web_url(target) or (
                _absolute_web_url(written_url[0].rstrip(".,;:")) if written_url else None
            )
    return None


def _absolute_web_url(target: str) -> str | None:
    """Return an absolute http(s) URL; None for a link within the site, which leads to no source."""
    url = target.strip()
    url = f"https:{url}" if url.startswith("//") else url
    try:
        parts = urlsplit(url)
    except ValueError:
        return None  # `http://[::1`
    return url if parts.scheme in {"http", "https"} and parts.hostname else None
