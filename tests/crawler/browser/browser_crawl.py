"""Crawling a site made by scripts, and what a crawl with a browser left."""

from __future__ import annotations

from typing import Any

from spiders.profile.site_profile import SiteProfile
from tests.stand_in_server import HOME, CrawlArchive, stand_in_profile

BROWSER: dict[str, Any] = {"browser": True}
RULES: dict[str, Any] = {
    "seeds": [f"{HOME}/"],
    "urls": {"article": [r"^/bai-viet/\d+$"], "listing": [r"^/tin-tuc"]},
    "listing": {"pager": ["a.sau"]},
    "layout": [{"body": ["div.noidung"], "date": {"css": "div.ngay"}}],
}
# Seconds for an answer and for a page: on a busy machine several tabs at once may need more than the usual.
PATIENT: dict[str, Any] = {"timeout": 60.0, "browser_timeout": 100.0}


def scripted(**fetch: Any) -> SiteProfile:
    return stand_in_profile(**RULES, fetch={**BROWSER, **fetch})


def report(result: Any) -> dict[str, Any]:
    return dict(result.runs[0].report)


def numbers(archive: CrawlArchive) -> list[int]:
    return sorted(int(article.url.rpartition("/")[2]) for article in archive.articles())
