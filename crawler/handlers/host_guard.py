"""Download handler that refuses foreign hosts and responses from private IP addresses."""

from __future__ import annotations

from urllib.parse import urlsplit

from scrapy import Request
from scrapy.http import Response

from crawler.handlers.replica_dial import DownloadHandler
from spiders.responses.failures import ForeignHost, PrivateAddress
from spiders.urls.public_addresses import is_public

SCHEMES = {"http", "https"}


class HostGuardHandler:
    """Checks scheme and host of each request before it is sent, and the IP address of its response.

    `CheckedConnectHandler` checks the address before the connection is made.
    """

    def __init__(self, next_handler: DownloadHandler, hosts: frozenset[str], dialled: frozenset[str]) -> None:
        self._next = next_handler
        self._hosts = hosts
        self._dialled = dialled

    async def download_request(self, request: Request) -> Response:
        """Download from a host of the site; raises ForeignHost, PrivateAddress."""
        parts = urlsplit(request.url)
        host = (parts.hostname or "").lower()
        if parts.scheme not in SCHEMES or host not in self._hosts:
            raise ForeignHost(f"{host or request.url[:80]} is no host of this site: not asked")
        response = await self._next.download_request(request)
        address = response.ip_address
        if address is not None and host not in self._dialled and not is_public(str(address)):
            raise PrivateAddress(f"{host} answered from {address}, not on the public internet: not taken")
        return response

    async def close(self) -> None:
        """Close the connections."""
        await self._next.close()
