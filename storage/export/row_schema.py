"""JSON Schema and data dictionary of an export's rows, both made from the annotations of the records."""

from __future__ import annotations

import inspect
import json
from collections.abc import Iterable, Iterator
from dataclasses import fields
from functools import cache
from typing import Any, get_type_hints

from typing_extensions import Doc

from storage.export.row import COLUMNS, EXPORT_ROW, SCHEMA_VERSION, ExportRow
from storage.export.types import ColumnType, column_types

SCHEMA_DRAFT = "https://json-schema.org/draft/2020-12/schema"
LOCAL_TIME_PATTERN = r"^\d\d:\d\d:\d\d$"


@cache
def field_meanings(record: type) -> dict[str, str]:
    """Return the meaning of each field of a record: the `Doc` of its annotation; "" where it has none."""
    hints = get_type_hints(record, include_extras=True)
    return {field.name: _doc_of(hints[field.name]) for field in fields(record)}


def _doc_of(annotation: Any) -> str:  # noqa: ANN401 - any annotation
    docs = (part for part in getattr(annotation, "__metadata__", ()) if isinstance(part, Doc))
    return next((doc.documentation for doc in docs), "")


def article_json_schema() -> dict[str, Any]:
    """Return the JSON Schema of a line of a JSON Lines export."""
    schema = EXPORT_ROW.json_schema(mode="serialization")
    properties = schema["properties"]
    schema["properties"] = {name: properties[name] for name in COLUMNS}
    schema["required"] = list(COLUMNS)
    schema["additionalProperties"] = False
    _add_meanings(schema, ExportRow)
    for record in _records():
        _add_meanings(schema["$defs"][record.__name__], record)
    schema["properties"]["schema"]["const"] = SCHEMA_VERSION
    describe_local_times(schema)
    return {"$schema": SCHEMA_DRAFT, **schema, "title": f"One article of an export, version {SCHEMA_VERSION}"}


def describe_local_times(schema: Any) -> None:  # noqa: ANN401 - a JSON Schema or a part of one
    """Give local times a pattern, in place: JSON Schema's format `time` has a zone, pages print none."""
    if isinstance(schema, dict):
        if schema.get("format") == "time":
            del schema["format"]
            schema["pattern"] = LOCAL_TIME_PATTERN
        schema = list(schema.values())
    if isinstance(schema, list):
        for part in schema:
            describe_local_times(part)


def _add_meanings(schema: dict[str, Any], record: type) -> None:
    for name, meaning in field_meanings(record).items():
        if meaning and name in schema["properties"]:
            schema["properties"][name]["description"] = meaning


def article_json_schema_text() -> str:
    """Return the JSON Schema as the text of a file."""
    return json.dumps(article_json_schema(), ensure_ascii=False, indent=1) + "\n"


def _types_within_columns() -> Iterator[ColumnType]:
    """Yield the types of the columns and of everything within them."""
    remaining = list(column_types().values())
    while remaining:
        column = remaining.pop(0)
        yield column
        remaining += [inner for _, inner in column.inner]


def _records() -> dict[type, ColumnType]:
    """Return the dataclasses within columns, in the order of the columns, with their types."""
    return {column.record: column for column in _types_within_columns() if column.record}


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
    parts = [DICTIONARY_HEADER, "## Columns", "", *_dictionary_table(column_types().items(), ExportRow)]
    for record, column in _records().items():
        summary = (inspect.getdoc(record) or "").partition("\n")[0]
        parts += ["", f"## {record.__name__}", "", summary, "", *_dictionary_table(column.inner, record)]
    return "\n".join(parts) + "\n"


def _dictionary_table(columns: Iterable[tuple[str, ColumnType]], record: type) -> Iterator[str]:
    yield "| name | type | meaning |"
    yield "|---|---|---|"
    meanings = field_meanings(record)
    for name, column in columns:
        meaning = meanings.get(name, "").replace("|", "\\|")
        if column.choices:
            choices = ", ".join(f"`{choice}`" for choice in column.choices)
            meaning = f"{meaning}: {choices}" if meaning else choices
        yield f"| `{name}` | {column}{'?' if column.optional else ''} | {meaning} |"
