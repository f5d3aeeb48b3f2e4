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
    cursor_fields = [_query_checksum(query, order), cursor.article_id, cursor.returned, cursor.day_key]
    encoded_cursor = base64.urlsafe_b64encode(json.dumps(cursor_fields, separators=(",", ":")).encode())
    return encoded_cursor.decode().rstrip("=")


def decode_cursor(cursor_text: str | None, query: Query, order: str) -> PageCursor:
    """Return the cursor of a text; the beginning for None.

    Raises QueryError for a cursor of another query or order, and for any other text.
    """
    if cursor_text is None:
        return PageCursor()
    try:
        padded_cursor = cursor_text.encode("ascii") + b"=" * (-len(cursor_text) % 4)
        cursor_checksum, cursor_article_id, cursor_returned, cursor_day_key = json.loads(
            base64.urlsafe_b64decode(padded_cursor)
        )
        cursor = PageCursor(
            _integer_or_none(cursor_article_id),
            _integer_or_none(cursor_returned) or 0,
            (int(cursor_day_key[0]), int(cursor_day_key[1])) if cursor_day_key else None,
        )
    except (ValueError, TypeError, LookupError) as error:
        cursor_error = "This is no cursor: begin at the first page"
        raise QueryError(cursor_error, 0, QueryProblem.CURSOR) from error
    if cursor_checksum != _query_checksum(query, order):
        cursor_error = "This cursor is of another query or order: begin at the first page"
        raise QueryError(cursor_error, 0, QueryProblem.CURSOR)
    return cursor


def _integer_or_none(cursor_value: object) -> int | None:
    if cursor_value is None or (isinstance(cursor_value, int) and abs(cursor_value) < 1 << 62):
        return cursor_value
    raise ValueError(cursor_value)


def _query_checksum(query: Query, order: str) -> int:
    return zlib.crc32(f"{order} {query.text}".encode())
