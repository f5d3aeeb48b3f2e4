"""Cursors: where a page of an answer ended, as text a reader hands back."""

from __future__ import annotations

import base64
import json
import zlib
from dataclasses import dataclass

from storage.search.documents import Key
from storage.search.query.lexer import Problem, QueryError
from storage.search.query.tree import Query


@dataclass(frozen=True, slots=True)
class Place:
    """Where the next page begins."""

    article: int | None = None  # the last one shown of those ranked
    shown: int = 0  # how many were
    key: Key | None = None  # of the last one shown of those listed by day


def write(place: Place, query: Query, order: str) -> str:
    """The cursor: letters, digits, - and _."""
    told = [_print(query, order), place.article, place.shown, place.key]
    return base64.urlsafe_b64encode(json.dumps(told, separators=(",", ":")).encode()).decode().rstrip("=")


def read(cursor: str | None, query: Query, order: str) -> Place:
    """The place a cursor tells; the beginning for none.

    Raises QueryError for one of another query or order, or for any other text.
    """
    if cursor is None:
        return Place()
    try:
        padded = cursor.encode("ascii") + b"=" * (-len(cursor) % 4)
        made, article, shown, key = json.loads(base64.urlsafe_b64decode(padded))
        place = Place(_number(article), _number(shown) or 0, (int(key[0]), int(key[1])) if key else None)
    except (ValueError, TypeError, LookupError) as error:
        raise QueryError("This is no cursor: begin at the first page", 0, Problem.CURSOR) from error
    if made != _print(query, order):
        raise QueryError(
            "This cursor is of another query or order: begin at the first page", 0, Problem.CURSOR
        )
    return place


def _number(told: object) -> int | None:
    if told is None or (isinstance(told, int) and abs(told) < 1 << 62):
        return told
    raise ValueError(told)


def _print(query: Query, order: str) -> int:
    return zlib.crc32(f"{order} {query.text}".encode())
