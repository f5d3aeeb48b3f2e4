"""JSON Schema and data dictionary of an export's rows, both made from the annotations of the records."""

from __future__ import annotations

import inspect
import json
from collections.abc import Iterable, Iterator
from dataclasses import fields
from functools import cache
from typing import Any, get_type_hints

from typing_extensions import Doc

from storage.export.column_types import ColumnType, column_types
from storage.export.export_row import COLUMNS, EXPORT_ROW, SCHEMA_VERSION, ExportRow

SCHEMA_DRAFT = "https://json-schema.org/draft/2020-12/schema"
LOCAL_TIME_PATTERN = r"^\d\d:\d\d:\d\d$"


@cache
def field_meanings(schema_record: type) -> dict[str, str]:
    """Return the meaning of each field of a record: the `Doc` of its annotation; "" where it has none."""
    schema_hints = get_type_hints(schema_record, include_extras=True)
    return {field.name: _doc_of(schema_hints[field.name]) for field in fields(schema_record)}


def _doc_of(annotation: Any) -> str:  # noqa: ANN401 - any annotation
    meaning_docs = (
        schema_part for schema_part in getattr(annotation, "__metadata__", ()) if isinstance(schema_part, Doc)
    )
    return next((doc.documentation for doc in meaning_docs), "")


def article_json_schema() -> dict[str, Any]:
    """Return the JSON Schema of a line of a JSON Lines export."""
    row_schema = EXPORT_ROW.json_schema(mode="serialization")
    schema_properties = row_schema["properties"]
    row_schema["properties"] = {name: schema_properties[name] for name in COLUMNS}
    row_schema["required"] = list(COLUMNS)
    row_schema["additionalProperties"] = False
    _add_meanings(row_schema, ExportRow)
    for schema_record in _records():
        _add_meanings(row_schema["$defs"][schema_record.__name__], schema_record)
    row_schema["properties"]["schema"]["const"] = SCHEMA_VERSION
    describe_local_times(row_schema)
    return {
        "$schema": SCHEMA_DRAFT,
        **row_schema,
        "title": f"One article of an export, version {SCHEMA_VERSION}",
    }


def describe_local_times(row_schema: Any) -> None:  # noqa: ANN401 - a JSON Schema or a part of one
    """Give local times a pattern, in place: JSON Schema's format `time` has a zone, pages print none."""
    if isinstance(row_schema, dict):
        if row_schema.get("format") == "time":
            del row_schema["format"]
            row_schema["pattern"] = LOCAL_TIME_PATTERN
        row_schema = list(row_schema.values())
    if isinstance(row_schema, list):
        for schema_part in row_schema:
            describe_local_times(schema_part)


def _add_meanings(row_schema: dict[str, Any], schema_record: type) -> None:
    for name, schema_meaning in field_meanings(schema_record).items():
        if schema_meaning and name in row_schema["properties"]:
            row_schema["properties"][name]["description"] = schema_meaning


def article_json_schema_text() -> str:
    """Return the JSON Schema as the text of a file."""
    return json.dumps(article_json_schema(), ensure_ascii=False, indent=1) + "\n"


def _types_within_columns() -> Iterator[ColumnType]:
    """Yield the types of the columns and of everything within them."""
    remaining_columns = list(column_types().values())
    while remaining_columns:
        schema_column = remaining_columns.pop(0)
        yield schema_column
        remaining_columns += [inner_column for _, inner_column in schema_column.inner]


def _records() -> dict[type, ColumnType]:
    """Return the dataclasses within columns, in the order of the columns, with their types."""
    return {
        schema_column.record: schema_column
        for schema_column in _types_within_columns()
        if schema_column.record
    }


DICTIONARY_HEADER = f"""# Data dictionary

Made by `python docs/make.py` from the records; do not edit. Version {SCHEMA_VERSION} of the form. What the
columns of an export mean, the same in JSON Lines, Parquet and CSV ([exports.md](exports.md) says how
one is made).

| here | JSON Lines | Parquet | CSV |
|---|---|---|---|
| text | string | string; dictionary-encoded where values repeat | unchanged, guarded against formulas |
| integer | number | int64 | digits |
| boolean | true, false | bool | `true`, `false` |
| day | `2025-06-30` | date32 | `2025-06-30` |
| instant | RFC 3339 with a zone | timestamp in µs, UTC | RFC 3339 with a zone |
| list, record | array, object | list, struct | JSON; an empty list is an empty cell |

`?` marks what may be missing: `null`, null, or an empty cell.
"""


def data_dictionary() -> str:
    """Return the data dictionary in Markdown: a table of the columns and one of each record within them."""
    dictionary_parts = [
        DICTIONARY_HEADER,
        "## Columns",
        "",
        *_dictionary_table(column_types().items(), ExportRow),
    ]
    for schema_record, schema_column in _records().items():
        record_summary = (inspect.getdoc(schema_record) or "").partition("\n")[0]
        dictionary_parts += [
            "",
            f"## {schema_record.__name__}",
            "",
            record_summary,
            "",
            *_dictionary_table(schema_column.inner, schema_record),
        ]
    return "\n".join(dictionary_parts) + "\n"


def _dictionary_table(schema_columns: Iterable[tuple[str, ColumnType]], schema_record: type) -> Iterator[str]:
    yield "| name | type | meaning |"
    yield "|---|---|---|"
    schema_meanings = field_meanings(schema_record)
    for name, schema_column in schema_columns:
        schema_meaning = schema_meanings.get(name, "").replace("|", "\\|")
        if schema_column.choices:
            column_choices = ", ".join(f"`{choice}`" for choice in schema_column.choices)
            schema_meaning = f"{schema_meaning}: {column_choices}" if schema_meaning else column_choices
        yield f"| `{name}` | {schema_column}{'?' if schema_column.optional else ''} | {schema_meaning} |"
