"""CSV by RFC 4180, with no cell that a spreadsheet would take for a formula."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import orjson

from storage.export.export_queries import ExportBatch
from storage.export.export_row import COLUMNS, JsonRow
from storage.export.json_rows import batch_rows
from storage.export.protocols import ByteStream

# https://owasp.org/www-community/attacks/CSV_Injection, and the full-width signs some spreadsheets take too.
FORMULA_STARTS = frozenset("=+-@\t\r\n＝＋－＠")
APOSTROPHE = "'"
BYTE_ORDER_MARK = "\ufeff"


def escape_formula(csv_text: str) -> str:
    """Return the text, with an apostrophe before it when a spreadsheet might calculate it.

    Text that begins with an apostrophe gets another one: removing the first apostrophe of any cell restores
    the original.
    """
    first_cell_char = csv_text[:1]
    if (
        first_cell_char == APOSTROPHE
        or first_cell_char in FORMULA_STARTS
        or (csv_text.lstrip()[:1] in FORMULA_STARTS and first_cell_char)
    ):
        return APOSTROPHE + csv_text
    return csv_text


def csv_cell(cell_value: Any) -> str:  # noqa: ANN401 - any value of a row
    """Return a value as the text of a cell: lists and records as JSON, `true` or `false`, None as ""."""
    if cell_value is None:
        return ""
    if isinstance(cell_value, str):
        return escape_formula(cell_value)
    if isinstance(cell_value, bool):
        return "true" if cell_value else "false"
    if isinstance(cell_value, int):
        return str(cell_value)
    return orjson.dumps(cell_value).decode() if cell_value else ""


class _CsvWriter:
    def __init__(self, stream: ByteStream, byte_order_mark: bool) -> None:
        self._stream = stream
        self._file_start = BYTE_ORDER_MARK * byte_order_mark
        self.write(self._csv_lines([dict(zip(COLUMNS, COLUMNS, strict=True))]))

    def encode(self, batch: ExportBatch) -> Iterator[bytes]:
        yield self._csv_lines(batch_rows(batch))

    def _csv_lines(self, csv_rows: Iterable[JsonRow]) -> bytes:
        csv_text = io.StringIO(newline="")
        csv_text.write(self._file_start)
        self._file_start = ""
        csv.writer(csv_text).writerows([csv_cell(csv_row[name]) for name in COLUMNS] for csv_row in csv_rows)
        return csv_text.getvalue().encode()

    def write(self, csv_part: bytes) -> None:
        self._stream.write(csv_part)

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
