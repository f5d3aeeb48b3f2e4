"""Column types of an export, from the annotations of the records; every format translates them."""

from __future__ import annotations

import types
from dataclasses import dataclass, is_dataclass, replace
from datetime import date, datetime
from datetime import time as WallTime
from enum import Enum, StrEnum
from functools import cache
from typing import Any, Union, get_args, get_origin, get_type_hints

from storage.export.export_row import COLUMNS, ExportRow


class ValueKind(Enum):
    """The kinds of values in an export."""

    TEXT = "text"
    INTEGER = "integer"
    BOOLEAN = "boolean"
    DAY = "day"
    INSTANT = "instant"
    LIST = "list"
    STRUCT = "struct"


@dataclass(frozen=True, slots=True)
class ColumnType:
    """The type of a column or of a part of one."""

    kind: ValueKind
    optional: bool = False
    inner: tuple[tuple[str, ColumnType], ...] = ()  # of a list: one, nameless; of a struct: its fields
    choices: tuple[str, ...] = ()  # of a closed list
    record: type | None = None  # the dataclass of a struct

    def __str__(self) -> str:
        """Return the type as the data dictionary names it."""
        match self.kind:
            case ValueKind.LIST:
                return f"list of {self.inner[0][1]}"
            case ValueKind.STRUCT:
                return self.record.__name__ if self.record else "struct"
        return str(self.kind.value)


PLAIN_TYPES = {
    str: ValueKind.TEXT,
    int: ValueKind.INTEGER,
    bool: ValueKind.BOOLEAN,
    date: ValueKind.DAY,
    datetime: ValueKind.INSTANT,
    WallTime: ValueKind.TEXT,  # `14:05:00`: of what is printed, in no zone
}


def column_type(column_annotation: Any) -> ColumnType:  # noqa: ANN401 - any annotation
    """Return the column type of an annotation; raises TypeError for one that no export has a column for."""
    if get_origin(column_annotation) in {Union, types.UnionType}:
        (column_member,) = [
            annotation_part
            for annotation_part in get_args(column_annotation)
            if annotation_part is not type(None)
        ]
        return replace(column_type(column_member), optional=True)
    if get_origin(column_annotation) is tuple:
        return ColumnType(ValueKind.LIST, inner=(("", column_type(get_args(column_annotation)[0])),))
    if isinstance(column_annotation, type) and issubclass(column_annotation, StrEnum):
        return ColumnType(
            ValueKind.TEXT, choices=tuple(column_choice.value for column_choice in column_annotation)
        )
    if column_annotation in PLAIN_TYPES:
        return ColumnType(PLAIN_TYPES[column_annotation])
    if is_dataclass(column_annotation):
        column_hints = get_type_hints(column_annotation)
        inner_column_types = tuple(
            (name, column_type(column_hint)) for name, column_hint in column_hints.items()
        )
        return ColumnType(
            ValueKind.STRUCT,
            inner=inner_column_types,
            record=column_annotation if isinstance(column_annotation, type) else None,
        )
    raise TypeError(f"{column_annotation}: no export has a column for it")


@cache
def column_types() -> dict[str, ColumnType]:
    """Return the type of every column by name, in the order of the columns."""
    column_hints = get_type_hints(ExportRow)
    return {name: column_type(column_hints[name]) for name in COLUMNS}
