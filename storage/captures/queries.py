"""Captured: answers and files with their numbers, and where their bytes really are."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import Connection, select

from storage.articles.queries import as_capture
from storage.database.schema import appearances, captures, file_contents, file_versions, files
from storage.frontier.queue import url_key
from storage.records import Capture, UrlKind
from storage.warc.exchange import StoredResponse
from storage.warc.record_reader import read_capture


@dataclass(frozen=True, slots=True)
class StoredCapture:
    """A capture as the archive numbers it."""

    id: int
    site: str
    run: int
    capture: Capture


@dataclass(frozen=True, slots=True)
class FileVersion:
    """What the address of a file held at one time."""

    file_id: int
    site: str
    url: str
    kind: UrlKind
    number: int  # which version, from 1
    type: str  # as its bytes say: pdf, docx, jpeg; `unknown`
    digest: str  # of the payload
    size: int  # bytes
    seen_at: datetime  # first had
    capture_id: int | None


def capture_by_id(connection: Connection, capture_id: int) -> StoredCapture | None:
    """A capture by its number."""
    row = connection.execute(select(captures).where(captures.c.id == capture_id)).one_or_none()
    return StoredCapture(row.id, row.site, row.run_id, as_capture(row)) if row else None


def capture_by_record_id(connection: Connection, record_id: str) -> StoredCapture | None:
    """A capture by its WARC-Record-ID."""
    row = connection.execute(select(captures).where(captures.c.record_id == record_id)).one_or_none()
    return StoredCapture(row.id, row.site, row.run_id, as_capture(row)) if row else None


def capture_with_body(
    connection: Connection, warcs: Path, found: StoredCapture
) -> tuple[StoredCapture | None, StoredResponse | None]:
    """The capture that holds the body of this one's answer - itself, or the one a revisit refers to - and it.

    (None, None) when a revisit refers to a record the archive does not have. Raises WarcError when a file
    is missing or damaged.
    """
    response = read_capture(warcs, found.capture)
    if response.refers_to is None:
        return found, response
    original = capture_by_record_id(connection, response.refers_to.record_id)
    if original is None or original.capture.revisit:
        return None, None
    return original, read_capture(warcs, original.capture)


def article_at_capture(connection: Connection, found: StoredCapture) -> tuple[int, int] | None:
    """(article, appearance) that stands at the address a capture was made of."""
    row = connection.execute(
        select(appearances.c.article_id, appearances.c.id).where(
            appearances.c.site == found.site, appearances.c.key == url_key(found.capture.url)
        )
    ).one_or_none()
    return (row[0], row[1]) if row else None


def file_version(connection: Connection, file_id: int, number: int | None = None) -> FileVersion | None:
    """What a file held as its version `number`, or holds now; None when there is no such version."""
    chosen = (
        select(
            files, file_versions.c.number, file_versions.c.seen_at, file_versions.c.capture_id.label("had")
        )
        .add_columns(file_contents.c.digest.label("payload"), file_contents.c.size, file_contents.c.type)
        .join(file_versions, file_versions.c.file_id == files.c.id)
        .join(file_contents, file_contents.c.digest == file_versions.c.digest)
        .where(files.c.id == file_id)
        .order_by(file_versions.c.number.desc())
        .limit(1)
    )
    if number is not None:
        chosen = chosen.where(file_versions.c.number == number)
    row = connection.execute(chosen).one_or_none()
    if row is None:
        return None
    return FileVersion(
        file_id=row.id,
        site=row.site,
        url=row.url,
        kind=UrlKind(row.kind),
        number=row.number,
        type=row.type,
        digest=row.payload,
        size=row.size,
        seen_at=row.seen_at,
        capture_id=row.had,
    )


def stored_file_ids(connection: Connection, site: str, addresses: Iterable[str]) -> dict[str, int]:
    """The numbers of the files a site has at these addresses, those whose bytes are kept."""
    keys = {url_key(address): address for address in addresses}
    rows = connection.execute(
        select(files.c.key, files.c.id).where(
            files.c.site == site, files.c.key.in_(list(keys)), files.c.digest.is_not(None)
        )
    )
    return {keys[row.key]: row.id for row in rows}
