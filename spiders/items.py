"""Pages, links and failed visits: what every source of pages yields."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, Literal, Protocol

from spiders.outlinks import Outlink

LinkKind = Literal["seed", "feed", "sitemap", "listing", "article", "attachment", "image"]
HintSource = Literal["listing", "feed", "sitemap"]


class Via(StrEnum):
    """How a page reached us."""

    LIVE = "live"
    WARC = "warc"
    WACZ = "wacz"
    WAYBACK = "wayback"
    COMMONCRAWL = "commoncrawl"


class CaptureRef(Protocol):
    """The part of a stored capture that spiders may use (storage.records.Capture fits)."""

    @property
    def warc_file(self) -> str:
        """Name of the WARC file that holds the response record."""

    @property
    def payload_digest(self) -> str:
        """Labelled digest of the payload as sent, e.g. `sha1:<base32>`."""


class LiveResponse(Protocol):
    """The part of a Scrapy response that a page is made of (scrapy.http.Response fits)."""

    status: int
    headers: Any  # scrapy.http.headers.Headers: lists of values by name, as bytes

    @property
    def url(self) -> str:
        """URL that answered, after redirects the handler followed."""

    @property
    def body(self) -> bytes:
        """Body with its content-encoding removed."""

    @property
    def meta(self) -> dict[str, Any]:
        """`url` and `kind` of the request, and what the download handlers noted."""


class ArchivedResponse(Protocol):
    """A response read back from a file (storage.warc.exchange.StoredResponse fits)."""

    @property
    def url(self) -> str:
        """URL that was requested."""

    @property
    def status(self) -> int:
        """HTTP status."""

    @property
    def headers(self) -> tuple[tuple[str, str], ...]:
        """Names and values as sent."""

    @property
    def fetched_at(self) -> datetime:
        """When it was fetched; aware."""

    @property
    def rendered_by(self) -> str | None:
        """The browser whose scripts made the body; None: the body is as it was sent."""

    def content(self) -> bytes:
        """Return the body with its content-encoding removed; raises WarcError."""


@dataclass(frozen=True, slots=True)
class Hints:
    """What a listing, feed or sitemap said about a URL before it was fetched; raw strings."""

    title: str | None = None
    date: str | None = None  # verbatim, as printed where it was seen
    source: HintSource | None = None
    form: str | None = None  # the profile's form of `date`, when the listing rule names one
    lastmod: str | None = None  # sitemap <lastmod> / Atom <updated>, verbatim


@dataclass(frozen=True, slots=True)
class Link:
    """One URL linked from a page; `refused` has the reason why it must not be visited."""

    url: str  # canonical
    kind: LinkKind
    found_on: str
    hints: Hints = Hints()
    next_page: bool = False  # a pager link of the listing it was found on
    refused: str | None = None  # a storage.records.Reason value: denied, trap, twin, …
    counted: bool = False  # a next page that only our counting says there is


@dataclass(frozen=True, slots=True)
class Page:
    """One response with its provenance."""

    site: str
    url: str  # as requested (canonical)
    final_url: str
    kind: LinkKind
    status: int
    headers: tuple[tuple[str, str], ...]  # names in lower case
    body: bytes  # content-encoding removed
    fetched_at: datetime
    via: Via = Via.LIVE
    hints: Hints = Hints()
    capture: CaptureRef | None = None
    links: tuple[Link, ...] = ()
    offsite: int = 0  # links to other sites, counted only
    outlinks: tuple[Outlink, ...] = ()  # those of them that look like unions we may not know
    rendered_by: str | None = None  # the browser whose scripts made this body; none = as it was sent
    trouble: tuple[str, ...] = ()  # what discovery could not read, one line each
    counted: bool = False  # a further page of a listing that only our counting says there is

    @classmethod
    def from_response(cls, site: str, response: LiveResponse) -> Page:
        """Return the page of a live response; its request's meta has the canonical `url` and the `kind`."""
        meta = response.meta
        pairs = ((name, value) for name, values in response.headers.items() for value in values)
        return cls(
            site=site,
            url=meta["url"],
            final_url=response.url,
            kind=meta["kind"],
            status=response.status,
            headers=tuple((name.decode("latin-1").lower(), value.decode("latin-1")) for name, value in pairs),
            body=response.body,
            fetched_at=meta.get("fetched_at") or datetime.now(UTC),
            hints=meta.get("hints") or Hints(),
            capture=meta.get("capture"),
            rendered_by=meta.get("rendered_by"),
        )

    @classmethod
    def from_capture(cls, link: Link, site: str, response: ArchivedResponse, capture: CaptureRef) -> Page:
        """Return the page of a capture that is kept, as it came when `link` was visited; raises WarcError."""
        page = cls.from_archive(site, response, link.kind)
        return replace(page, url=link.url, final_url=link.url, hints=link.hints, capture=capture)

    @classmethod
    def from_archive(cls, site: str, response: ArchivedResponse, kind: LinkKind = "seed") -> Page:
        """Return the page of a saved file, or of a record of another archive; raises WarcError."""
        return cls(
            site=site,
            url=response.url,
            final_url=response.url,
            kind=kind,
            status=response.status,
            headers=tuple((name.lower(), value) for name, value in response.headers),
            body=response.content(),
            fetched_at=response.fetched_at,
            via=Via.WARC,
            rendered_by=response.rendered_by,
        )

    def header(self, name: str) -> str | None:
        """Return the first value of a header, by lower-case name."""
        return next((value for key, value in self.headers if key == name), None)


@dataclass(frozen=True, slots=True)
class FailedVisit:
    """One visit without a page: the request failed, or was refused before it was made."""

    site: str
    url: str
    kind: LinkKind
    reason: str  # a storage.records.Reason value
    detail: str  # one line for a person
    at: datetime
    capture: CaptureRef | None = None
    status: int | None = field(default=None)


Visit = Page | FailedVisit


def unique(links: Iterable[Link]) -> tuple[Link, ...]:
    """Return the links once each by URL; the first with a date hint wins."""
    best: dict[str, Link] = {}
    for link in links:
        kept_link = best.get(link.url)
        if kept_link is None or (kept_link.hints.date is None and link.hints.date is not None):
            best[link.url] = link
    return tuple(best.values())
