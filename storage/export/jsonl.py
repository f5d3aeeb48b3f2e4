"""JSON Lines: one article a line, streamed, whole or not at all."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from sqlalchemy import Connection

from storage.catalogue import ARTICLE, appearances_of, every_article, revisions_of
from storage.files import StoredFile, files_of
from storage.records import Appearance, Revision

SCHEMA = 1  # raised when a field changes its meaning or goes


def export_jsonl(connection: Connection, to: Path | IO[str]) -> int:
    """Write every article, oldest first, in bounded memory; returns how many.

    A path gets the file only when it is complete: after a crash the old one is still there.
    """
    if isinstance(to, Path):
        with _whole(to) as stream:
            return _write(connection, stream)
    return _write(connection, to)


def _write(connection: Connection, stream: IO[str]) -> int:
    count = 0
    for article_id, _gone in every_article(connection):
        stream.write(line_of(connection, article_id))
        count += 1
    return count


@contextmanager
def _whole(path: Path) -> Iterator[IO[str]]:
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with open(handle, "w", encoding="utf-8") as stream:  # noqa: PTH123 - a descriptor, not a path
            yield stream
            stream.flush()
            os.fsync(stream.fileno())
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def line_of(connection: Connection, article_id: int) -> str:
    """One article as a line of JSON."""
    revisions = revisions_of(connection, article_id)
    places = appearances_of(connection, article_id)
    newest = revisions[-1]
    record: dict[str, Any] = {
        "schema": SCHEMA,
        "id": article_id,
        "revision": newest.number,
        "gone": bool(places) and all(place.gone_at for place in places),
        **ARTICLE.dump_python(newest.article, mode="json"),
        "exact": newest.exact,
        "noticed_at": newest.noticed_at.isoformat(),
        "files": [_file(file) for file in files_of(connection, article_id, texts=False)],
        "appearances": [_place(place) for place in places],
        "revisions": [_earlier(revision) for revision in revisions],
    }
    return json.dumps(record, ensure_ascii=False) + "\n"


def _file(file: StoredFile) -> dict[str, Any]:
    """An attachment or image as it is kept; its text is in the archive, not in every line."""
    told: dict[str, Any] = {"url": file.url, "kind": file.kind.value, "name": file.name}
    told |= {"status": file.status.value, "type": file.type, "size": file.size, "pages": file.pages}
    told |= {"width": file.width, "height": file.height, "digest": file.digest}
    return {**told, "characters": file.chars, "versions": file.versions, "current": file.current}


def _place(place: Appearance) -> dict[str, Any]:
    return {
        "site": place.site,
        "url": place.url,
        "author": place.author,
        "day": place.published.day.isoformat() if place.published else None,
        "first_seen": place.first_seen.isoformat(),
        "last_seen": place.last_seen.isoformat(),
        "gone_at": place.gone_at.isoformat() if place.gone_at else None,
    }


def _earlier(revision: Revision) -> dict[str, Any]:
    return {
        "number": revision.number,
        "noticed_at": revision.noticed_at.isoformat(),
        "content": revision.content,
    }
