"""Arrow columns of a batch of articles, without Python touching the fields of a record."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from dataclasses import fields
from itertools import accumulate, chain
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.json as arrow_json

from storage.export.column_types import ColumnType, ValueKind, column_types
from storage.export.export_queries import ExportBatch, SqlRow, appearance_values
from storage.export.export_row import SCHEMA_VERSION
from storage.export.json_rows import VIETNAM_OFFSET_MINUTES
from storage.records import Article

DICTIONARY_COLUMNS = ("site", "place", "organisation", "change", "author_unit", "source_name", "prefix")
MINUTE_MICROSECONDS = 60_000_000
ARROW_TYPES = {
    ValueKind.TEXT: pa.string(),
    ValueKind.INTEGER: pa.int64(),
    ValueKind.BOOLEAN: pa.bool_(),
    ValueKind.DAY: pa.date32(),
    ValueKind.INSTANT: pa.timestamp("us", tz="UTC"),
}


def arrow_schema(partition_column: str | None = None) -> Any:  # noqa: ANN401 - pyarrow has no types
    """Return the Arrow schema of a Parquet export, without the column that directory names hold."""
    arrow_fields = []
    for arrow_name, arrow_column in column_types().items():
        if arrow_name != partition_column:
            is_dictionary_column = arrow_name in DICTIONARY_COLUMNS
            arrow_type = (
                pa.dictionary(pa.int32(), pa.string()) if is_dictionary_column else _arrow_type(arrow_column)
            )
            arrow_fields.append(pa.field(arrow_name, arrow_type, nullable=arrow_column.optional))
    return pa.schema(arrow_fields)


def _arrow_type(arrow_column: ColumnType, *, for_json_reader: bool = False) -> Any:  # noqa: ANN401
    """Return the Arrow type of a column; Arrow's JSON reader knows no days and reads them as text."""
    if arrow_column.kind is ValueKind.LIST:
        return pa.list_(_arrow_type(arrow_column.inner[0][1], for_json_reader=for_json_reader))
    if arrow_column.kind is ValueKind.STRUCT:
        inner_types = [
            (arrow_name, _arrow_type(part, for_json_reader=for_json_reader))
            for arrow_name, part in arrow_column.inner
        ]
        return pa.struct(inner_types)
    return (
        pa.string()
        if for_json_reader and arrow_column.kind is ValueKind.DAY
        else ARROW_TYPES[arrow_column.kind]
    )


def _record_schema() -> Any:  # noqa: ANN401
    """Return the schema of a stored record; any field may be missing in an old one."""
    column_kinds = column_types()
    names = (field.name for field in fields(Article) if field.name != "body")
    return pa.schema(
        [(arrow_name, _arrow_type(column_kinds[arrow_name], for_json_reader=True)) for arrow_name in names]
    )


def arrow_table(batch: ExportBatch, table_schema: Any) -> Any:  # noqa: ANN401
    """Return a batch as a table of this schema, in its order: the same values as `batch_rows` has."""
    arrow_values = _column_values(batch)
    arrow_arrays = [
        arrow_values[field.name].cast(field.type)
        if isinstance(arrow_values[field.name], pa.Array)
        else _arrow_array(arrow_values[field.name], field.type)
        for field in table_schema
    ]
    return pa.Table.from_arrays(arrow_arrays, schema=table_schema)


def _column_values(batch: ExportBatch) -> dict[str, Any]:
    ids, numbers, records, bodies, exact, content, noticed_at, first_seen, changed_at, gone_at, story = zip(
        *(batch.texts[article_id] for article_id in batch.ids), strict=True
    )
    seqs, change_kinds = zip(*(batch.last_changes[article_id] for article_id in batch.ids), strict=True)
    record_columns = _record_columns(records)
    return record_columns | {
        "schema": [SCHEMA_VERSION] * len(ids),
        "id": ids,
        "revision": numbers,
        "seq": seqs,
        "change": change_kinds,
        "selected": [article_id not in batch.no_longer_selected for article_id in ids],
        "gone": [at is not None for at in gone_at],
        "gone_at": gone_at,
        "day": pc.struct_field(record_columns["published"], "day"),
        "published_at": _printed_instants(record_columns["published"]),
        "body": _utf8_array(bodies),
        "first_seen": first_seen,
        "changed_at": changed_at,
        "noticed_at": noticed_at,
        "exact": exact,
        "content": content,
        "story": story,
        "files": _list_column("files", [batch.files_of(article_id) for article_id in ids]),
        "appearances": _list_column("appearances", _appearance_lists(batch, record_columns)),
        "revisions": _list_column("revisions", [batch.revisions_of(article_id) for article_id in ids]),
    }


def _arrow_array(arrow_values: Sequence[Any], arrow_type: Any) -> Any:  # noqa: ANN401
    """Return values of the database as an array; it gives instants and days as text."""
    is_text = pa.types.is_timestamp(arrow_type) or pa.types.is_date(arrow_type)
    if is_text or pa.types.is_dictionary(arrow_type):
        return pa.array(arrow_values, pa.string()).cast(arrow_type)
    return pa.array(arrow_values, arrow_type)


def _record_columns(records: Sequence[bytes]) -> dict[str, Any]:
    """Return the fields of the stored records, read by Arrow; a list missing in an old record is empty."""
    record_lines = b"\n".join(records)
    arrow_record_table = arrow_json.read_json(
        pa.BufferReader(record_lines),
        read_options=arrow_json.ReadOptions(use_threads=False, block_size=len(record_lines) + 1),
        parse_options=arrow_json.ParseOptions(
            explicit_schema=_record_schema(), unexpected_field_behavior="ignore"
        ),
    )
    return {
        arrow_name: _lists_for_null(arrow_record_table[arrow_name].combine_chunks())
        for arrow_name in arrow_record_table.column_names
    }


def _lists_for_null(arrow_column: Any) -> Any:  # noqa: ANN401
    if not pa.types.is_list(arrow_column.type) or not arrow_column.null_count:
        return arrow_column
    return pa.ListArray.from_arrays(arrow_column.offsets, arrow_column.values)


def _utf8_array(utf8_texts: Sequence[bytes]) -> Any:  # noqa: ANN401
    """Return UTF-8 texts as one array, copied at once: `pa.array` takes eight times as long."""
    arrow_ends = array("i", accumulate(map(len, utf8_texts), initial=0))
    return pa.Array.from_buffers(
        pa.string(), len(utf8_texts), [None, pa.py_buffer(arrow_ends), pa.py_buffer(b"".join(utf8_texts))]
    )


def _printed_instants(printed_column: Any) -> Any:  # noqa: ANN401
    """Return the instants of printed times; null where only a day was printed."""
    day, time, offset = (
        pc.struct_field(printed_column, arrow_name) for arrow_name in ("day", "time", "offset")
    )
    wall_time = pc.binary_join_element_wise(day, time, "T").cast(pa.timestamp("us")).cast(pa.int64())
    east = pc.multiply(pc.fill_null(offset, VIETNAM_OFFSET_MINUTES), MINUTE_MICROSECONDS)
    return pc.subtract(wall_time, east).cast(ARROW_TYPES[ValueKind.INSTANT])


def _list_column(arrow_name: str, arrow_lists: Sequence[Sequence[SqlRow]]) -> Any:  # noqa: ANN401
    """Return a column of lists of structs, given by their values in the order of the struct's fields."""
    arrow_struct = _arrow_type(column_types()[arrow_name]).value_type
    struct_columns = (
        list(zip(*chain.from_iterable(arrow_lists), strict=True)) or [()] * arrow_struct.num_fields
    )
    arrow_arrays = [
        _arrow_array(arrow_values, field.type)
        for arrow_values, field in zip(struct_columns, arrow_struct, strict=True)
    ]
    arrow_ends = array("i", accumulate(map(len, arrow_lists), initial=0))
    arrow_offsets = pa.Array.from_buffers(pa.int32(), len(arrow_ends), [None, pa.py_buffer(arrow_ends)])
    return pa.ListArray.from_arrays(
        arrow_offsets, pa.StructArray.from_arrays(arrow_arrays, fields=list(arrow_struct))
    )


def _appearance_lists(batch: ExportBatch, record_columns: dict[str, Any]) -> list[list[SqlRow]]:
    authors = record_columns["author"].to_pylist()
    days = pc.struct_field(record_columns["published"], "day").to_pylist()
    return [
        [appearance_values(appearance, author, day) for appearance in batch.appearances.get(article_id, ())]
        for article_id, author, day in zip(batch.ids, authors, days, strict=True)
    ]
