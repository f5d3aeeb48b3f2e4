"""Parquet: typed columns, the repeating ones dictionary-encoded, compressed with zstd."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from storage.export.errors import ExportError
from storage.export.export_queries import Found
from storage.export.protocols import Stream
from storage.export.types import Kind, Type, column_types

try:
    import pyarrow as pa
    import pyarrow.parquet as arrow_parquet

    from storage.export.columns import arrow_schema, table_of
except ImportError:  # the extra is not installed: told when a Parquet file is asked for
    pa = None

# Values that hardly repeat: a dictionary of them would be as large as they are.
UNIQUE = frozenset(("id", "seq", "url", "title", "lead", "body", "raw", "exact", "content", "caption", "alt"))
STATISTICS = ("id", "seq", "day", "published_at", "site")  # what readers skip row groups by
LEVEL = 3  # of zstd
GROUP = 5000  # rows of a row group; with a thousand writing takes a third more, and 5 % more room


class _Sheet:
    def __init__(self, stream: Stream, without: str | None) -> None:
        self._schema = arrow_schema(without)
        self._waiting: list[Any] = []  # tables of the next row group
        kept = [(name, kind) for name, kind in column_types().items() if name != without]
        self._file = arrow_parquet.ParquetWriter(
            stream,
            self._schema,
            compression="zstd",
            compression_level=LEVEL,
            use_dictionary=[path for name, kind in kept for path in _leaves(name, kind)],
            write_statistics=[name for name in STATISTICS if name != without],
        )

    def parts(self, found: Found) -> Iterator[Found]:
        if found.ids:
            yield found

    def write(self, part: Found) -> None:
        self._waiting.append(table_of(part, self._schema))
        if sum(map(len, self._waiting)) >= GROUP:
            self._write_group()

    def _write_group(self) -> None:
        if self._waiting:
            group = pa.concat_tables(self._waiting).unify_dictionaries()
            self._file.write_table(group, row_group_size=len(group))
            self._waiting.clear()

    def close(self) -> None:
        self._write_group()
        self._file.close()


def _leaves(name: str, kind: Type) -> Iterator[str]:
    """The paths of a column's parts as Parquet names them, of those whose values repeat."""
    match kind.kind:
        case Kind.LIST:
            yield from _leaves(f"{name}.list.element", kind.inner[0][1])
        case Kind.STRUCT:
            for part, inner in kind.inner:
                yield from _leaves(f"{name}.{part}", inner)
        case _:
            if name.rpartition(".")[2] not in UNIQUE:
                yield name


@dataclass(frozen=True, slots=True)
class Parquet:
    """Apache Parquet; needs the extra `export`."""

    name: str = "parquet"
    suffix: str = ".parquet"

    def open(self, stream: Stream, without: str | None = None) -> _Sheet:
        if pa is None:
            raise ExportError(
                "Parquet needs pyarrow, which is not installed: pip install 'congdoan-archive[export]' "
                "JSON Lines and CSV need nothing more"
            )
        return _Sheet(stream, without)
