"""Parquet: typed columns, the repeating ones dictionary-encoded, compressed with zstd."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from storage.export.errors import ExportError
from storage.export.row import Row, lines
from storage.export.sheet import Stream
from storage.export.types import Kind, Type, column_types

try:
    import pyarrow as pa
    import pyarrow.json as arrow_json
    import pyarrow.parquet as arrow_parquet
except ImportError:  # the extra is not installed: told when a Parquet file is asked for
    pa = None

DICTIONARY = ("site", "place", "organisation", "change", "author_unit", "source_name", "prefix")
# Values that hardly repeat: a dictionary of them would be as large as they are.
UNIQUE = frozenset(("id", "seq", "url", "title", "lead", "body", "raw", "exact", "content", "caption", "alt"))
STATISTICS = ("id", "seq", "day", "published_at", "site")  # what readers skip row groups by
LEVEL = 3  # of zstd


def _arrow(kind: Type, *, final: bool) -> Any:  # noqa: ANN401 - pyarrow has no types
    """The Arrow type; not `final`: as Arrow's JSON reader has to be told it, which knows no days."""
    if kind.kind is Kind.LIST:
        return pa.list_(_arrow(kind.inner[0][1], final=final))
    if kind.kind is Kind.STRUCT:
        return pa.struct([(name, _arrow(inner, final=final)) for name, inner in kind.inner])
    if kind.kind is Kind.DAY and not final:
        return pa.string()
    plain = {
        Kind.TEXT: pa.string(),
        Kind.INTEGER: pa.int64(),
        Kind.BOOLEAN: pa.bool_(),
        Kind.DAY: pa.date32(),
        Kind.INSTANT: pa.timestamp("us", tz="UTC"),
    }
    return plain[kind.kind]


def arrow_schema(without: str | None = None, *, final: bool = True) -> Any:  # noqa: ANN401
    """The columns of a Parquet export; without the one that the directories' names tell."""
    made = []
    for name, kind in column_types().items():
        if name != without:
            known = final and name in DICTIONARY
            arrow = pa.dictionary(pa.int32(), pa.string()) if known else _arrow(kind, final=final)
            made.append(pa.field(name, arrow, nullable=kind.optional))
    return pa.schema(made)


class _Sheet:
    """Rows become JSON, which Arrow reads into columns by itself, several times as fast as Python would."""

    def __init__(self, stream: Stream, without: str | None) -> None:
        self._schema = arrow_schema(without)
        self._as_read = arrow_json.ParseOptions(
            explicit_schema=arrow_schema(without, final=False), unexpected_field_behavior="ignore"
        )
        kept = [(name, kind) for name, kind in column_types().items() if name != without]
        self._file = arrow_parquet.ParquetWriter(
            stream,
            self._schema,
            compression="zstd",
            compression_level=LEVEL,
            use_dictionary=[path for name, kind in kept for path in _leaves(name, kind)],
            write_statistics=[name for name in STATISTICS if name != without],
        )

    def write(self, rows: list[Row]) -> None:
        if not rows:
            return
        told = lines(rows)
        block = arrow_json.ReadOptions(use_threads=True, block_size=len(told))
        table = arrow_json.read_json(pa.BufferReader(told), read_options=block, parse_options=self._as_read)
        self._file.write_table(table.select(self._schema.names).cast(self._schema), row_group_size=len(rows))

    def close(self) -> None:
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
