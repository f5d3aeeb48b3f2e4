"""GuardHandler: nothing is asked at an address that is not on the public internet."""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from urllib.parse import urlsplit

from scrapy import Request
from scrapy.exceptions import CannotResolveHostError
from scrapy.http import Response

from crawler.handlers.dial import Handler
from spiders.failures import PrivateAddress


class GuardHandler:
    """Refuses hosts that resolve to private, loopback or link-local addresses."""

    def __init__(self, following: Handler, exempt: frozenset[str]) -> None:
        self._next = following
        self._public = set(exempt)

    async def download_request(self, request: Request) -> Response:
        """Check the host once, ask, and check where the answer came from."""
        host = (urlsplit(request.url).hostname or "").lower()
        dialled = host in self._public
        if not dialled:
            for address in await _addresses(host):
                _require_public(host, address)
        response = await self._next.download_request(request)
        if not dialled and response.ip_address is not None:
            _require_public(host, str(response.ip_address))
        return response

    async def close(self) -> None:
        """End the connections."""
        await self._next.close()


async def _addresses(host: str) -> set[str]:
    try:
        found = await asyncio.get_running_loop().getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise CannotResolveHostError(f"{host}: {error}; check the name, or the network") from error
    return {str(entry[4][0]) for entry in found}


def _require_public(host: str, address: str) -> None:
    if not ipaddress.ip_address(address.partition("%")[0]).is_global:
        raise PrivateAddress(f"{host} is at {address}, not on the public internet: not asked")
