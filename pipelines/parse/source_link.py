"""The address of the source an article names: behind its source line, or written in it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from urllib.parse import urlsplit

from lxml.html import HtmlElement

from pipelines.parse.bylines import split_byline

WRITTEN = re.compile(r"(?i)\bhttps?://[^\s<>\"'()\[\]]+")


def last_link_target(element: HtmlElement) -> str:
    """Where the last link of an element leads, as written; empty when it has none."""
    return next((href for anchor in reversed(list(element.iter("a"))) if (href := anchor.get("href"))), "")


def find_source_link(name: str | None, lines: Iterable[tuple[str, str]]) -> str | None:
    """The web address the source called `name` is told with; None when its line tells none.

    `lines` are lines of the page with the target of a link in them, as written, or nothing. Only the line
    that names the source counts, and only when it says nothing else: in a signature with the source in
    brackets a link may well lead to the author.
    """
    for text, target in lines if name else ():
        read = split_byline(text)
        if read.source_name == name and read.author is None:
            written = WRITTEN.search(text)
            return _web(target) or (_web(written[0].rstrip(".,;:")) if written else None)
    return None


def _web(target: str) -> str | None:
    """An absolute http(s) address; a link within the site itself leads to no source."""
    url = target.strip()
    url = f"https:{url}" if url.startswith("//") else url
    try:
        parts = urlsplit(url)
    except ValueError:
        return None  # `http://[::1`
    return url if parts.scheme in {"http", "https"} and parts.hostname else None
