"""Rows of an export in the words of JSON, made from the database rows of a batch."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import fields
from itertools import islice
from typing import Any

import orjson
from sqlalchemy import Connection

from storage.export.export_queries import ExportBatch, appearance_values, read_batch
from storage.export.row import EMPTY_ROW, ExportedAppearance, ExportedFile, ExportedRevision, JsonRow

VIETNAM_OFFSET_MINUTES = 7 * 60  # east of UTC, for a page that prints a time and no zone
# What JSON escapes besides line breaks, quotes and backslashes; bodies have none as a rule.
CONTROL_BYTES = bytes(set(range(32)) - {ord("\n")})
LINES_PER_CHUNK = 100  # what fits a processor's cache takes half the time of a thousand lines at once
_FILE_COLUMNS = tuple(field.name for field in fields(ExportedFile))
_APPEARANCE_COLUMNS = tuple(field.name for field in fields(ExportedAppearance))
_REVISION_COLUMNS = tuple(field.name for field in fields(ExportedRevision))


def read_rows(connection: Connection, ids: Sequence[int]) -> list[JsonRow]:
    """Read articles as rows, in the order of `ids`."""
    return list(batch_rows(read_batch(connection, ids)))


def batch_rows(batch: ExportBatch, convert_body: Callable[[bytes], Any] = bytes.decode) -> Iterator[JsonRow]:
    """Yield the articles of a batch as rows, in its order; bodies as `convert_body` makes them of UTF-8."""
    return (_json_row(batch, article_id, convert_body) for article_id in batch.ids)


def json_lines(rows: Iterable[JsonRow]) -> Iterator[bytes]:
    """Yield rows as lines of JSON in UTF-8, some lines at once."""
    remaining = iter(rows)
    while chunk := [
        orjson.dumps(row, option=orjson.OPT_APPEND_NEWLINE) for row in islice(remaining, LINES_PER_CHUNK)
    ]:
        yield b"".join(chunk)


def json_string(body: bytes) -> Any:  # noqa: ANN401 - a value for orjson
    """Return UTF-8 text as a JSON string that orjson copies into its line without decoding it."""
    if len(body.translate(None, CONTROL_BYTES)) < len(body):
        return body.decode()
    escaped = body.replace(b"\\", rb"\\").replace(b'"', rb"\"").replace(b"\n", rb"\n")
    return orjson.Fragment(b'"%b"' % escaped)


def _json_row(batch: ExportBatch, article_id: int, convert_body: Callable[[bytes], Any]) -> JsonRow:
    text = batch.texts[article_id]
    _, number, record, body, exact, content, noticed_at, first_seen, changed_at, gone_at, story = text
    row: JsonRow = {**EMPTY_ROW, **orjson.loads(record)}
    if len(row) > len(EMPTY_ROW):  # a record stored when the program had a field that is gone now
        row = {name: row[name] for name in EMPTY_ROW}
    row["id"] = article_id
    row["revision"] = number
    row["seq"], row["change"] = batch.last_changes[article_id]
    row["selected"] = article_id not in batch.no_longer_selected
    row["body"] = convert_body(body)
    if published := row["published"]:
        row["day"] = published["day"]
        row["published_at"] = _printed_instant(published)
    if gone_at:
        row["gone"] = True
        row["gone_at"] = gone_at
    row["first_seen"] = first_seen
    row["changed_at"] = changed_at
    row["noticed_at"] = noticed_at
    row["exact"] = exact
    row["content"] = content
    row["story"] = story
    row["files"] = [dict(zip(_FILE_COLUMNS, file, strict=True)) for file in batch.files_of(article_id)]
    row["appearances"] = [
        dict(zip(_APPEARANCE_COLUMNS, appearance_values(appearance, row["author"], row["day"]), strict=True))
        for appearance in batch.appearances.get(article_id, ())
    ]
    row["revisions"] = [
        dict(zip(_REVISION_COLUMNS, revision, strict=True)) for revision in batch.revisions_of(article_id)
    ]
    return row


def _printed_instant(printed: JsonRow) -> str | None:
    """Return the instant of a printed time as RFC 3339; None when only a day was printed."""
    if not printed.get("time"):
        return None
    offset = printed.get("offset")
    east = VIETNAM_OFFSET_MINUTES if offset is None else int(offset)
    sign = "-" if east < 0 else "+"
    return f"{printed['day']}T{printed['time']}{sign}{abs(east) // 60:02d}:{abs(east) % 60:02d}"
