"""Cursors: where a page of an answer ended, as text a reader hands back."""

from __future__ import annotations

import base64
import json
import zlib
from dataclasses import dataclass

from storage.search.documents import DayKey
from storage.search.query.lexer import QueryError, QueryProblem
from storage.search.query.tree import Query


@dataclass(frozen=True, slots=True)
class PageCursor:
    """Where the next page begins."""

    article: int | None = None  # the last one shown of those ranked
    shown: int = 0  # how many were
    key: DayKey | None = None  # of the last one shown of those listed by day


def encode_cursor(place: PageCursor, query: Query, order: str) -> str:
    """The cursor: letters, digits, - and _."""
    told = [_print(query, order), place.article, place.shown, place.key]
    return base64.urlsafe_b64encode(json.dumps(told, separators=(",", ":")).encode()).decode().rstrip("=")


def decode_cursor(cursor: str | None, query: Query, order: str) -> PageCursor:
    """The place a cursor tells; the beginning for none.

    Raises QueryError for one of another query or order, or for any other text.
    """
    if cursor is None:
        return PageCursor()
    try:
        padded = cursor.encode("ascii") + b"=" * (-len(cursor) % 4)
        made, article, shown, key = json.loads(base64.urlsafe_b64decode(padded))
        place = PageCursor(_number(article), _number(shown) or 0, (int(key[0]), int(key[1])) if key else None)
    except (ValueError, TypeError, LookupError) as error:
        raise QueryError("This is no cursor: begin at the first page", 0, QueryProblem.CURSOR) from error
    if made != _print(query, order):
        raise QueryError(
            "This cursor is of another query or order: begin at the first page", 0, QueryProblem.CURSOR
        )
    return place


def _number(told: object) -> int | None:
    if told is None or (isinstance(told, int) and abs(told) < 1 << 62):
        return told
    raise ValueError(told)


def _print(query: Query, order: str) -> int:
    return zlib.crc32(f"{order} {query.text}".encode())
