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
MAX_JSON_BYTES = 16 << 20  # of one answer, uncompressed
MIN_GZIP_BYTES = 1024
REVALIDATE = "private, no-cache"  # stored by the client alone, and revalidated each time
ETAG = re.compile(r'(?:W/)?("[^"]*")')


@cache
def _json_adapter(response_model: Any) -> TypeAdapter[Any]:  # noqa: ANN401
    return TypeAdapter(response_model)


def json_response(request: Request, response_model: Any, cache_control: str = REVALIDATE) -> Response:  # noqa: ANN401 - any record
    """Return a response model as JSON; 304 without a body when the client has the same bytes."""
    return json_bytes_response(
        request,
        _json_adapter(cast("Hashable", type(response_model))).dump_json(response_model),
        cache_control,
    )


def json_bytes_response(
    request: Request, json_body: bytes, cache_control: str = REVALIDATE, media: str = JSON_MEDIA_TYPE
) -> Response:
    """Return JSON bytes as the response; 304 without a body when the client has them.

    Compressed here and not by the pages' middleware: a strong ETag names these very bytes, so compressed
    ones have another tag, and always the same one (the gzip header has no time in it).
    """
    if len(json_body) > MAX_JSON_BYTES:
        raise HTTPException(422, f"{len(json_body)} bytes, at most {MAX_JSON_BYTES}: ask for less")
    json_headers = {"Cache-Control": cache_control, "Vary": "Accept-Encoding", "Content-Type": media}
    if len(json_body) >= MIN_GZIP_BYTES and _takes_gzip(request):
        json_body = gzip.compress(json_body, 6, mtime=0)
        json_headers["Content-Encoding"] = "gzip"
    json_etag = f'"{hashlib.sha256(json_body).hexdigest()[:32]}"'
    json_headers["ETag"] = json_etag
    if _etag_matches(request.headers.get("if-none-match", ""), json_etag):
        del json_headers["Content-Type"]
        json_headers.pop("Content-Encoding", None)
        return Response(status_code=304, headers=json_headers)
    return Response(json_body, headers=json_headers)


def _etag_matches(if_none_match: str, json_etag: str) -> bool:
    """True when If-None-Match names the tag; it compares weakly (RFC 9110, 13.1.2)."""
    return if_none_match.strip() == "*" or json_etag in ETAG.findall(if_none_match)


def _takes_gzip(request: Request) -> bool:
    for encoding in request.headers.get("accept-encoding", "").split(","):
        encoding_name, _, encoding_weight = encoding.strip().lower().partition(";")
        if encoding_name.strip() == "gzip":
            return not re.fullmatch(r"\s*q\s*=\s*0(\.0*)?\s*", encoding_weight)
    return False


class PageCompressionMiddleware(GZipMiddleware):
    """Compresses pages; the API compresses its own responses."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        is_api_request = scope["type"] == "http" and str(scope["path"]).startswith(API_PREFIX)
        await (self.app if is_api_request else super().__call__)(scope, receive, send)
