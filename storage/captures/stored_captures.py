"""Queries for captures and file versions by id, and for the capture that holds the bytes of a revisit."""

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
    """A capture with its id in the archive."""

    id: int
    site: str
    run: int
    capture: Capture


@dataclass(frozen=True, slots=True)
class FileVersion:
    """One version of a file: what its address held at one time."""

    file_id: int
    site: str
    url: str
    kind: UrlKind
    number: int  # of the version, from 1
    type: str  # by its bytes: pdf, docx, jpeg; `unknown`
    digest: str  # of the payload
    size: int  # bytes
    seen_at: datetime  # when this version was first downloaded
    capture_id: int | None


def capture_by_id(connection: Connection, capture_id: int) -> StoredCapture | None:
    """Return a capture by its id; None when there is none."""
    capture_row = connection.execute(select(captures).where(captures.c.id == capture_id)).one_or_none()
    return (
        StoredCapture(capture_row.id, capture_row.site, capture_row.run_id, as_capture(capture_row))
        if capture_row
        else None
    )


def capture_by_record_id(connection: Connection, record_id: str) -> StoredCapture | None:
    """Return a capture by its WARC-Record-ID; None when there is none."""
    capture_row = connection.execute(select(captures).where(captures.c.record_id == record_id)).one_or_none()
    return (
        StoredCapture(capture_row.id, capture_row.site, capture_row.run_id, as_capture(capture_row))
        if capture_row
        else None
    )


def capture_with_body(
    connection: Connection, warcs: Path, stored: StoredCapture
) -> tuple[StoredCapture | None, StoredResponse | None]:
    """Return the capture with the body of a response, and the response: itself, or a revisit's original.

    (None, None) when a revisit refers to a record that is not in the archive. Raises WarcError when a file
    is missing or damaged.
    """
    capture_response = read_capture(warcs, stored.capture)
    if capture_response.refers_to is None:
        return stored, capture_response
    original_capture = capture_by_record_id(connection, capture_response.refers_to.record_id)
    if original_capture is None or original_capture.capture.revisit:
        return None, None
    return original_capture, read_capture(warcs, original_capture.capture)


def article_at_capture(connection: Connection, stored: StoredCapture) -> tuple[int, int] | None:
    """Return the ids of article and appearance at the address of a capture; None when it shows none."""
    capture_row = connection.execute(
        select(appearances.c.article_id, appearances.c.id).where(
            appearances.c.site == stored.site, appearances.c.key == url_key(stored.capture.url)
        )
    ).one_or_none()
    return (capture_row[0], capture_row[1]) if capture_row else None


def file_version(
    connection: Connection, file_id: int, version_number: int | None = None
) -> FileVersion | None:
    """Return version `version_number` of a file, or the current one; None when there is no such version."""
    version_select = (
        select(
            files,
            file_versions.c.number,
            file_versions.c.seen_at,
            file_versions.c.capture_id.label("version_capture_id"),
        )
        .add_columns(file_contents.c.digest.label("payload"), file_contents.c.size, file_contents.c.type)
        .join(file_versions, file_versions.c.file_id == files.c.id)
        .join(file_contents, file_contents.c.digest == file_versions.c.digest)
        .where(files.c.id == file_id)
        .order_by(file_versions.c.number.desc())
        .limit(1)
    )
    if version_number is not None:
        version_select = version_select.where(file_versions.c.number == version_number)
    capture_row = connection.execute(version_select).one_or_none()
    if capture_row is None:
        return None
    return FileVersion(
        file_id=capture_row.id,
        site=capture_row.site,
        url=capture_row.url,
        kind=UrlKind(capture_row.kind),
        number=capture_row.number,
        type=capture_row.type,
        digest=capture_row.payload,
        size=capture_row.size,
        seen_at=capture_row.seen_at,
        capture_id=capture_row.version_capture_id,
    )


def stored_file_ids(connection: Connection, site: str, file_addresses: Iterable[str]) -> dict[str, int]:
    """Return the ids of a site's files at these addresses, by address, of files whose bytes are stored."""
    file_keys = {url_key(file_address): file_address for file_address in file_addresses}
    file_rows = connection.execute(
        select(files.c.key, files.c.id).where(
            files.c.site == site, files.c.key.in_(list(file_keys)), files.c.digest.is_not(None)
        )
    )
    return {file_keys[capture_row.key]: capture_row.id for capture_row in file_rows}
