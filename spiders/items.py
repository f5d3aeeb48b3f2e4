"""What any source of pages yields: links found, pages had, visits that gave no page."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Literal, Protocol

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
    """The part of a stored capture that this room may look at (storage.records.Capture fits)."""

    @property
    def warc_file(self) -> str:
        """Name of the WARC file that holds the response record."""

    @property
    def payload_digest(self) -> str:
        """Labelled digest of the payload as sent, e.g. `sha1:<base32>`."""


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
    """One URL found, with what is known of it; `refused` holds the reason it must not be asked."""

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

    def header(self, name: str) -> str | None:
        """First value of a header, by lower-case name."""
        return next((value for key, value in self.headers if key == name), None)


@dataclass(frozen=True, slots=True)
class FailedVisit:
    """One visit that gave no page: the request failed, or was refused before it was made."""

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
    """The links once each by URL, the first sighting with a date hint winning."""
    best: dict[str, Link] = {}
    for link in links:
        known = best.get(link.url)
        if known is None or (known.hints.date is None and link.hints.date is not None):
            best[link.url] = link
    return tuple(best.values())
