"""Compare a profile with what is stored: read kept captures again, and list what would change."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import Connection

from pipelines.read import read
from spiders.discovery.aspnet_postback import postback_page_number
from spiders.items import Hints, Link, Page
from spiders.profile.site_profile import SiteProfile
from spiders.urls.classify import classify
from storage.articles import boilerplate_lines
from storage.articles import queries as catalogue
from storage.articles.queries import StoredUrl
from storage.records import Article, PrintedTime
from storage.warc.errors import WarcError
from storage.warc.record_reader import read_capture

FIELDS = ("title", "lead", "author", "published", "section", "images", "attachments", "body")
MAX_VALUE_CHARS = 120  # characters of a value


@dataclass(frozen=True, slots=True)
class FieldDifference:
    """One field of one page that would be read differently."""

    url: str
    field: str  # of the article, or `article` when the page becomes, or stops being, one
    before: str
    after: str


@dataclass(slots=True)
class ProfileComparison:
    """What a profile would change in the archive."""

    pages: int = 0
    unread: list[str] = field(default_factory=list)  # captures that could not be had, one line each
    differences: list[FieldDifference] = field(default_factory=list)
    kinds: list[FieldDifference] = field(default_factory=list)  # URLs that would be something else


def compare_profile(
    connection: Connection, warcs: Path, profile: SiteProfile, limit: int | None = None
) -> ProfileComparison:
    """Read the newest whole capture of each of a site's article URLs with `profile`, and compare."""
    comparison = ProfileComparison()
    boilerplate = boilerplate_lines.active_keys(connection, profile.key)
    stored = {page.url: page for page, _ in catalogue.articles_on_site(connection, profile.key)}
    for row in catalogue.captured_article_urls(connection, profile.key, limit):
        try:
            page = captured_page(row, warcs, profile)
        except WarcError as error:
            comparison.unread.append(f"{row.url}: {error}")
            continue
        comparison.pages += 1
        result = read(page, profile, boilerplate)
        after = result.article if result.article else (result.reason.value if result.reason else "unread")
        comparison.differences += compare(row.url, stored.get(row.url) or row.reason or "", after)
    comparison.kinds += _changed_kinds(connection, profile)
    return comparison


def captured_page(row: StoredUrl, warcs: Path, profile: SiteProfile) -> Page:
    """The page of a stored capture, as it would come from the web; raises WarcError."""
    response = read_capture(warcs, row.capture)
    source = row.hint_source if row.hint_source in {"listing", "feed", "sitemap"} else None
    hints = Hints(row.title_hint, row.date_hint, source, row.hint_form, row.lastmod)  # type: ignore[arg-type]
    link = Link(row.url, "article", row.url, hints)
    return Page.from_capture(link, profile.key, response, row.capture)


def compare(url: str, before: Article | str, after: Article | str) -> Iterator[FieldDifference]:
    """What differs between two readings of a page; a reading that gave no article is its reason (pure)."""
    if isinstance(before, str) or isinstance(after, str):
        lines = (_reading_line(before), _reading_line(after))
        if lines[0] != lines[1]:
            yield FieldDifference(url, "article", *lines)
        return
    for name in FIELDS:
        old, new = getattr(before, name), getattr(after, name)
        if old != new:
            yield FieldDifference(url, name, *_excerpts(old, new))


def _reading_line(reading: Article | str) -> str:
    return (
        f"article: {reading.title}"[:MAX_VALUE_CHARS]
        if isinstance(reading, Article)
        else reading or "nothing stored"
    )


def _excerpts(old: object, new: object) -> tuple[str, str]:
    old_text, new_text = _text(old), _text(new)
    start = next(
        (at for at, pair in enumerate(zip(old_text, new_text, strict=False)) if pair[0] != pair[1]), None
    )
    at = max(0, (min(len(old_text), len(new_text)) if start is None else start) - 30)
    return old_text[at : at + MAX_VALUE_CHARS], new_text[at : at + MAX_VALUE_CHARS]


def _text(value: object) -> str:
    if isinstance(value, PrintedTime):
        parts = (value.day, value.time, value.offset)
        return " ".join(str(part) for part in parts if part is not None)
    if isinstance(value, tuple):
        return " | ".join(getattr(part, "url", None) or str(part) for part in value)
    return "" if value is None else str(value)


def _changed_kinds(connection: Connection, profile: SiteProfile) -> Iterator[FieldDifference]:
    for url, kind, reason in catalogue.classified_urls(connection, profile.key):
        if postback_page_number(url) is not None:  # its listing's pager made it one, no pattern
            continue
        classified = classify(url, profile)
        before = f"refused: {reason}" if reason else kind
        after = f"refused: {classified.refused}" if classified.refused else str(classified.kind)
        if before != after:
            yield FieldDifference(url, "kind", before, after)
