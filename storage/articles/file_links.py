"""Links between articles and the files and images their pages offer."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, bindparam, insert, select, update

from storage.articles.files import STATUS_BY_REASON, new_file_values
from storage.database.schema import article_files, files
from storage.frontier.tasks import url_key
from storage.records import FileStatus, OfferedFile, UrlKind

NEVER_FETCHED = {FileStatus.OFFSITE, FileStatus.REFUSED}
_FILES_AT = select(files).where(
    files.c.site == bindparam("at_site"), files.c.key.in_(bindparam("keys", expanding=True))
)
_ADD_FILES = insert(files).returning(files.c.id, sort_by_parameter_order=True)
_CHANGE_STATUS = update(files).where(files.c.id == bindparam("row"))
_ADD_LINK = insert(article_files)
_CHANGE_LINK = update(article_files).where(article_files.c.id == bindparam("row"))
_LINKS_OF_PAGE = select(article_files).where(
    article_files.c.site == bindparam("at_site"), article_files.c.page == bindparam("at_page")
)


def link_to_article(
    connection: Connection,
    site: str,
    page: str,
    article_id: int,
    offered: Sequence[OfferedFile],
    at: datetime,
) -> tuple[int, ...]:
    """Link the files a page offers to the article it shows; return the articles whose index this changes.

    What the page offered before and does not offer now stays, marked as no longer current.
    """
    page_key = url_key(page)
    linked = {row.file_id: row for row in _links_of_page(connection, site, page_key)}
    changed = {row.article_id for row in linked.values() if row.article_id != article_id}
    links: dict[int, dict[str, Any]] = {}
    file_ids = _file_ids(connection, site, offered, at)
    for place, (file, (file_id, has_text)) in enumerate(zip(offered, file_ids, strict=True)):
        if has_text:
            changed.add(article_id)
        links.setdefault(file_id, {"place": place, "name": file.name, "current": True})
    dropped = [row for file_id, row in linked.items() if file_id not in links]
    if dropped:
        changed.add(article_id)
        gone = {"article_id": article_id, "current": False}
        connection.execute(_CHANGE_LINK, [{"row": row.id, **gone} for row in dropped])
    kept = [
        {"row": linked[file_id].id, "article_id": article_id, **link}
        for file_id, link in links.items()
        if file_id in linked
    ]
    if kept:
        connection.execute(_CHANGE_LINK, kept)
    common = {"site": site, "page": page_key, "article_id": article_id}
    new = [{**common, "file_id": file_id, **link} for file_id, link in links.items() if file_id not in linked]
    if new:
        connection.execute(_ADD_LINK, new)
    return tuple(sorted(changed))


def record_redirect(connection: Connection, site: str, url: str, target: OfferedFile, at: datetime) -> None:
    """Record that a file's URL redirects: whatever article offers it, offers the target."""
    keys = {"at_site": site, "keys": [url_key(url)]}
    moved = connection.execute(_FILES_AT, keys).one_or_none()
    if moved is None:
        return
    ((target_id, _),) = _file_ids(connection, site, [target], at)
    links = connection.execute(select(article_files).where(article_files.c.file_id == moved.id)).all()
    for link in links:
        if target_id in {other.file_id for other in _links_of_page(connection, link.site, link.page)}:
            continue
        copied = {name: getattr(link, name) for name in ("site", "page", "article_id", "place", "name")}
        connection.execute(_ADD_LINK, {**copied, "file_id": target_id, "current": link.current})


def _links_of_page(connection: Connection, site: str, page_key: str) -> Sequence[Row[Any]]:
    return connection.execute(_LINKS_OF_PAGE, {"at_site": site, "at_page": page_key}).all()


def _file_ids(
    connection: Connection, site: str, offered: Sequence[OfferedFile], at: datetime
) -> list[tuple[int, bool]]:
    """The row id of each offered file, inserted when there is none, and whether it has a text."""
    by_key = {url_key(file.url): file for file in reversed(offered)}  # the first of two at one URL counts
    if not by_key:
        return []
    rows = connection.execute(_FILES_AT, {"at_site": site, "keys": list(by_key)})
    stored = {row.key: row for row in rows}
    _update_statuses(connection, [(row, by_key[key]) for key, row in stored.items()])
    has_text = {
        key: (int(row.id), row.digest is not None and row.kind == UrlKind.ATTACHMENT)
        for key, row in stored.items()
    }
    keys = dict.fromkeys(url_key(file.url) for file in offered)
    new = {key: by_key[key] for key in keys if key not in stored}
    if new:
        values = [new_file_values(site, file.url, file.kind, _status(file), at) for file in new.values()]
        ids = connection.execute(_ADD_FILES, values).scalars().all()
        has_text |= {key: (int(file_id), False) for key, file_id in zip(new, ids, strict=True)}
    return [has_text[url_key(file.url)] for file in offered]


def _update_statuses(connection: Connection, pairs: Sequence[tuple[Row[Any], OfferedFile]]) -> None:
    """Put right the status of files never fetched: the profile has changed since."""
    for row, file in pairs:
        if row.status in NEVER_FETCHED and row.status != _status(file):
            connection.execute(_CHANGE_STATUS, {"row": row.id, "status": _status(file).value})


def _status(file: OfferedFile) -> FileStatus:
    if file.refused is None:
        return FileStatus.WAITING
    return STATUS_BY_REASON.get(file.refused, FileStatus.REFUSED)
