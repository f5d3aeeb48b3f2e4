"""Read one page: from bytes to an article and its fingerprint (runs in a process pool)."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from time import process_time

from pipelines.decode.charset import decode
from pipelines.describe.annotate import annotate
from pipelines.describe.article import describe, refusal_reason
from pipelines.duplicates.fingerprint import fingerprint
from pipelines.extract.article import extract
from pipelines.extract.boilerplate import without_boilerplate
from pipelines.extract.json_article import json_to_html
from spiders.items import Page
from spiders.profile.site_profile import SiteProfile
from storage.records import Article, Fingerprint, Reason


@dataclass(frozen=True, slots=True)
class ReadResult:
    """Outcome of reading one page: an article with its fingerprint, or the reason why it is none."""

    article: Article | None
    fingerprint: Fingerprint | None
    reason: Reason | None
    detail: str  # one line for a person, when there is a reason
    links: tuple[tuple[str, str], ...]  # absolute URL and text of every link of the page
    cpu_ms: float


def read(page: Page, profile: SiteProfile, boilerplate: Collection[str] = frozenset()) -> ReadResult:
    """Read one page; pure but for the CPU clock that it is measured by.

    `boilerplate` has the keys of lines that were learned to be no article's text on this site.
    """
    started = process_time()
    unfolded = json_to_html(page, profile)
    page, profile = (unfolded.page, unfolded.profile) if unfolded else (page, profile)
    if reason := refusal_reason(page):
        detail = f"{len(page.body)} bytes of {page.header('content-type') or 'no content type'}"
        return ReadResult(None, None, reason, detail, (), _since(started))
    decoded = decode(page.body, page.header("content-type"))
    reading = extract(decoded, page, profile)
    reading = replace(reading, metadata=unfolded.with_json_paths(reading.metadata)) if unfolded else reading
    article = describe(reading, page, profile)
    if isinstance(article, Reason):
        detail = f"page title: {reading.metadata.page_title or 'none'}"
        return ReadResult(None, None, article, detail, reading.links, _since(started))
    article = annotate(without_boilerplate(article, boilerplate), profile)
    return ReadResult(article, fingerprint(article), None, "", reading.links, _since(started))


def _since(started: float) -> float:
    return (process_time() - started) * 1000
