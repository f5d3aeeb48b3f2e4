"""Rows of an export in the words of JSON, made from the database rows of a batch."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import fields
from itertools import islice
from typing import Any

import orjson
from sqlalchemy import Connection

from storage.export.export_queries import ExportBatch, appearance_values, read_batch
from storage.export.export_row import EMPTY_ROW, ExportedAppearance, ExportedFile, ExportedRevision, JsonRow

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


def json_lines(export_rows: Iterable[JsonRow]) -> Iterator[bytes]:
    """Yield rows as lines of JSON in UTF-8, some lines at once."""
    remaining_rows = iter(export_rows)
    while json_lines_chunk := [
        orjson.dumps(json_row, option=orjson.OPT_APPEND_NEWLINE)
        for json_row in islice(remaining_rows, LINES_PER_CHUNK)
    ]:
        yield b"".join(json_lines_chunk)


def json_string(json_body: bytes) -> Any:  # noqa: ANN401 - a value for orjson
    """Return UTF-8 text as a JSON string that orjson copies into its line without decoding it."""
    if len(json_body.translate(None, CONTROL_BYTES)) < len(json_body):
        return json_body.decode()
    escaped_json = json_body.replace(b"\\", rb"\\").replace(b'"', rb"\"").replace(b"\n", rb"\n")
    return orjson.Fragment(b'"%b"' % escaped_json)


def _json_row(batch: ExportBatch, article_id: int, convert_body: Callable[[bytes], Any]) -> JsonRow:
    row_text = batch.texts[article_id]
    _, number, json_record, json_body, exact, content, noticed_at, first_seen, changed_at, gone_at, story = (
        row_text
    )
    json_row: JsonRow = {**EMPTY_ROW, **orjson.loads(json_record)}
    if len(json_row) > len(EMPTY_ROW):  # a record stored when the program had a field that is gone now
        json_row = {name: json_row[name] for name in EMPTY_ROW}
    json_row["id"] = article_id
    json_row["revision"] = number
    json_row["seq"], json_row["change"] = batch.last_changes[article_id]
    json_row["selected"] = article_id not in batch.no_longer_selected
    json_row["body"] = convert_body(json_body)
    if published_json := json_row["published"]:
        json_row["day"] = published_json["day"]
        json_row["published_at"] = _printed_instant(published_json)
    if gone_at:
        json_row["gone"] = True
        json_row["gone_at"] = gone_at
    json_row["first_seen"] = first_seen
    json_row["changed_at"] = changed_at
    json_row["noticed_at"] = noticed_at
    json_row["exact"] = exact
    json_row["content"] = content
    json_row["story"] = story
    json_row["files"] = [
        dict(zip(_FILE_COLUMNS, file_values, strict=True)) for file_values in batch.files_of(article_id)
    ]
    author, day = json_row["author"], json_row["day"]
    json_row["appearances"] = [
        dict(zip(_APPEARANCE_COLUMNS, appearance_values(appearance, author, day), strict=True))
        for appearance in batch.appearances.get(article_id, ())
    ]
    json_row["revisions"] = [
        dict(zip(_REVISION_COLUMNS, revision_values, strict=True))
        for revision_values in batch.revisions_of(article_id)
    ]
    return json_row


def _printed_instant(printed_time: JsonRow) -> str | None:
    """Return the instant of a printed time as RFC 3339; None when only a day was printed."""
    if not printed_time.get("time"):
        return None
    printed_offset = printed_time.get("offset")
    east = VIETNAM_OFFSET_MINUTES if printed_offset is None else int(printed_offset)
    sign = "-" if east < 0 else "+"
    return f"{printed_time['day']}T{printed_time['time']}{sign}{abs(east) // 60:02d}:{abs(east) % 60:02d}"
