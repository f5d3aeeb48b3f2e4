"""Columns: what the tables say of some articles as an Arrow table; Python touches no field of a record."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from dataclasses import fields
from itertools import accumulate, chain
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.json as arrow_json

from storage.export.export_queries import ExportBatch, SqlRow, appearance_values
from storage.export.row import SCHEMA_VERSION
from storage.export.rows import VIETNAM_OFFSET_MINUTES
from storage.export.types import ColumnType, ValueKind, column_types
from storage.records import Article

DICTIONARY_COLUMNS = ("site", "place", "organisation", "change", "author_unit", "source_name", "prefix")
MINUTE_MICROSECONDS = 60_000_000  # µs
ARROW_TYPES = {
    ValueKind.TEXT: pa.string(),
    ValueKind.INTEGER: pa.int64(),
    ValueKind.BOOLEAN: pa.bool_(),
    ValueKind.DAY: pa.date32(),
    ValueKind.INSTANT: pa.timestamp("us", tz="UTC"),
}


def arrow_schema(without: str | None = None) -> Any:  # noqa: ANN401 - pyarrow has no types
    """The columns of a Parquet export; without the one that the directories' names tell."""
    made = []
    for name, kind in column_types().items():
        if name != without:
            arrow = pa.dictionary(pa.int32(), pa.string()) if name in DICTIONARY_COLUMNS else _arrow(kind)
            made.append(pa.field(name, arrow, nullable=kind.optional))
    return pa.schema(made)


def _arrow(kind: ColumnType, *, final: bool = True) -> Any:  # noqa: ANN401
    """The Arrow type; not `final`: as Arrow's JSON reader has to be told it, which knows no days."""
    if kind.kind is ValueKind.LIST:
        return pa.list_(_arrow(kind.inner[0][1], final=final))
    if kind.kind is ValueKind.STRUCT:
        return pa.struct([(name, _arrow(inner, final=final)) for name, inner in kind.inner])
    return pa.string() if kind.kind is ValueKind.DAY and not final else ARROW_TYPES[kind.kind]


def _stored() -> Any:  # noqa: ANN401
    """The fields of a stored record; any may be missing in an old one."""
    types = column_types()
    read = (field.name for field in fields(Article) if field.name != "body")
    return pa.schema([(name, _arrow(types[name], final=False)) for name in read])


def arrow_table(found: ExportBatch, schema: Any) -> Any:  # noqa: ANN401
    """What was found as a table of this schema, in the order it was asked for: what `rows` tells as rows."""
    made = _columns(found)
    typed = [
        made[field.name].cast(field.type)
        if isinstance(made[field.name], pa.Array)
        else _array(made[field.name], field.type)
        for field in schema
    ]
    return pa.Table.from_arrays(typed, schema=schema)


def _columns(found: ExportBatch) -> dict[str, Any]:
    ids, numbers, records, bodies, exact, content, noticed_at, first_seen, changed_at, gone_at, story = zip(
        *(found.texts[key] for key in found.ids), strict=True
    )
    seqs, kinds = zip(*(found.told[key] for key in found.ids), strict=True)
    record = _records(records)
    return record | {
        "schema": [SCHEMA_VERSION] * len(ids),
        "id": ids,
        "revision": numbers,
        "seq": seqs,
        "change": kinds,
        "selected": [key not in found.left for key in ids],
        "gone": [at is not None for at in gone_at],
        "gone_at": gone_at,
        "day": pc.struct_field(record["published"], "day"),
        "published_at": _instants(record["published"]),
        "body": _joined(bodies),
        "first_seen": first_seen,
        "changed_at": changed_at,
        "noticed_at": noticed_at,
        "exact": exact,
        "content": content,
        "story": story,
        "files": _lists("files", [found.files_of(key) for key in ids]),
        "appearances": _lists("appearances", _appearances(found, record)),
        "revisions": _lists("revisions", [found.noted_of(key) for key in ids]),
    }


def _array(values: Sequence[Any], kind: Any) -> Any:  # noqa: ANN401
    """Values of the database as an array; instants and days are told in words."""
    if pa.types.is_timestamp(kind) or pa.types.is_date(kind) or pa.types.is_dictionary(kind):
        return pa.array(values, pa.string()).cast(kind)
    return pa.array(values, kind)


def _records(records: Sequence[bytes]) -> dict[str, Any]:
    """The fields of the stored records, read by Arrow; a list that an old record does not know is empty."""
    told = b"\n".join(records)
    table = arrow_json.read_json(
        pa.BufferReader(told),
        read_options=arrow_json.ReadOptions(use_threads=False, block_size=len(told) + 1),
        parse_options=arrow_json.ParseOptions(explicit_schema=_stored(), unexpected_field_behavior="ignore"),
    )
    return {name: _filled(table[name].combine_chunks()) for name in table.column_names}


def _filled(column: Any) -> Any:  # noqa: ANN401
    if not pa.types.is_list(column.type) or not column.null_count:
        return column
    return pa.ListArray.from_arrays(column.offsets, column.values)


def _joined(texts: Sequence[bytes]) -> Any:  # noqa: ANN401
    """Texts in UTF-8 as one array: copied at once, for `pa.array` takes eight times as long."""
    ends = array("i", accumulate(map(len, texts), initial=0))
    return pa.Array.from_buffers(
        pa.string(), len(texts), [None, pa.py_buffer(ends), pa.py_buffer(b"".join(texts))]
    )


def _instants(printed: Any) -> Any:  # noqa: ANN401
    """The instants of printed times; none when only a day was printed."""
    day, time, offset = (pc.struct_field(printed, name) for name in ("day", "time", "offset"))
    wall = pc.binary_join_element_wise(day, time, "T").cast(pa.timestamp("us")).cast(pa.int64())
    east = pc.multiply(pc.fill_null(offset, VIETNAM_OFFSET_MINUTES), MINUTE_MICROSECONDS)
    return pc.subtract(wall, east).cast(ARROW_TYPES[ValueKind.INSTANT])


def _lists(name: str, groups: Sequence[Sequence[SqlRow]]) -> Any:  # noqa: ANN401
    """A column of lists of structs, given by their values in the order of the struct's fields."""
    kind = _arrow(column_types()[name]).value_type
    columns = list(zip(*chain.from_iterable(groups), strict=True)) or [()] * kind.num_fields
    parts = [_array(values, field.type) for values, field in zip(columns, kind, strict=True)]
    ends = array("i", accumulate(map(len, groups), initial=0))
    offsets = pa.Array.from_buffers(pa.int32(), len(ends), [None, pa.py_buffer(ends)])
    return pa.ListArray.from_arrays(offsets, pa.StructArray.from_arrays(parts, fields=list(kind)))


def _appearances(found: ExportBatch, record: dict[str, Any]) -> list[list[SqlRow]]:
    authors = record["author"].to_pylist()
    days = pc.struct_field(record["published"], "day").to_pylist()
    return [
        [appearance_values(place, author, day) for place in found.places.get(key, ())]
        for key, author, day in zip(found.ids, authors, days, strict=True)
    ]
