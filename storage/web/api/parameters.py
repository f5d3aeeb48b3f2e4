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
WRONG_CURSOR = "this is no cursor of this list; begin at the first page"
HIGHEST = (1 << 53) - 1  # numbers JSON readers keep exactly
TIDY = r"^[^\x00-\x1f\x7f]*$"  # no control characters

Number = Annotated[int, Path(ge=1, le=HIGHEST, description="the number, for ever the same")]
Key = Annotated[str, Path(min_length=1, max_length=80, pattern=TIDY, description="key of the site")]
Named = Annotated[str, Path(min_length=1, max_length=200, pattern=TIDY, description="key, number or name")]
After = Annotated[
    str | None,
    Query(max_length=200, pattern=r"^[A-Za-z0-9_-]*$", description="`next` of the page before this one"),
]


def only_known(request: Request) -> None:
    """Refuses parameters that mean nothing here, and those told twice: a slip of the pen is no answer."""
    route = request.scope.get("route")
    if not isinstance(route, APIRoute):
        return
    known = {field.alias: field.field_info for field in route.dependant.query_params}
    times = Counter(name for name, _ in request.query_params.multi_items())
    wrong = [
        _error(name, f"unknown; known here: {', '.join(known) or 'none'}")
        for name in times
        if name not in known
    ]
    many = [name for name, count in times.items() if count > 1 and name != "kinds" and name in known]
    wrong += [_error(name, "told more than once") for name in many]
    if wrong:
        raise RequestValidationError(wrong)


def _error(name: str, message: str) -> dict[str, object]:
    return {"loc": ("query", name), "msg": message, "type": "value_error"}


def write_cursor(kind: str, position: int) -> str:
    """Return the cursor of a position in the list `kind`: letters, digits, - and _."""
    return base64.urlsafe_b64encode(json.dumps([kind, position]).encode()).decode().rstrip("=")


def read_cursor(kind: str, cursor: str | None) -> int:
    """Return the position in the list `kind` that a cursor names; 0 for no cursor.

    Raises HTTPException (400) for a cursor of another list.
    """
    if cursor is None:
        return 0
    try:
        padded = cursor.encode("ascii") + b"=" * (-len(cursor) % 4)
        cursor_kind, position = json.loads(base64.b64decode(padded, b"-_", validate=True))
    except (ValueError, TypeError) as error:
        raise HTTPException(400, WRONG_CURSOR) from error
    if cursor_kind != kind or type(position) is not int or not 0 < position <= HIGHEST:
        raise HTTPException(400, WRONG_CURSOR)
    return position


def page_of(kind: str, rows: Sequence[T], cursor: str | None, limit: int) -> tuple[tuple[T, ...], str | None]:
    """Return the page of `rows` that a cursor begins, and the cursor of the next page (None at the end)."""
    begin = read_cursor(kind, cursor)
    end = begin + limit
    return tuple(rows[begin:end]), write_cursor(kind, end) if end < len(rows) else None
