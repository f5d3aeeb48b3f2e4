"""DialHandler: hosts of the dial map are asked at a loopback address, everything else as ever."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol
from urllib.parse import urlsplit, urlunsplit

from scrapy import Request
from scrapy.http import Response


class DownloadHandler(Protocol):
    """The part of Scrapy's download handlers that ours wrap."""

    async def download_request(self, request: Request) -> Response:
        """Download."""

    async def close(self) -> None:
        """Clean up."""


class ReplicaDialHandler:
    """Lets a live site's profile run unchanged against its replica; visible in every capture."""

    def __init__(self, next_handler: DownloadHandler, dial: Mapping[str, str]) -> None:
        self._next = next_handler
        self._dial = {host.lower(): address for host, address in dial.items()}

    @property
    def hosts(self) -> frozenset[str]:
        """The hosts that are dialled."""
        return frozenset(self._dial)

    async def download_request(self, request: Request) -> Response:
        """Ask the replica when the host is dialled."""
        parts = urlsplit(request.url)
        address = self._dial.get((parts.hostname or "").lower())
        if address is None:
            return await self._next.download_request(request)
        url = urlunsplit(("http", address, parts.path or "/", parts.query, ""))
        dialled = request.replace(url=url)
        dialled.headers["Host"] = parts.netloc
        request.meta["dialled"] = address
        response = await self._next.download_request(dialled)
        return response.replace(url=request.url)

    async def close(self) -> None:
        """End the connections."""
        await self._next.close()
