"""Downloader middleware for conditional GET: sends If-None-Match and If-Modified-Since for known URLs."""

from __future__ import annotations

from scrapy import Request

from storage.records import UrlKind

UNCONDITIONAL_KINDS = {UrlKind.SEED, UrlKind.LISTING}  # their counters and tickers change every time


class ConditionalGetMiddleware:
    """Adds the ETag and Last-Modified of the last response; a 304 is settled as an unchanged page."""

    def process_request(self, request: Request) -> None:
        """Add the validators when the URL was fetched before."""
        task = request.meta.get("task")
        if task is None or task.payload_digest is None or task.kind in UNCONDITIONAL_KINDS:
            return
        if task.etag:
            request.headers["If-None-Match"] = task.etag
        if task.last_modified:
            request.headers["If-Modified-Since"] = task.last_modified
