"""Attachments and images of articles: their status, versions and texts."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, and_, bindparam, func, insert, null, or_, select, update

from storage.articles.queries import as_capture
from storage.database.schema import article_files, captures, file_contents, file_versions, files, urls
from storage.frontier.queue import url_key
from storage.records import Capture, FileReading, FileStatus, OfferedFile, Outcome, Reason, UrlKind

# Of the texts of one article's files together, in their order. PostgreSQL takes a tsvector of at most 1 MB;
# 200,000 characters (100 printed pages) of nothing but different words make 0.8 MB.
MAX_INDEXED_CHARS = 200_000
# The status of files that were never fetched says why; others keep theirs, and `gone_at` is set.
STATUS_BY_REASON = {Reason.OFFSITE: FileStatus.OFFSITE, Reason.TOO_LARGE: FileStatus.TOO_LARGE}
STATUS_BY_OUTCOME = {
    Outcome.GONE: FileStatus.GONE,
    Outcome.REFUSED: FileStatus.REFUSED,
    Outcome.FAILED: FileStatus.FAILED,
    Outcome.MOVED: FileStatus.MOVED,
}

KINDS = (UrlKind.ATTACHMENT, UrlKind.IMAGE)
HARMFUL = (FileStatus.POISON, FileStatus.TIMEOUT)
_FILE_AT = (files.c.site == bindparam("at_site"), files.c.key == bindparam("at_key"))
_SELECT_FILE = select(files).where(*_FILE_AT)
_ADD = insert(files).returning(files.c.id)
_CHANGE = update(files).where(files.c.id == bindparam("row"))
_CONTENT_BY_DIGEST = select(file_contents.c.status, file_contents.c.reader).where(
    file_contents.c.digest == bindparam("at_digest")
)
_ADD_CONTENT = insert(file_contents)
_CHANGE_CONTENT = update(file_contents).where(file_contents.c.digest == bindparam("at_digest"))
_ADD_VERSION = insert(file_versions)
_SHOWING = (
    select(article_files.c.article_id)
    .where(article_files.c.file_id == bindparam("row"), article_files.c.current)
    .distinct()
    .order_by(article_files.c.article_id)
)


@dataclass(frozen=True, slots=True)
class DownloadedFile:
    """The bytes of one file, as its URL answered with them."""

    site: str
    url: str
    kind: UrlKind
    digest: str  # of the payload
    size: int  # bytes
    media_type: str | None
    capture_id: int | None
    at: datetime


@dataclass(frozen=True, slots=True)
class FileStored:
    """Outcome of storing a file."""

    file_id: int
    status: FileStatus
    changed: bool  # the URL had other bytes before
    articles: tuple[int, ...]  # that offer it now; their index needs its text when `fresh`
    fresh: bool  # its text was not known at this URL


@dataclass(frozen=True, slots=True)
class StoredFile:
    """One file or image of an article."""

    id: int
    url: str
    kind: UrlKind
    name: str
    status: FileStatus
    type: str | None  # as its bytes say
    media_type: str | None  # as its server says
    size: int | None  # bytes
    pages: int | None
    width: int | None
    height: int | None
    digest: str | None
    capture_id: int | None
    versions: int  # how often it held something else, the first included
    detail: str
    note: str | None
    current: bool  # still offered
    gone_at: datetime | None
    chars: int  # of its text
    text: str  # empty when it was not asked for


@dataclass(frozen=True, slots=True)
class UnreadFile:
    """A file whose bytes are in the WARCs and were not read by the present reader."""

    url: str
    kind: str
    capture_id: int
    capture: Capture


@dataclass(frozen=True, slots=True)
class FileTally:
    """How many files of one kind have one status."""

    kind: UrlKind
    status: FileStatus
    count: int
    example: str
    detail: str | None


def is_read(connection: Connection, digest: str, reader: int) -> bool:
    """Return whether these bytes were read by a reader version no older than `reader`."""
    row = connection.execute(_CONTENT_BY_DIGEST, {"at_digest": digest}).one_or_none()
    return row is not None and row.reader >= reader


def _file_row(connection: Connection, site: str, url: str) -> Row[Any] | None:
    return connection.execute(_SELECT_FILE, {"at_site": site, "at_key": url_key(url)}).one_or_none()


def _add(connection: Connection, site: str, url: str, kind: UrlKind, status: FileStatus, at: datetime) -> int:
    row = new_file_values(site, url, kind, status, at)
    return int(connection.execute(_ADD, row).scalar_one())


def new_file_values(site: str, url: str, kind: UrlKind, status: FileStatus, at: datetime) -> dict[str, Any]:
    """Return the column values of a file that the archive does not know yet."""
    return {
        "site": site,
        "key": url_key(url),
        "url": url,
        "kind": kind.value,
        "status": status.value,
        "versions": 0,
        "first_seen": at,
    }


def store_file(
    connection: Connection, download: DownloadedFile, reading: FileReading | None, reader: int
) -> FileStored:
    """Store the file a URL answered with; without a `reading` its bytes must have been read before.

    A change of bytes makes a new version; former ones stay, with their captures and texts.
    """
    status = _store_content(connection, download, reading, reader)
    row = _file_row(connection, download.site, download.url)
    file_id = (
        row.id if row else _add(connection, download.site, download.url, download.kind, status, download.at)
    )
    values: dict[str, Any] = {
        "row": file_id,
        "status": status.value,
        "last_seen": download.at,
        "gone_at": None,
    }
    last_digest, versions = (row.digest, row.versions) if row else (None, 0)
    if last_digest != download.digest:
        versions += 1
        version = {"file_id": file_id, "number": versions, "digest": download.digest}
        connection.execute(
            _ADD_VERSION, {**version, "capture_id": download.capture_id, "seen_at": download.at}
        )
        values |= {"digest": download.digest, "versions": versions}
        values |= {"media_type": download.media_type, "capture_id": download.capture_id}
    connection.execute(_CHANGE, values)
    fresh = last_digest != download.digest or reading is not None
    changed = last_digest is not None and last_digest != download.digest
    return FileStored(file_id, status, changed, articles_with(connection, file_id), fresh)


def _store_content(
    connection: Connection, download: DownloadedFile, reading: FileReading | None, reader: int
) -> FileStatus:
    content = connection.execute(_CONTENT_BY_DIGEST, {"at_digest": download.digest}).one_or_none()
    if reading is None:
        if content is None:
            raise ValueError(f"{download.url}: kept without having been read")
        return FileStatus(content.status)
    values = {
        "size": download.size,
        "type": reading.type,
        "status": reading.status.value,
        "detail": reading.detail[:500],
        "pages": reading.pages,
        "width": reading.width,
        "height": reading.height,
        "chars": len(reading.text),
        "text": zlib.compress(reading.text.encode("utf-8", "replace"), 6) if reading.text else None,
        "note": reading.note,
        "reader": reader,
        "read_at": download.at,
    }
    if content is None:
        connection.execute(_ADD_CONTENT, {"digest": download.digest, **values})
    else:
        connection.execute(_CHANGE_CONTENT, {"at_digest": download.digest, **values})
    return reading.status


def mark_unchanged(connection: Connection, site: str, url: str, at: datetime) -> None:
    """Mark a file as unchanged and present at `at` (304)."""
    row = _file_row(connection, site, url)
    if row is not None:
        connection.execute(_CHANGE, {"row": row.id, "last_seen": at, "gone_at": None})


def record_no_file(
    connection: Connection, site: str, missing: OfferedFile, outcome: Outcome, at: datetime
) -> None:
    """Record a failed download; a version that is stored stays current."""
    status = (
        STATUS_BY_REASON.get(missing.refused, STATUS_BY_OUTCOME[outcome])
        if missing.refused
        else STATUS_BY_OUTCOME[outcome]
    )
    row = _file_row(connection, site, missing.url)
    if row is None:
        _add(connection, site, missing.url, missing.kind, status, at)
        return
    gone = {"gone_at": row.gone_at or at} if outcome is Outcome.GONE else {}
    values = {} if row.digest else {"status": status.value}
    if gone or values:
        connection.execute(_CHANGE, {"row": row.id, **gone, **values})


def articles_with(connection: Connection, file_id: int) -> tuple[int, ...]:
    """Return the articles that offer a file now."""
    return tuple(connection.scalars(_SHOWING, {"row": file_id}))


def _rows(article_id: int, texts: bool) -> Select[Any]:
    contents = file_contents
    columns = (contents.c.size, contents.c.type, contents.c.pages, contents.c.width, contents.c.height)
    text = contents.c.text if texts else null().label("text")
    return (
        select(files, *columns, contents.c.detail, contents.c.note, contents.c.chars, text)
        .add_columns(article_files.c.name, article_files.c.current)
        .join(article_files, article_files.c.file_id == files.c.id)
        .outerjoin(contents, contents.c.digest == files.c.digest)
        .where(article_files.c.article_id == article_id)
        .order_by(article_files.c.current.desc(), article_files.c.place, files.c.id)
    )


def files_of(connection: Connection, article_id: int, *, texts: bool = True) -> tuple[StoredFile, ...]:
    """Return an article's files and images, those it offers now first, in the page's order, each once."""
    files_by_id: dict[int, StoredFile] = {}
    for row in connection.execute(_rows(article_id, texts)):
        files_by_id.setdefault(row.id, _stored(row))
    return tuple(files_by_id.values())


def _stored(row: Row[Any]) -> StoredFile:
    return StoredFile(
        id=row.id,
        url=row.url,
        kind=UrlKind(row.kind),
        name=row.name,
        status=FileStatus(row.status),
        type=row.type,
        media_type=row.media_type,
        size=row.size,
        pages=row.pages,
        width=row.width,
        height=row.height,
        digest=row.digest,
        capture_id=row.capture_id,
        versions=row.versions,
        detail=row.detail or "",
        note=row.note,
        current=row.current,
        gone_at=row.gone_at,
        chars=row.chars or 0,
        text=_decompressed(row.text),
    )


def _decompressed(packed: bytes | None) -> str:
    return zlib.decompress(packed).decode() if packed else ""


def indexed_text(connection: Connection, article_id: int) -> str:
    """Return the texts of an article's current attachments for the search index, each payload once.

    Names included; at most MOST_INDEXED characters.
    """
    text = "\n".join(_indexed_texts(files_of(connection, article_id)))
    return text[:MAX_INDEXED_CHARS]


def _indexed_texts(stored: Iterable[StoredFile]) -> Iterator[str]:
    digests: set[str | None] = set()
    for file in stored:
        if file.kind is UrlKind.ATTACHMENT and file.current and file.text and file.digest not in digests:
            digests.add(file.digest)
            yield f"{file.name}\n{file.text}"


def versions_of(connection: Connection, file_id: int) -> tuple[tuple[int, str, datetime], ...]:
    """(number, payload digest, when it was first had) of everything an address held, the first one first."""
    chosen = select(file_versions).where(file_versions.c.file_id == file_id)
    rows = connection.execute(chosen.order_by(file_versions.c.number))
    return tuple((row.number, row.digest, row.seen_at) for row in rows)


def urls_read(connection: Connection, site: str, kind: UrlKind) -> frozenset[str]:
    """Return the URLs of a site's files that have a text, or images that have a size."""
    query = select(files.c.url).where(files.c.site == site, files.c.kind == kind)
    return frozenset(connection.scalars(query.where(files.c.status == FileStatus.READ)))


def unread(connection: Connection, site: str, reader: int) -> tuple[UnreadFile, ...]:
    """Return a site's captured files that were never read, or by a version older than `reader`.

    Files that killed their reader process before are left out.
    """
    old = or_(file_contents.c.reader.is_(None), file_contents.c.reader < reader)
    query = (
        select(captures, urls.c.url.label("asked"), urls.c.kind)
        .join(urls, urls.c.capture_id == captures.c.id)
        .outerjoin(file_contents, file_contents.c.digest == captures.c.payload_digest)
        .where(urls.c.site == site, urls.c.kind.in_(KINDS), captures.c.status == 200, old)
        .where(or_(file_contents.c.status.is_(None), file_contents.c.status.not_in(HARMFUL)))
        .order_by(urls.c.id)
    )
    rows = connection.execute(query)
    return tuple(UnreadFile(row.asked, row.kind, row.id, as_capture(row)) for row in rows)


def tallies(connection: Connection, site: str, run: int) -> tuple[FileTally, ...]:
    """Return the counts of files and images that a run fetched or refused, by kind and status."""
    joined = and_(urls.c.site == files.c.site, urls.c.key == files.c.key)
    columns = (files.c.kind, files.c.status)
    query = (
        select(*columns, func.count(), func.min(files.c.url), func.min(file_contents.c.detail))
        .join(urls, joined)
        .outerjoin(file_contents, file_contents.c.digest == files.c.digest)
        .where(files.c.site == site, urls.c.last_run == run)
        .group_by(*columns)
        .order_by(*columns)
    )
    return tuple(
        FileTally(UrlKind(kind), FileStatus(status), int(count), example, detail or None)
        for kind, status, count, example, detail in connection.execute(query)
    )
