"""Parquet: typed columns, the repeating ones dictionary-encoded, compressed with zstd."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from storage.export.errors import ExportError
from storage.export.export_queries import ExportBatch
from storage.export.protocols import ByteStream
from storage.export.types import ColumnType, ValueKind, column_types

try:
    import pyarrow as pa
    import pyarrow.parquet as arrow_parquet

    from storage.export.columns import arrow_schema, arrow_table
except ImportError:  # the extra is not installed: told when a Parquet file is asked for
    pa = None

# Values that hardly repeat: a dictionary of them would be as large as they are.
UNIQUE_VALUES = frozenset(
    ("id", "seq", "url", "title", "lead", "body", "raw", "exact", "content", "caption", "alt")
)
STATISTICS_COLUMNS = ("id", "seq", "day", "published_at", "site")  # what readers skip row groups by
ZSTD_LEVEL = 3  # of zstd
ROW_GROUP_ROWS = 5000  # rows of a row group; with a thousand writing takes a third more, and 5 % more room


class _ParquetWriter:
    def __init__(self, stream: ByteStream, without: str | None) -> None:
        self._schema = arrow_schema(without)
        self._waiting: list[Any] = []  # tables of the next row group
        kept = [(name, kind) for name, kind in column_types().items() if name != without]
        self._file = arrow_parquet.ParquetWriter(
            stream,
            self._schema,
            compression="zstd",
            compression_level=ZSTD_LEVEL,
            use_dictionary=[path for name, kind in kept for path in _dictionary_paths(name, kind)],
            write_statistics=[name for name in STATISTICS_COLUMNS if name != without],
        )

    def parts(self, found: ExportBatch) -> Iterator[ExportBatch]:
        if found.ids:
            yield found

    def write(self, part: ExportBatch) -> None:
        self._waiting.append(arrow_table(part, self._schema))
        if sum(map(len, self._waiting)) >= ROW_GROUP_ROWS:
            self._write_group()

    def _write_group(self) -> None:
        if self._waiting:
            group = pa.concat_tables(self._waiting).unify_dictionaries()
            self._file.write_table(group, row_group_size=len(group))
            self._waiting.clear()

    def close(self) -> None:
        self._write_group()
        self._file.close()


def _dictionary_paths(name: str, kind: ColumnType) -> Iterator[str]:
    """The paths of a column's parts as Parquet names them, of those whose values repeat."""
    match kind.kind:
        case ValueKind.LIST:
            yield from _dictionary_paths(f"{name}.list.element", kind.inner[0][1])
        case ValueKind.STRUCT:
            for part, inner in kind.inner:
                yield from _dictionary_paths(f"{name}.{part}", inner)
        case _:
            if name.rpartition(".")[2] not in UNIQUE_VALUES:
                yield name


@dataclass(frozen=True, slots=True)
class ParquetFormat:
    """Apache Parquet; needs the extra `export`."""

    name: str = "parquet"
    suffix: str = ".parquet"

    def open(self, stream: ByteStream, without: str | None = None) -> _ParquetWriter:
        if pa is None:
            raise ExportError(
                "Parquet needs pyarrow, which is not installed: pip install 'congdoan-archive[export]' "
                "JSON Lines and CSV need nothing more"
            )
        return _ParquetWriter(stream, without)
