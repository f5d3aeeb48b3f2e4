"""Rows: what the tables say of some articles, as rows in the words of JSON."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import fields
from itertools import islice
from typing import Any

import orjson
from sqlalchemy import Connection

from storage.export.export_queries import ExportBatch, appearance_values, read_batch
from storage.export.row import EMPTY_ROW, ExportedAppearance, ExportedFile, ExportedRevision, JsonRow

VIETNAM_OFFSET_MINUTES = 7 * 60  # minutes east of UTC in Viet Nam, when a page prints a time and no zone
# What JSON escapes besides line breaks, quotes and backslashes; bodies have none as a rule.
CONTROL_BYTES = bytes(set(range(32)) - {ord("\n")})
LINES_PER_CHUNK = (
    100  # lines made at once: what fits a processor's cache takes half the time that a thousand take
)
_FILE_COLUMNS, _APPEARANCE_COLUMNS, _REVISION_COLUMNS = (
    tuple(field.name for field in fields(part))
    for part in (ExportedFile, ExportedAppearance, ExportedRevision)
)


def read_rows(
    connection: Connection, ids: Sequence[int], left: frozenset[int] = frozenset()
) -> list[JsonRow]:
    """The articles as rows, in the order of `ids`; those in `left` are no longer selected."""
    return list(batch_rows(read_batch(connection, ids, left)))


def batch_rows(found: ExportBatch, told: Callable[[bytes], Any] = bytes.decode) -> Iterator[JsonRow]:
    """What was found as rows, in the order it was asked for; their bodies as `told` makes them of UTF-8."""
    return (_json_row(found, key, told) for key in found.ids)


def json_lines(told: Iterable[JsonRow]) -> Iterator[bytes]:
    """Rows as lines of JSON in UTF-8, some at once."""
    left = iter(told)
    while some := [
        orjson.dumps(row, option=orjson.OPT_APPEND_NEWLINE) for row in islice(left, LINES_PER_CHUNK)
    ]:
        yield b"".join(some)


def json_string(body: bytes) -> Any:  # noqa: ANN401 - a value for orjson
    """A text in UTF-8 as orjson takes it over into its line: decoded, it would have to be encoded again."""
    if len(body.translate(None, CONTROL_BYTES)) < len(body):
        return body.decode()
    told = body.replace(b"\\", rb"\\").replace(b'"', rb"\"").replace(b"\n", rb"\n")
    return orjson.Fragment(b'"%b"' % told)


def _json_row(found: ExportBatch, key: int, told: Callable[[bytes], Any]) -> JsonRow:
    text = found.texts[key]
    _, number, record, body, exact, content, noticed_at, first_seen, changed_at, gone_at, story = text
    row: JsonRow = {**EMPTY_ROW, **orjson.loads(record)}
    if len(row) > len(EMPTY_ROW):  # stored when a field was known that is no more
        row = {name: row[name] for name in EMPTY_ROW}
    row["id"] = key
    row["revision"] = number
    row["seq"], row["change"] = found.told[key]
    row["selected"] = key not in found.left
    row["body"] = told(body)
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
    row["files"] = [dict(zip(_FILE_COLUMNS, file, strict=True)) for file in found.files_of(key)]
    places = (appearance_values(place, row["author"], row["day"]) for place in found.places.get(key, ()))
    row["appearances"] = [dict(zip(_APPEARANCE_COLUMNS, place, strict=True)) for place in places]
    row["revisions"] = [dict(zip(_REVISION_COLUMNS, noted, strict=True)) for noted in found.noted_of(key)]
    return row


def _printed_instant(printed: JsonRow) -> str | None:
    """The instant of a printed time; none when only a day was printed."""
    if not printed.get("time"):
        return None
    offset = printed.get("offset")
    east = VIETNAM_OFFSET_MINUTES if offset is None else int(offset)
    sign = "-" if east < 0 else "+"
    return f"{printed['day']}T{printed['time']}{sign}{abs(east) // 60:02d}:{abs(east) % 60:02d}"
