"""Download handler that sends requests for hosts of the dial map to replica servers on loopback addresses."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol
from urllib.parse import urlsplit, urlunsplit

from scrapy import Request
from scrapy.http import Response


class DownloadHandler(Protocol):
    """The interface of the handler that another one wraps."""

    async def download_request(self, request: Request) -> Response:
        """Return the response to the request."""

    async def close(self) -> None:
        """Close the connections."""


class ReplicaDialHandler:
    """Lets a live site's profile run against its replica; each capture names the replica's address."""

    def __init__(self, next_handler: DownloadHandler, dial: Mapping[str, str]) -> None:
        self._next = next_handler
        self._dial = {host.lower(): address for host, address in dial.items()}

    @property
    def hosts(self) -> frozenset[str]:
        """Host names of the dial map, in lower case."""
        return frozenset(self._dial)

    async def download_request(self, request: Request) -> Response:
        """Download from the replica when the host is in the dial map, else from the host itself."""
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
        """Close the connections."""
        await self._next.close()
