"""RevisitMiddleware: what was fetched before is asked for conditionally (ETag, Last-Modified)."""

from __future__ import annotations

from scrapy import Request

from storage.records import UrlKind

UNCONDITIONAL_KINDS = {UrlKind.SEED, UrlKind.LISTING}  # pages whose counters and tickers change every time


class ConditionalGetMiddleware:
    """Adds the validators of the last answer; the 304 that may come back is a verdict of its own."""

    def process_request(self, request: Request) -> None:
        """Make the request conditional when its URL was answered before."""
        task = request.meta.get("task")
        if task is None or task.payload_digest is None or task.kind in UNCONDITIONAL_KINDS:
            return
        if task.etag:
            request.headers["If-None-Match"] = task.etag
        if task.last_modified:
            request.headers["If-Modified-Since"] = task.last_modified
