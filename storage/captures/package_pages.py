"""Content of a site's WACZ package: its WARC files, and the pages it opens with."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import ColumnElement, Connection, and_, select

from storage.database.schema import appearances, articles, captures, urls
from storage.records import UrlKind
from storage.warc.exchange import RENDERED

ENTRY_KINDS = (UrlKind.SEED, UrlKind.LISTING)


@dataclass(frozen=True, slots=True)
class PackedPage:
    """One page of the list of a package."""

    url: str
    at: datetime
    title: str


def warc_files_of_site(connection: Connection, site: str) -> tuple[str, ...]:
    """Return the names of the WARC files with captures of a site, in order."""
    pages_select = select(captures.c.warc_file).where(captures.c.site == site).distinct()
    return tuple(connection.scalars(pages_select.order_by(captures.c.warc_file)))


def is_replica(connection: Connection, site: str) -> bool:
    """Return whether any capture of a site was made of a replica."""
    pages_select = select(captures.c.id).where(captures.c.site == site, captures.c.dialled.is_not(None))
    return connection.scalar(pages_select.limit(1)) is not None


def entry_pages(connection: Connection, site: str) -> Iterator[PackedPage]:
    """Yield the profile's own seeds and listings in their newest captures."""
    pages_select = (
        select(urls.c.url, captures.c.fetched_at)
        .join(captures, captures.c.id == urls.c.capture_id)
        .where(urls.c.site == site, urls.c.root.is_(True), urls.c.kind.in_(ENTRY_KINDS), _full_response())
    )
    for url, page_at in connection.execute(pages_select.order_by(urls.c.id)):
        yield PackedPage(url, page_at, url)


def article_pages(connection: Connection, site: str) -> Iterator[PackedPage]:
    """Yield every article the site shows or showed, the newest first, under the requested address."""
    pages_select = (
        select(captures.c.url, captures.c.fetched_at, articles.c.title)
        .join(appearances, appearances.c.capture_id == captures.c.id)
        .join(articles, articles.c.id == appearances.c.article_id)
        .where(appearances.c.site == site, captures.c.site == site, _full_response())
    )
    for url, page_at, title in connection.execute(
        pages_select.order_by(articles.c.day.desc(), articles.c.id.desc())
    ):
        yield PackedPage(url, page_at, title)


def _full_response() -> ColumnElement[bool]:
    return and_(captures.c.status == 200, captures.c.content_type.is_distinct_from(RENDERED))


def pages_jsonl_lines(packed_pages: Iterator[PackedPage], title: str) -> Iterator[str]:
    """Yield the lines of `pages.jsonl` (WACZ 1.1.1, 5.3), each page once."""
    pages_header = {"format": "json-pages-1.0", "id": "pages", "title": title}
    yield json.dumps(pages_header, ensure_ascii=False)
    listed_urls: set[str] = set()
    for page_number, packed_page in enumerate(packed_pages, 1):
        if packed_page.url not in listed_urls:
            listed_urls.add(packed_page.url)
            page_at = packed_page.at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
            page_line = {
                "id": f"page{page_number}",
                "url": packed_page.url,
                "ts": page_at,
                "title": packed_page.title,
            }
            yield json.dumps(page_line, ensure_ascii=False)
