"""Our own reader over a folder of pages, in the form the peers answer in."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from time import process_time
from typing import Any

from benchmarks.reading.gold import GoldPage, generic_profile, profiles
from pipelines.read import read
from spiders.items import Page
from spiders.profile.site_profile import SiteProfile
from storage.records import Article, PrintedTime
from storage.warc.exchange import StoredResponse
from tests.offline import offline

WARM = 8  # one page in so many is read once before the clock runs, as for the peers


def read_folder(folder: Path) -> list[dict[str, Any]]:
    """Every page of `pages.json`, read without hints from elsewhere and without a network."""
    known = profiles()
    listed = json.loads((folder / "pages.json").read_text(encoding="utf-8"))
    bodies = [(folder / told["file"]).read_bytes() for told in listed]
    with offline():
        for told, body in list(zip(listed, bodies, strict=True))[::WARM]:
            answer(told, body, known)
        return [answer(told, body, known) for told, body in zip(listed, bodies, strict=True)]


def read_page(page: GoldPage) -> dict[str, Any]:
    """One gold page, read here and now."""
    return answer(page.listed(), page.body, profiles())


def answer(told: dict[str, Any], body: bytes, known: dict[str, SiteProfile]) -> dict[str, Any]:
    """Our answer to one page of the list; `site` names no profile: it is read with a generic one."""
    profile = known.get(told["site"]) or generic_profile(told["url"].split("/")[2])
    captured, headers = datetime.fromisoformat(told["captured"]), (("content-type", told["content_type"]),)
    response = StoredResponse(told["url"], captured, 200, "OK", headers, body)
    page = Page.from_archive(profile.key, response, "article")
    started = process_time()
    result = read(page, profile)
    spent = (process_time() - started) * 1000
    if result.article is None:
        return {"ident": told["ident"], "cpu_ms": spent, "article": False, "error": result.reason}
    return {"ident": told["ident"], "cpu_ms": spent, **_fields(result.article)}


def _fields(article: Article) -> dict[str, Any]:
    return {
        "title": article.title,
        "lead": article.lead,
        "body": article.body,
        "date": _iso(article.published),
        "updated": _iso(article.updated),
        "author": article.author,
        "unit": article.author_unit,
        "photographer": article.photographer,
        "section": article.section,
        "tags": article.tags,
        "captions": [(image.url, image.caption) for image in article.images if image.caption],
        "files": [file.url for file in article.attachments],
    }


def _iso(printed: PrintedTime | None) -> str | None:
    if printed is None:
        return None
    if printed.time is None:
        return printed.day.isoformat()
    moment = datetime.combine(printed.day, printed.time).isoformat()
    if printed.offset is None:
        return moment
    sign, minutes = "-" if printed.offset < 0 else "+", abs(printed.offset)
    return f"{moment}{sign}{minutes // 60:02d}:{minutes % 60:02d}"
