"""Reference: the article, revision or capture that is cited, with all that a citation says of it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta, timezone
from enum import StrEnum
from typing import Any

from storage.citations.authors import authors_of
from storage.records import Article, Capture, PrintedTime, Revision

VIET_NAM = timezone(timedelta(hours=7))  # days are those of Việt Nam, whose time has not changed since 1975

# Characters that XML forbids: control characters, halves of pairs, U+FFFE and U+FFFF.
XML_FORBIDDEN_CHARS = re.compile("[\\x00-\\x1f\\x7f-\\x9f\\ud800-\\udfff\\ufffe\\uffff]")


class ReferenceKind(StrEnum):
    """Kind of thing a citation points at."""

    ARTICLE = "article"  # its current text
    REVISION = "revision"  # one of its texts, which never changes
    CAPTURE = "capture"  # one stored response


@dataclass(frozen=True, slots=True)
class ArchiveIdentity:
    """The archive that references name: its URL, its name, and the names of its sites."""

    base_url: str = ""  # public URL without a final slash; empty = it has none
    name: str = "Kho lưu trữ báo chí công đoàn"
    sites: Mapping[str, str] = field(default_factory=dict)  # names by key

    def address(self, path: str) -> str | None:
        """Return the permanent URL of a path such as `/article/12`; None without a public URL."""
        return f"{self.base_url.rstrip('/')}{path}" if self.base_url else None


@dataclass(frozen=True, slots=True)
class Reference:
    """What is cited; every text is one line without control characters."""

    kind: ReferenceKind
    number: int  # of the article, or of the capture
    revision: int | None  # of the article, from 1; None = a capture
    title: str
    authors: tuple[str, ...]  # in full, in the printed order; empty = unsigned
    site: str  # name of the site
    url: str  # on the site
    published: PrintedTime | None  # as far as it was printed
    captured: datetime  # when the archive fetched it
    archive: str  # name of the archive
    address: str | None  # permanent URL in the archive; None = the archive has no public URL
    lead: str | None = None
    tags: tuple[str, ...] = ()

    @property
    def path(self) -> str:
        """Permanent path in the archive's web application."""
        return reference_path(self.kind, self.number, self.revision)

    @property
    def key(self) -> str:
        """Permanent citation key: `congdoan-article-12-2`."""
        revision = f"-{self.revision}" if self.kind is ReferenceKind.REVISION else ""
        kind = "capture" if self.kind is ReferenceKind.CAPTURE else "article"
        return f"congdoan-{kind}-{self.number}{revision}"

    @property
    def credited(self) -> tuple[str, ...]:
        """Authors, or the site for an unsigned article."""
        return self.authors or (self.site,)

    @property
    def day(self) -> date | None:
        """Day of publication as printed."""
        return self.published.day if self.published else None

    @property
    def captured_on(self) -> date:
        """Day of the capture in Việt Nam."""
        return self.captured.astimezone(VIET_NAM).date()


def reference_path(kind: ReferenceKind, number: int, revision: int | None = None) -> str:
    """Return the permanent path: `/article/12`, `/article/12/revision/2`, `/capture/34`."""
    if kind is ReferenceKind.REVISION:
        return f"/article/{number}/revision/{revision}"
    return f"/{kind.value}/{number}"


def one_line(text: str) -> str:
    """Return the text on one line, without control characters."""
    return " ".join(XML_FORBIDDEN_CHARS.sub(" ", text).split())


def printed_instant(printed: PrintedTime | None) -> datetime | None:
    """Return the instant of a printed time, in Việt Nam's zone unless one was printed, or None."""
    if printed is None or printed.time is None:
        return None
    zone = VIET_NAM if printed.offset is None else timezone(timedelta(minutes=printed.offset))
    return datetime.combine(printed.day, printed.time, zone)


def reference_of_revision(
    archive: ArchiveIdentity, revision: Revision, kind: ReferenceKind = ReferenceKind.REVISION
) -> Reference:
    """Return the reference to a revision; with `ReferenceKind.ARTICLE` to the article."""
    reference_numbers = (revision.article_id, revision.number)
    return _make_reference(
        archive, kind, reference_numbers, _reference_fields(revision.article), revision.noticed_at
    )


def reference_of_capture(
    archive: ArchiveIdentity, number: int, capture: Capture, revision: Revision
) -> Reference:
    """Return the reference to a capture of the page that showed this revision."""
    reference_fields = _reference_fields(revision.article) | {"url": capture.url}
    return _make_reference(
        archive, ReferenceKind.CAPTURE, (number, None), reference_fields, capture.fetched_at
    )


def _reference_fields(article: Article) -> dict[str, Any]:
    field_names = ("title", "author", "lead", "tags", "site", "url", "published")
    return {field_name: getattr(article, field_name) for field_name in field_names}


def reference_of_row(archive: ArchiveIdentity, exported_row: Mapping[str, Any]) -> Reference:
    """Return the reference to the revision in a row of an export (storage.export.export_row)."""
    reference_fields = dict(exported_row) | {"published": _reference_time(exported_row["published"])}
    return _make_reference(
        archive,
        ReferenceKind.REVISION,
        (exported_row["id"], exported_row["revision"]),
        reference_fields,
        datetime.fromisoformat(exported_row["noticed_at"]),
    )


def _reference_time(printed_fields: Mapping[str, Any] | None) -> PrintedTime | None:
    if printed_fields is None:
        return None
    printed_clock = (
        datetime.fromisoformat(f"{printed_fields['day']}T{printed_fields['time']}").time()
        if printed_fields.get("time")
        else None
    )
    return PrintedTime(date.fromisoformat(printed_fields["day"]), printed_clock, printed_fields.get("offset"))


def _make_reference(
    archive: ArchiveIdentity,
    kind: ReferenceKind,
    reference_numbers: tuple[int, int | None],
    reference_fields: Mapping[str, Any],
    captured: datetime,
) -> Reference:
    number, revision = reference_numbers
    return Reference(
        kind=kind,
        number=number,
        revision=revision,
        title=one_line(reference_fields["title"]),
        authors=authors_of(one_line(reference_fields["author"] or "")),
        site=one_line(archive.sites.get(reference_fields["site"], reference_fields["site"])),
        url=one_line(reference_fields["url"]),
        published=reference_fields["published"],
        captured=captured,
        archive=one_line(archive.name),
        address=archive.address(reference_path(kind, number, revision)),
        lead=one_line(reference_fields["lead"] or "") or None,
        tags=tuple(filter(None, map(one_line, reference_fields["tags"] or ()))),
    )
