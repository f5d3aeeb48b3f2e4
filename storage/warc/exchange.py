"""Exchange, Conversion and StoredResponse: what is written to WARC files and read back from them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

from storage.warc.content_encoding import undo_encodings

Headers: TypeAlias = tuple[tuple[str, str], ...]
"""Name and value in the order of the wire; text is bytes read as Latin-1 (as in WSGI), so that any
bytes survive. Characters beyond U+00FF are written as UTF-8."""


@dataclass(frozen=True, slots=True)
class Exchange:
    """One request and its response, as they went over the wire."""

    method: str
    url: str  # without fragment
    request_headers: Headers
    status: int
    reason: str
    response_headers: Headers
    body: bytes  # as sent: with its content-encoding, without transfer-encoding
    fetched_at: datetime  # aware
    ip: str | None = None  # of the server that answered
    dialled: str | None = None  # `127.0.0.1:8001` when the host was dialled to a replica
    request_body: bytes = b""
    truncated: str | None = None  # why body is incomplete: length, time, disconnect or unspecified

    def __post_init__(self) -> None:
        """Raise ValueError for a naive time."""
        if self.fetched_at.tzinfo is None:
            raise ValueError(
                f"{self.url}: fetched_at {self.fetched_at} has no time zone; pass an aware datetime"
            )


@dataclass(frozen=True, slots=True)
class Original:
    """The earlier capture a revisit refers to."""

    record_id: str  # `<urn:uuid:…>`; empty when another tool's revisit has none
    payload_digest: str  # `sha1:<base32>`
    url: str
    fetched_at: datetime  # aware


RENDERED = "text/html; charset=utf-8; rendered=dom"
"""Content-Type of a conversion; the captures of exchanges never have it."""


@dataclass(frozen=True, slots=True)
class Conversion:
    """A rendered document: a response as the scripts in a browser left it."""

    url: str  # without fragment
    body: bytes  # UTF-8
    made_at: datetime  # aware
    refers_to: str  # record id of the rendered response
    by: str  # name and version of the browser
    dialled: str | None = None  # as of the response


@dataclass(frozen=True, slots=True)
class StoredResponse:
    """A response read back from a WARC; a revisit has headers but no body of its own."""

    url: str
    fetched_at: datetime  # aware
    status: int
    reason: str
    headers: Headers
    body: bytes  # as sent: with its content-encoding, without transfer-encoding
    refers_to: Original | None = None  # set on a revisit: the capture with the body
    rendered_by: str | None = None  # set on a conversion: the browser

    def content(self, max_bytes: int = 256 << 20) -> bytes:
        """Return the body with its content-encodings decoded, of at most `max_bytes`.

        Raises ContentError when an encoding is unknown, broken, cut off, or unpacks to more.
        """
        names = [value for name, value in self.headers if name.lower() == "content-encoding"]
        return undo_encodings(self.body, ",".join(names), max_bytes)
