"""Pages made for tests of the explorer."""

from __future__ import annotations

from datetime import UTC, datetime

from spiders.items import Page


def page(url: str, html: str, status: int = 200) -> Page:
    """A page as the web gave it."""
    headers = (("content-type", "text/html; charset=utf-8"),)
    at = datetime(2026, 1, 1, tzinfo=UTC)
    return Page("new", url, url, "seed", status, headers, html.encode(), at)
