"""Query and path parameters that several routes of the API share, cursors of lists, and their validation."""

from __future__ import annotations

import base64
import json
from collections import Counter
from collections.abc import Sequence
from typing import Annotated, TypeVar

from fastapi import HTTPException, Path, Query, Request
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute

T = TypeVar("T")
WRONG_CURSOR_MESSAGE = "this is no cursor of this list; begin at the first page"
MAX_NUMBER = (1 << 53) - 1  # numbers JSON readers keep exactly
NO_CONTROL_CHARS = r"^[^\x00-\x1f\x7f]*$"  # no control characters

Number = Annotated[int, Path(ge=1, le=MAX_NUMBER, description="the number, for ever the same")]
SiteKey = Annotated[
    str, Path(min_length=1, max_length=80, pattern=NO_CONTROL_CHARS, description="key of the site")
]
KeyOrName = Annotated[
    str, Path(min_length=1, max_length=200, pattern=NO_CONTROL_CHARS, description="key, number or name")
]
After = Annotated[
    str | None,
    Query(max_length=200, pattern=r"^[A-Za-z0-9_-]*$", description="`next` of the page before this one"),
]


def reject_unknown_parameters(request: Request) -> None:
    """Dependency of every route: raise RequestValidationError (422) for unknown or repeated parameters."""
    route = request.scope.get("route")
    if not isinstance(route, APIRoute):
        return
    parameter_names = [field.alias for field in route.dependant.query_params]
    parameter_counts = Counter(parameter for parameter, _ in request.query_params.multi_items())
    unknown_parameter = f"unknown; known here: {', '.join(parameter_names) or 'none'}"
    parameter_errors = [
        _parameter_error(parameter, unknown_parameter)
        for parameter in parameter_counts
        if parameter not in parameter_names
    ]
    repeated_parameters = [
        parameter
        for parameter, parameter_count in parameter_counts.items()
        if parameter_count > 1 and parameter != "kinds" and parameter in parameter_names
    ]
    parameter_errors += [
        _parameter_error(parameter, "sent more than once") for parameter in repeated_parameters
    ]
    if parameter_errors:
        raise RequestValidationError(parameter_errors)


def _parameter_error(parameter: str, message: str) -> dict[str, object]:
    return {"loc": ("query", parameter), "msg": message, "type": "value_error"}


def write_cursor(list_name: str, cursor_position: int) -> str:
    """Return the cursor of a position in the list `kind`: letters, digits, - and _."""
    return base64.urlsafe_b64encode(json.dumps([list_name, cursor_position]).encode()).decode().rstrip("=")


def read_cursor(list_name: str, cursor: str | None) -> int:
    """Return the position in the list `kind` that a cursor names; 0 for no cursor.

    Raises HTTPException (400) for a cursor of another list.
    """
    if cursor is None:
        return 0
    try:
        padded_cursor = cursor.encode("ascii") + b"=" * (-len(cursor) % 4)
        cursor_list, cursor_position = json.loads(base64.b64decode(padded_cursor, b"-_", validate=True))
    except (ValueError, TypeError) as error:
        raise HTTPException(400, WRONG_CURSOR_MESSAGE) from error
    if cursor_list != list_name or type(cursor_position) is not int or not 0 < cursor_position <= MAX_NUMBER:
        raise HTTPException(400, WRONG_CURSOR_MESSAGE)
    return cursor_position


def cursor_page(
    list_name: str, rows: Sequence[T], cursor: str | None, limit: int
) -> tuple[tuple[T, ...], str | None]:
    """Return the page of `rows` that a cursor begins, and the cursor of the next page (None at the end)."""
    cursor_begin = read_cursor(list_name, cursor)
    cursor_end = cursor_begin + limit
    return tuple(rows[cursor_begin:cursor_end]), write_cursor(list_name, cursor_end) if cursor_end < len(
        rows
    ) else None
