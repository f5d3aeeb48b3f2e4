"""CSV as RFC 4180 has it, with no cell that a spreadsheet would take for a formula."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import orjson

from storage.export.export_queries import Found
from storage.export.protocols import Stream
from storage.export.row import COLUMNS, Row
from storage.export.rows import rows

# https://owasp.org/www-community/attacks/CSV_Injection, and the full-width signs some spreadsheets take too.
FORMULA = frozenset("=+-@\t\r\n＝＋－＠")
APOSTROPHE = "'"
MARK = "\ufeff"


def safe(text: str) -> str:
    """The text, behind an apostrophe when a spreadsheet might calculate it.

    Text that begins with an apostrophe gets one more: taking the first apostrophe of any cell away gives
    back what was there.
    """
    first = text[:1]
    if first == APOSTROPHE or first in FORMULA or (text.lstrip()[:1] in FORMULA and first):
        return APOSTROPHE + text
    return text


def cell(value: Any) -> str:  # noqa: ANN401 - any value of a row
    """A value as the text of a cell: lists and parts as JSON, true and false in words, nothing as nothing."""
    if value is None:
        return ""
    if isinstance(value, str):
        return safe(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    return orjson.dumps(value).decode() if value else ""


class _Sheet:
    def __init__(self, stream: Stream, mark: bool) -> None:
        self._stream = stream
        self._head = MARK * mark
        self.write(self._text([dict(zip(COLUMNS, COLUMNS, strict=True))]))

    def parts(self, found: Found) -> Iterator[bytes]:
        yield self._text(rows(found))

    def _text(self, told: Iterable[Row]) -> bytes:
        text = io.StringIO(newline="")
        text.write(self._head)
        self._head = ""
        csv.writer(text).writerows([cell(row[name]) for name in COLUMNS] for row in told)
        return text.getvalue().encode()

    def write(self, part: bytes) -> None:
        self._stream.write(part)

    def close(self) -> None:
        self._stream.flush()


@dataclass(frozen=True, slots=True)
class Csv:
    """Comma-separated values in UTF-8."""

    mark: bool = False  # begin with a byte order mark, without which Excel guesses another charset
    name: str = "csv"
    suffix: str = ".csv"

    def open(self, stream: Stream, without: str | None = None) -> _Sheet:
        return _Sheet(stream, self.mark)
