"""Page cursors: encode where a page of results ended as opaque text, and decode it for the next page."""

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
    """Where the next page of results begins; without values, at the first hit."""

    article_id: int | None = None  # the last ranked article that was returned
    returned: int = 0  # ranked articles returned so far
    day_key: DayKey | None = None  # of the last article returned in the order of days


def encode_cursor(cursor: PageCursor, query: Query, order: str) -> str:
    """Return the cursor as text of letters, digits, - and _."""
    fields = [_query_checksum(query, order), cursor.article_id, cursor.returned, cursor.day_key]
    encoded = base64.urlsafe_b64encode(json.dumps(fields, separators=(",", ":")).encode())
    return encoded.decode().rstrip("=")


def decode_cursor(text: str | None, query: Query, order: str) -> PageCursor:
    """Return the cursor of a text; the beginning for None.

    Raises QueryError for a cursor of another query or order, and for any other text.
    """
    if text is None:
        return PageCursor()
    try:
        padded = text.encode("ascii") + b"=" * (-len(text) % 4)
        checksum, article_id, returned, day_key = json.loads(base64.urlsafe_b64decode(padded))
        cursor = PageCursor(
            _integer_or_none(article_id),
            _integer_or_none(returned) or 0,
            (int(day_key[0]), int(day_key[1])) if day_key else None,
        )
    except (ValueError, TypeError, LookupError) as error:
        message = "This is no cursor: begin at the first page"
        raise QueryError(message, 0, QueryProblem.CURSOR) from error
    if checksum != _query_checksum(query, order):
        message = "This cursor is of another query or order: begin at the first page"
        raise QueryError(message, 0, QueryProblem.CURSOR)
    return cursor


def _integer_or_none(value: object) -> int | None:
    if value is None or (isinstance(value, int) and abs(value) < 1 << 62):
        return value
    raise ValueError(value)


def _query_checksum(query: Query, order: str) -> int:
    return zlib.crc32(f"{order} {query.text}".encode())
