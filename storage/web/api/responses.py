"""JSON responses of the API: strong ETag, 304, gzip and a size limit; and gzip of the pages."""

from __future__ import annotations

import gzip
import hashlib
import re
from collections.abc import Hashable
from functools import cache
from typing import Any, cast

from fastapi import HTTPException, Request, Response
from pydantic import TypeAdapter
from starlette.middleware.gzip import GZipMiddleware
from starlette.types import Receive, Scope, Send

API_PREFIX = "/api/"
JSON_MEDIA_TYPE = "application/json"
MAX_ANSWER_BYTES = 16 << 20  # of one answer, uncompressed
MIN_GZIP_BYTES = 1024
REVALIDATE = "private, no-cache"  # stored by the client alone, and revalidated each time
_TAG = re.compile(r'(?:W/)?("[^"]*")')


@cache
def _adapter(kind: Any) -> TypeAdapter[Any]:  # noqa: ANN401
    return TypeAdapter(kind)


def reply(request: Request, value: Any, cache_control: str = REVALIDATE) -> Response:  # noqa: ANN401 - any record
    """Return a response model as JSON; 304 without a body when the client has the same bytes."""
    return reply_bytes(request, _adapter(cast("Hashable", type(value))).dump_json(value), cache_control)


def reply_bytes(
    request: Request, body: bytes, cache_control: str = REVALIDATE, media: str = JSON_MEDIA_TYPE
) -> Response:
    """Return JSON bytes as the response; 304 without a body when the client has them.

    Compressed here and not by the pages' middleware: a strong ETag names these very bytes, so compressed
    ones have another tag, and always the same one (the gzip header has no time in it).
    """
    if len(body) > MAX_ANSWER_BYTES:
        raise HTTPException(422, f"{len(body)} bytes, at most {MAX_ANSWER_BYTES}: ask for less")
    headers = {"Cache-Control": cache_control, "Vary": "Accept-Encoding", "Content-Type": media}
    if len(body) >= MIN_GZIP_BYTES and _takes_gzip(request):
        body = gzip.compress(body, 6, mtime=0)
        headers["Content-Encoding"] = "gzip"
    tag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
    headers["ETag"] = tag
    if _etag_matches(request.headers.get("if-none-match", ""), tag):
        del headers["Content-Type"]
        headers.pop("Content-Encoding", None)
        return Response(status_code=304, headers=headers)
    return Response(body, headers=headers)


def _etag_matches(if_none_match: str, tag: str) -> bool:
    """True when If-None-Match names the tag; it compares weakly (RFC 9110, 13.1.2)."""
    return if_none_match.strip() == "*" or tag in _TAG.findall(if_none_match)


def _takes_gzip(request: Request) -> bool:
    for part in request.headers.get("accept-encoding", "").split(","):
        name, _, weight = part.strip().lower().partition(";")
        if name.strip() == "gzip":
            return not re.fullmatch(r"\s*q\s*=\s*0(\.0*)?\s*", weight)
    return False


class PageCompressionMiddleware(GZipMiddleware):
    """Compresses pages; the API compresses its own responses."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        calls = scope["type"] == "http" and str(scope["path"]).startswith(API_PREFIX)
        await (self.app if calls else super().__call__)(scope, receive, send)
