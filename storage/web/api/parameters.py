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
    names = [field.alias for field in route.dependant.query_params]
    counts = Counter(name for name, _ in request.query_params.multi_items())
    unknown_message = f"unknown; known here: {', '.join(names) or 'none'}"
    errors = [_error(name, unknown_message) for name in counts if name not in names]
    repeated = [name for name, count in counts.items() if count > 1 and name != "kinds" and name in names]
    errors += [_error(name, "sent more than once") for name in repeated]
    if errors:
        raise RequestValidationError(errors)


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
    if cursor_kind != kind or type(position) is not int or not 0 < position <= MAX_NUMBER:
        raise HTTPException(400, WRONG_CURSOR)
    return position


def page_of(kind: str, rows: Sequence[T], cursor: str | None, limit: int) -> tuple[tuple[T, ...], str | None]:
    """Return the page of `rows` that a cursor begins, and the cursor of the next page (None at the end)."""
    begin = read_cursor(kind, cursor)
    end = begin + limit
    return tuple(rows[begin:end]), write_cursor(kind, end) if end < len(rows) else None
