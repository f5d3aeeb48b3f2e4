"""Requests that a rendered page's scripts make, sent through our own handlers.

The same rules hold as for any request: allowed hosts, robots.txt, politeness gap, WARC record, address check.
"""

from __future__ import annotations

import asyncio
from collections import Counter, defaultdict
from collections.abc import Mapping
from urllib.parse import urljoin, urlsplit

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.exceptions import (
    CannotResolveHostError,
    DownloadCancelledError,
    DownloadConnectionRefusedError,
    DownloadFailedError,
    DownloadTimeoutError,
    IgnoreRequest,
    ResponseDataLossError,
)
from scrapy.http import Response

from crawler.browser.page import BrowserRequest, BrowserResponse
from crawler.extensions.politeness import Politeness
from crawler.handlers.replica_dial import DownloadHandler

ALLOWED_METHODS = {"GET", "HEAD", "POST"}
REDIRECT_STATUSES = {301, 302, 303, 307, 308}
MAX_REDIRECTS = 5
MAX_SCRIPT_CACHE_BYTES = 64_000_000  # scripts kept in memory for the other pages of the run
FORWARDED_REQUEST_HEADERS = {
    "accept",
    "accept-language",
    "authorization",
    "content-type",
    "origin",
    "referer",
}
# They belong to the connection, or would make the browser store data or contact other hosts.
DROPPED_RESPONSE_HEADERS = {
    *("connection", "content-encoding", "content-length", "keep-alive", "transfer-encoding"),
    *("alt-svc", "set-cookie", "strict-transport-security", "link", "nel", "report-to"),
}
SUBREQUEST_ERRORS = (
    *(CannotResolveHostError, DownloadCancelledError, DownloadConnectionRefusedError, DownloadFailedError),
    *(DownloadTimeoutError, ResponseDataLossError, IgnoreRequest, OSError),
)


class BrowserSubrequests:
    """Sends the sub-requests of all pages of one crawl; counts each refusal with its reason."""

    def __init__(
        self, crawler: Crawler, next_handler: DownloadHandler, hosts: frozenset[str], counts: Counter[str]
    ) -> None:
        self._crawler = crawler
        self._next = next_handler
        self._hosts = hosts
        self._counts = counts
        self._script_cache: dict[str, BrowserResponse] = {}
        self._script_cache_bytes = 0
        self._script_locks: defaultdict[str, asyncio.Lock] = defaultdict(
            asyncio.Lock
        )  # by address of a script

    async def fetch(self, subrequest: BrowserRequest) -> BrowserResponse | None:
        """Return the response, or None when the request is refused or fails.

        A script file is fetched once a crawl, then served from memory. Raises WarcError, WriterClosedError.
        """
        if subrequest.kind != "script" or subrequest.method != "GET":
            return await self._fetch_once(subrequest)
        async with self._script_locks[subrequest.url]:
            if subrequest.url in self._script_cache:
                self._counts["scripts kept"] += 1
                return self._script_cache[subrequest.url]
            response = await self._fetch_once(subrequest)
            if (
                response
                and response.status == 200
                and self._script_cache_bytes + len(response.body) <= MAX_SCRIPT_CACHE_BYTES
            ):
                self._script_cache[subrequest.url] = response
                self._script_cache_bytes += len(response.body)
            return response

    async def _fetch_once(self, subrequest: BrowserRequest) -> BrowserResponse | None:
        if subrequest.method not in ALLOWED_METHODS:
            self._count_refusal(f"method {subrequest.method}")
            return None
        headers = {name: value for name, value in subrequest.headers.items() if _is_forwarded(name)}
        meta = {"url": subrequest.url, "kind": "script", "verbatim_url": True}
        request = Request(
            subrequest.url,
            method=subrequest.method,
            headers=headers,
            body=subrequest.body,
            meta=meta,
            dont_filter=True,
        )
        try:
            return await self._follow_redirects(request)
        except SUBREQUEST_ERRORS as error:
            self._count_refusal(getattr(error, "reason", None) or type(error).__name__)
            return None

    async def _follow_redirects(self, request: Request) -> BrowserResponse | None:
        """Follow redirects here: the browser would follow them without routing them through us."""
        for _ in range(MAX_REDIRECTS):
            if not self._is_allowed(request.url):
                self._count_refusal("another host")
                return None
            response = await self._through_the_middlewares(request)
            target = response.headers.get("Location")
            if response.status not in REDIRECT_STATUSES or not target:
                self._counts["requests of scripts"] += 1
                return BrowserResponse(response.status, forwarded_headers(response), response.body)
            url = urljoin(request.url, target.decode("latin-1"))
            request = request.replace(url=url, method="GET", body=b"")
        self._count_refusal("too many redirects")
        return None

    def _is_allowed(self, url: str) -> bool:
        parts = urlsplit(url)
        return parts.scheme in {"http", "https"} and (parts.hostname or "").lower() in self._hosts

    def _count_refusal(self, reason: str) -> None:
        self._counts[f"refused: {reason}"] += 1

    async def _through_the_middlewares(self, request: Request) -> Response:
        """Send through all downloader middlewares (robots.txt, cookie wall, retries, content encodings)."""
        assert self._crawler.engine
        middlewares = self._crawler.engine.downloader.middleware
        result: Request | Response = request
        while isinstance(result, Request):
            result = await middlewares.download_async(self._download, result)
        return result

    async def _download(self, request: Request) -> Response:
        politeness = self._crawler.get_extension(Politeness)
        assert politeness
        host = urlsplit(request.url).hostname or ""
        request.meta["download_slot"] = host
        async with politeness.wait_turn(host):
            response = await self._next.download_request(request)
        politeness.response_received(response, request)
        return response


def forwarded_headers(response: Response) -> Mapping[str, str]:
    """Return the response headers that are passed to the page; its content encoding is already undone."""
    pairs = ((name.decode("latin-1").lower(), values) for name, values in response.headers.items())
    return {
        name: b", ".join(values).decode("latin-1")
        for name, values in pairs
        if name not in DROPPED_RESPONSE_HEADERS
    }


def _is_forwarded(name: str) -> bool:
    return name in FORWARDED_REQUEST_HEADERS or name.startswith("x-")
