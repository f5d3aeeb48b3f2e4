"""Reply: a value as JSON with a strong entity tag, packed when the asker can unpack it, bounded in size."""

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
LARGEST = 16 << 20  # bytes of one answer, unpacked
WORTH_PACKING = 1024  # bytes
FRESH = "private, no-cache"  # kept by the asker alone, and asked for anew each time
_TAG = re.compile(r'(?:W/)?("[^"]*")')


@cache
def _adapter(kind: Any) -> TypeAdapter[Any]:  # noqa: ANN401
    return TypeAdapter(kind)


def reply(request: Request, value: Any, fresh: str = FRESH) -> Response:  # noqa: ANN401 - any record
    """A record of the API's as the answer; 304 without it when the asker has it already."""
    return reply_bytes(request, _adapter(cast("Hashable", type(value))).dump_json(value), fresh)


def reply_bytes(request: Request, body: bytes, fresh: str = FRESH, media: str = JSON_MEDIA_TYPE) -> Response:
    """JSON as the answer.

    Packed here and not by the room's middleware: a strong tag names these very bytes, so packed ones have
    another, and the same ones every time (no clock in them).
    """
    if len(body) > LARGEST:
        raise HTTPException(422, f"{len(body)} bytes, at most {LARGEST}: ask for less")
    headers = {"Cache-Control": fresh, "Vary": "Accept-Encoding", "Content-Type": media}
    if len(body) >= WORTH_PACKING and _takes_gzip(request):
        body = gzip.compress(body, 6, mtime=0)
        headers["Content-Encoding"] = "gzip"
    tag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
    headers["ETag"] = tag
    if _known(request.headers.get("if-none-match", ""), tag):
        del headers["Content-Type"]
        headers.pop("Content-Encoding", None)
        return Response(status_code=304, headers=headers)
    return Response(body, headers=headers)


def _known(told: str, tag: str) -> bool:
    """Whether If-None-Match names the tag; it compares weakly (RFC 9110, 13.1.2)."""
    return told.strip() == "*" or tag in _TAG.findall(told)


def _takes_gzip(request: Request) -> bool:
    for part in request.headers.get("accept-encoding", "").split(","):
        name, _, weight = part.strip().lower().partition(";")
        if name.strip() == "gzip":
            return not re.fullmatch(r"\s*q\s*=\s*0(\.0*)?\s*", weight)
    return False


class PageCompressionMiddleware(GZipMiddleware):
    """Packs the room's pages; the API packs its own answers."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        calls = scope["type"] == "http" and str(scope["path"]).startswith(API_PREFIX)
        await (self.app if calls else super().__call__)(scope, receive, send)
