"""Records between the frontier and its callers: leased URLs, visit records, counts; the phases of a run."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlalchemy import Row, Select, select

from storage.database.schema import captures, urls
from storage.records import UrlKind, UrlState, Verdict

# Discovery goes first: an article is visited only when every page that may hint at it has been read.
PHASES = {
    UrlKind.SEED: 0,
    UrlKind.FEED: 0,
    UrlKind.SITEMAP: 0,
    UrlKind.LISTING: 1,
    UrlKind.ARTICLE: 2,
    UrlKind.ATTACHMENT: 3,
    UrlKind.IMAGE: 4,
}
DISCOVERY = 2  # phases below this are discovery
BEHIND = 10  # added to the phase of URLs in the backlog: old pages, with a budget of their own
# In the backlog a listing page is read when all it led to has been visited: newest first.
BACKLOG = {kind: BEHIND + phase for kind, phase in PHASES.items() if phase >= DISCOVERY} | {
    UrlKind.LISTING: 18,
    UrlKind.SITEMAP: 19,
    UrlKind.FEED: 19,
    UrlKind.SEED: 19,
}


def url_key(url: str) -> str:
    """Return the frontier's key of a canonical URL: 32 hex digits."""
    return hashlib.blake2b(url.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()


@dataclass(frozen=True, slots=True)
class LeasedUrl:
    """One URL leased to be visited, with its hints and validators."""

    id: int
    url: str
    kind: UrlKind
    title_hint: str | None
    date_hint: str | None
    hint_source: str | None
    hint_form: str | None
    lastmod: str | None
    etag: str | None
    last_modified: str | None
    payload_digest: str | None  # of the last response with a body
    record_id: str | None  # its WARC record
    captured_at: datetime | None
    behind: bool = False  # out of the backlog


@dataclass(frozen=True, slots=True)
class AddedUrls:
    """Counts of the links of one page that were added to the frontier."""

    new: int = 0  # rows that did not exist
    existing: int = 0  # rows that were there before
    refused: int = 0  # of the new ones, those never to be visited
    woken: int = 0  # existing rows that became pending
    telling: int = 0  # of the new ones, articles, documents and sitemaps


@dataclass(frozen=True, slots=True)
class VisitRecord:
    """What the frontier records of one visit."""

    url: str
    verdict: Verdict
    visited_at: datetime
    status: int | None = None
    etag: str | None = None
    last_modified: str | None = None
    payload_digest: str | None = None
    capture_id: int | None = None
    day: date | None = None
    links: int | None = None  # links to articles, on a discovery page
    accounting: Mapping[str, Any] | None = (
        None  # what became of a discovery page's links (storage.runs.completeness)
    )
    new_links: int | None = None  # articles it was the first to link, or whose change or removal it listed


@dataclass(slots=True)
class RunProgress:
    """What this process has leased in one run; lost with the process."""

    backlog_urls: set[str] = field(default_factory=set)  # URLs in flight out of the backlog
    backfilled: int = 0  # URLs leased out of the backlog
    first_row: int | None = None  # the first row id of this run
    repeated_requests: int = 0  # requests sent besides the first for each row and the first for robots.txt


def validators(end: VisitRecord) -> Mapping[str, Any]:
    """Return the validator columns of a visit: a response with a body renews them, others leave them."""
    if end.payload_digest is None:
        return {}
    return {
        "etag": end.etag,
        "last_modified": end.last_modified,
        "payload_digest": end.payload_digest,
        **({"capture_id": end.capture_id} if end.capture_id is not None else {}),
    }


def page_order(url: str) -> list[tuple[int, str]]:
    """Return a sort key under which page 10 of a listing follows page 9."""
    return [(int(part), "") if part.isdigit() else (-1, part) for part in re.split(r"(\d+)", url)]


def queue(site: str) -> Select[Any]:
    """Select the pending URLs of a site in the order of their visits."""
    joined = urls.outerjoin(captures, captures.c.id == urls.c.capture_id)
    return (
        select(urls, captures.c.record_id, captures.c.fetched_at.label("captured_at"))
        .select_from(joined)
        .where(urls.c.site == site, urls.c.state == UrlState.PENDING)
        .order_by(urls.c.phase, urls.c.id)
    )


def task_of(row: Row[Any]) -> LeasedUrl:
    """Return a row of `queue` as a leased URL."""
    return LeasedUrl(
        id=row.id,
        url=row.url,
        kind=UrlKind(row.kind),
        title_hint=row.title_hint,
        date_hint=row.date_hint,
        hint_source=row.hint_source,
        hint_form=row.hint_form,
        lastmod=row.lastmod,
        etag=row.etag,
        last_modified=row.last_modified,
        payload_digest=row.payload_digest,
        record_id=row.record_id,
        captured_at=row.captured_at,
        behind=row.phase >= BEHIND,
    )
