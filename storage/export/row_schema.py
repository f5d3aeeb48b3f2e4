"""The form of a row in words: JSON Schema and the data dictionary, both made from the records themselves."""

from __future__ import annotations

import inspect
import json
from collections.abc import Iterator
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
    """The JSON Schema of a line of a JSON Lines export."""
    made = EXPORT_ROW.json_schema(mode="serialization")
    properties = made["properties"]
    made["properties"] = {name: properties[name] for name in COLUMNS}
    made["required"] = list(COLUMNS)
    made["additionalProperties"] = False
    _add_meanings(made, ExportRow)
    for record in _records():
        _add_meanings(made["$defs"][record.__name__], record)
    made["properties"]["schema"]["const"] = SCHEMA_VERSION
    describe_local_times(made)
    return {"$schema": SCHEMA_DRAFT, **made, "title": f"One article of an export, version {SCHEMA_VERSION}"}


def describe_local_times(told: Any) -> None:  # noqa: ANN401 - a JSON Schema or a part of one
    """JSON Schema's `time` has a zone; what pages print has none: say what it looks like instead."""
    if isinstance(told, dict):
        if told.get("format") == "time":
            del told["format"]
            told["pattern"] = LOCAL_TIME_PATTERN
        told = list(told.values())
    if isinstance(told, list):
        for part in told:
            describe_local_times(part)


def _add_meanings(told: dict[str, Any], record: type) -> None:
    for name, said in field_meanings(record).items():
        if said and name in told["properties"]:
            told["properties"][name]["description"] = said


def article_json_schema_text() -> str:
    """The JSON Schema as a file has it."""
    return json.dumps(article_json_schema(), ensure_ascii=False, indent=1) + "\n"


def _column_types_within() -> Iterator[ColumnType]:
    """Every type of the columns and within them."""
    todo = list(column_types().values())
    while todo:
        kind = todo.pop(0)
        yield kind
        todo += [inner for _, inner in kind.inner]


def _records() -> dict[type, ColumnType]:
    """The records that columns are made of, as they are met."""
    return {kind.record: kind for kind in _column_types_within() if kind.record}


DICTIONARY_HEADER = f"""# Data dictionary

Made by `python docs/make.py` from the records; do not edit. Version {SCHEMA_VERSION} of the form. What the
columns of an export mean, the same in JSON Lines, Parquet and CSV ([exports.md](exports.md) tells how one
is made).

| here | JSON Lines | Parquet | CSV |
|---|---|---|---|
| text | string | string; dictionary-encoded where values repeat | as it is, guarded against formulas |
| integer | number | int64 | digits |
| boolean | true, false | bool | `true`, `false` |
| day | `2025-06-30` | date32 | `2025-06-30` |
| instant | RFC 3339 with a zone | timestamp in µs, UTC | RFC 3339 with a zone |
| list, record | array, object | list, struct | JSON; an empty list is an empty cell |

`?` marks what may be missing: `null`, null, or an empty cell.
"""


def data_dictionary() -> str:
    """The data dictionary: a table of columns, and one of each record within them."""
    parts = [DICTIONARY_HEADER, "## Columns", "", *_dictionary_table(column_types().items(), ExportRow)]
    for record, kind in _records().items():
        about = (inspect.getdoc(record) or "").splitlines()[0]
        parts += ["", f"## {record.__name__}", "", about, "", *_dictionary_table(kind.inner, record)]
    return "\n".join(parts) + "\n"


def _dictionary_table(columns: Any, record: type) -> Iterator[str]:  # noqa: ANN401 - pairs of name and type
    yield "| name | type | meaning |"
    yield "|---|---|---|"
    said = field_meanings(record)
    for name, kind in columns:
        told = said.get(name, "").replace("|", "\\|")
        if kind.choices:
            told = f"{told}{': ' if told else ''}{', '.join(f'`{choice}`' for choice in kind.choices)}"
        yield f"| `{name}` | {kind}{'?' if kind.optional else ''} | {told} |"
