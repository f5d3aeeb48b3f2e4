"""Cursors: where a page of a list ended, as text a program hands back and does not read."""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence
from typing import TypeVar

from fastapi import HTTPException

T = TypeVar("T")
WRONG = "this is no cursor of this list; begin at the first page"
HIGHEST = 1 << 53


def write(kind: str, place: int) -> str:
    """A cursor of the list `kind`: letters, digits, - and _."""
    return base64.urlsafe_b64encode(json.dumps([kind, place]).encode()).decode().rstrip("=")


def read(kind: str, cursor: str | None) -> int:
    """The place a cursor tells; 0 for none. HTTPException (400) for a cursor of another list."""
    if cursor is None:
        return 0
    try:
        padded = cursor.encode("ascii") + b"=" * (-len(cursor) % 4)
        named, place = json.loads(base64.b64decode(padded, b"-_", validate=True))
    except (ValueError, TypeError) as error:
        raise HTTPException(400, WRONG) from error
    if named != kind or type(place) is not int or not 0 < place < HIGHEST:
        raise HTTPException(400, WRONG)
    return place


def page(kind: str, rows: Sequence[T], cursor: str | None, limit: int) -> tuple[tuple[T, ...], str | None]:
    """(rows of the page a cursor begins, cursor of the page after it)."""
    begin = read(kind, cursor)
    end = begin + limit
    return tuple(rows[begin:end]), write(kind, end) if end < len(rows) else None
