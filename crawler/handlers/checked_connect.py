"""HTTP download handler that checks the IP address of every socket before it connects."""

from __future__ import annotations

import socket
from collections.abc import Collection, Mapping
from typing import Any

import aiohttp
from aiohttp.abc import ResolveResult
from aiohttp.resolver import ThreadedResolver
from scrapy.core.downloader.handlers._aiohttp import AiohttpDownloadHandler, _ClientResponse
from scrapy.crawler import Crawler

from crawler.site_run import site_run_of
from spiders.responses.failures import PrivateAddress
from spiders.urls.public_addresses import is_public

LOOPBACK_ADDRESSES = {"localhost": ("127.0.0.1", "::1")}
Endpoint = tuple[str, int]


class AddressCheck:
    """Allows connections to public IP addresses and to the loopback ports of the dial map only."""

    def __init__(self, dialled: Collection[str] = ()) -> None:
        self._dialled = frozenset(end for address in dialled for end in _endpoints(address))

    def require_allowed(self, host: str, address: str, port: int) -> None:
        """Raise PrivateAddress unless connecting to the IP address and port is allowed."""
        if not is_public(address) and (address, port) not in self._dialled:
            raise PrivateAddress(f"{host} is at {address}, not on the public internet: not asked")

    def open_socket(self, resolved: tuple[Any, ...]) -> socket.socket:
        """Return a socket for one resolved address; raises PrivateAddress. aiohttp then connects it."""
        family, kind, protocol, _, address = resolved
        self.require_allowed(str(address[0]), str(address[0]), int(address[1]))
        return socket.socket(family, kind, protocol)


def _endpoints(address: str) -> list[Endpoint]:
    host, _, port = address.rpartition(":")
    host = host.strip("[]")
    return [(name, int(port)) for name in LOOPBACK_ADDRESSES.get(host, (host,)) if port.isdigit()]


class CheckedResolver(ThreadedResolver):
    """Resolves a host name and refuses it when any of its addresses is private.

    aiohttp connects to the returned addresses, so a name server that changes its answer (DNS rebinding) gains
    nothing. IP addresses written into a URL are not resolved; they are checked by `Gate.open_socket`.
    """

    def __init__(self, address_check: AddressCheck) -> None:
        super().__init__()
        self._address_check = address_check

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        """Return every address of the host; raises OSError, PrivateAddress."""
        try:
            results = await super().resolve(host, port, family)
        except UnicodeError as error:  # not encodable as a host name
            raise OSError(f"no host name: {error}") from error
        for result in results:
            self._address_check.require_allowed(host, result["host"], result["port"])
        return results


class CheckedConnectHandler(AiohttpDownloadHandler):
    """Scrapy's aiohttp handler with checked sockets; proxies of the environment are not used."""

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self._session.detach()  # Scrapy's own connector opens any socket; it has opened none so far
        self._session = checked_session(
            AddressCheck(site_run_of(crawler).config.dial.values()),
            {
                "local_addr": self._bind_address,
                "limit": self._pool_size_total,
                "limit_per_host": self._pool_size_per_host,
            },
        )


def checked_session(address_check: AddressCheck, connector: Mapping[str, Any]) -> aiohttp.ClientSession:
    """Return a client session like Scrapy's whose resolver and sockets check addresses."""
    client_session = aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(
            **connector, resolver=CheckedResolver(address_check), socket_factory=address_check.open_socket
        ),
        cookie_jar=aiohttp.DummyCookieJar(),
        auto_decompress=False,
        trust_env=False,  # no proxy and no password file may change where requests go, or what they carry
        response_class=_ClientResponse,
        skip_auto_headers=("Accept", "Accept-Encoding", "Content-Type", "User-Agent"),
    )
    # aiohttp would repeat what a server hung up on, at once and unseen: neither gap nor budget knew of it
    client_session._retry_connection = False
    return client_session
