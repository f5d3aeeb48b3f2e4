"""Cited: what is cited, with everything any form of citation says of it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta, timezone
from enum import StrEnum
from typing import Any

from storage.citations.authors import authors_of
from storage.records import Article, Capture, PrintedTime, Revision

VIET_NAM = timezone(timedelta(hours=7))  # days are told as they are in Việt Nam; no other time since 1975

# What XML has no place for: control characters, halves of pairs, U+FFFE and U+FFFF.
FORBIDDEN = re.compile("[\\x00-\\x1f\\x7f-\\x9f\\ud800-\\udfff\\ufffe\\uffff]")


class ReferenceKind(StrEnum):
    """What a citation points at."""

    ARTICLE = "article"  # as it stands now
    REVISION = "revision"  # one of its texts, for ever
    CAPTURE = "capture"  # the bytes as they came


@dataclass(frozen=True, slots=True)
class ArchiveIdentity:
    """The archive that is named as the keeper."""

    base: str = ""  # address of its reading room, without a slash at the end; empty = it has none
    name: str = "Kho lưu trữ báo chí công đoàn"
    sites: Mapping[str, str] = field(default_factory=dict)  # names by key

    def address(self, path: str) -> str | None:
        """The permanent address of a path such as `/article/12`; none without a reading room."""
        return f"{self.base.rstrip('/')}{path}" if self.base else None


@dataclass(frozen=True, slots=True)
class Reference:
    """One thing cited; every text is one line without control characters."""

    kind: ReferenceKind
    number: int  # of the article, or of the capture
    revision: int | None  # of the article, from 1; none = a capture
    title: str
    authors: tuple[str, ...]  # in full, in the order they are written; empty = unsigned
    site: str  # its name
    url: str  # where it stood
    published: PrintedTime | None  # as far as it was printed
    captured: datetime  # when the archive fetched it
    archive: str  # name of the archive
    address: str | None  # where the archive keeps it for ever; none = it has no reading room
    lead: str | None = None
    tags: tuple[str, ...] = ()

    @property
    def path(self) -> str:
        """Its permanent address within the reading room."""
        return path_of(self.kind, self.number, self.revision)

    @property
    def key(self) -> str:
        """A name for lists of references, the same for ever: `congdoan-article-12-2`."""
        told = f"-{self.revision}" if self.kind is ReferenceKind.REVISION else ""
        return (
            f"congdoan-{'capture' if self.kind is ReferenceKind.CAPTURE else 'article'}-{self.number}{told}"
        )

    @property
    def credited(self) -> tuple[str, ...]:
        """Who is named in the author's place: the site where nobody signed."""
        return self.authors or (self.site,)

    @property
    def day(self) -> date | None:
        """The day of publication as printed."""
        return self.published.day if self.published else None

    @property
    def captured_on(self) -> date:
        """The day of the capture in Việt Nam."""
        return self.captured.astimezone(VIET_NAM).date()


def path_of(kind: ReferenceKind, number: int, revision: int | None = None) -> str:
    """The permanent address in the reading room: `/article/12`, `/article/12/revision/2`, `/capture/34`."""
    if kind is ReferenceKind.REVISION:
        return f"/article/{number}/revision/{revision}"
    return f"/{kind.value}/{number}"


def line(text: str) -> str:
    """The text on one line, without characters that no document may hold."""
    return " ".join(FORBIDDEN.sub(" ", text).split())


def instant(printed: PrintedTime | None) -> datetime | None:
    """The instant of a printed time, in Việt Nam's zone unless another was printed; none without an hour."""
    if printed is None or printed.time is None:
        return None
    zone = VIET_NAM if printed.offset is None else timezone(timedelta(minutes=printed.offset))
    return datetime.combine(printed.day, printed.time, zone)


def reference_of_revision(
    house: ArchiveIdentity, revision: Revision, kind: ReferenceKind = ReferenceKind.REVISION
) -> Reference:
    """One text of an article; with `Kind.ARTICLE` the article, as that text shows it."""
    numbers = (revision.article_id, revision.number)
    return _cited(house, kind, numbers, _told(revision.article), revision.noticed_at)


def reference_of_capture(
    house: ArchiveIdentity, number: int, capture: Capture, revision: Revision
) -> Reference:
    """A capture of the page that showed this text."""
    told = _told(revision.article) | {"url": capture.url}
    return _cited(house, ReferenceKind.CAPTURE, (number, None), told, capture.fetched_at)


def _told(page: Article) -> dict[str, Any]:
    names = ("title", "author", "lead", "tags", "site", "url", "published")
    return {name: getattr(page, name) for name in names}


def reference_of_row(house: ArchiveIdentity, row: Mapping[str, Any]) -> Reference:
    """The text that a row of an export gives (storage.export.row)."""
    told = dict(row) | {"published": _printed(row["published"])}
    return _cited(
        house,
        ReferenceKind.REVISION,
        (row["id"], row["revision"]),
        told,
        datetime.fromisoformat(row["noticed_at"]),
    )


def _printed(told: Mapping[str, Any] | None) -> PrintedTime | None:
    if told is None:
        return None
    clock = datetime.fromisoformat(f"{told['day']}T{told['time']}").time() if told.get("time") else None
    return PrintedTime(date.fromisoformat(told["day"]), clock, told.get("offset"))


def _cited(
    house: ArchiveIdentity,
    kind: ReferenceKind,
    numbers: tuple[int, int | None],
    told: Mapping[str, Any],
    captured: datetime,
) -> Reference:
    number, revision = numbers
    return Reference(
        kind=kind,
        number=number,
        revision=revision,
        title=line(told["title"]),
        authors=authors_of(line(told["author"] or "")),
        site=line(house.sites.get(told["site"], told["site"])),
        url=line(told["url"]),
        published=told["published"],
        captured=captured,
        archive=line(house.name),
        address=house.address(path_of(kind, number, revision)),
        lead=line(told["lead"] or "") or None,
        tags=tuple(filter(None, map(line, told["tags"] or ()))),
    )
