"""CSV by RFC 4180, with no cell that a spreadsheet would take for a formula."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import orjson

from storage.export.export_queries import ExportBatch
from storage.export.protocols import ByteStream
from storage.export.row import COLUMNS, JsonRow
from storage.export.rows import batch_rows

# https://owasp.org/www-community/attacks/CSV_Injection, and the full-width signs some spreadsheets take too.
FORMULA_STARTS = frozenset("=+-@\t\r\n＝＋－＠")
APOSTROPHE = "'"
BYTE_ORDER_MARK = "\ufeff"


def escape_formula(text: str) -> str:
    """Return the text, with an apostrophe before it when a spreadsheet might calculate it.

    Text that begins with an apostrophe gets another one: removing the first apostrophe of any cell restores
    the original.
    """
    first = text[:1]
    if first == APOSTROPHE or first in FORMULA_STARTS or (text.lstrip()[:1] in FORMULA_STARTS and first):
        return APOSTROPHE + text
    return text


def csv_cell(value: Any) -> str:  # noqa: ANN401 - any value of a row
    """Return a value as the text of a cell: lists and records as JSON, `true` or `false`, None as ""."""
    if value is None:
        return ""
    if isinstance(value, str):
        return escape_formula(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    return orjson.dumps(value).decode() if value else ""


class _CsvWriter:
    def __init__(self, stream: ByteStream, byte_order_mark: bool) -> None:
        self._stream = stream
        self._file_start = BYTE_ORDER_MARK * byte_order_mark
        self.write(self._csv_lines([dict(zip(COLUMNS, COLUMNS, strict=True))]))

    def encode(self, batch: ExportBatch) -> Iterator[bytes]:
        yield self._csv_lines(batch_rows(batch))

    def _csv_lines(self, rows: Iterable[JsonRow]) -> bytes:
        text = io.StringIO(newline="")
        text.write(self._file_start)
        self._file_start = ""
        csv.writer(text).writerows([csv_cell(row[name]) for name in COLUMNS] for row in rows)
        return text.getvalue().encode()

    def write(self, part: bytes) -> None:
        self._stream.write(part)

    def close(self) -> None:
        self._stream.flush()


@dataclass(frozen=True, slots=True)
class CsvFormat:
    """Comma-separated values in UTF-8."""

    byte_order_mark: bool = False  # begin the file with one; without it Excel guesses another charset
    name: str = "csv"
    suffix: str = ".csv"

    def open_writer(self, stream: ByteStream, partition_column: str | None = None) -> _CsvWriter:
        return _CsvWriter(stream, self.byte_order_mark)
