"""Takes user and groups from a reverse proxy's headers, when the peer is one of the configured proxies."""

from __future__ import annotations

import re
from collections.abc import Iterable
from ipaddress import ip_address, ip_network

from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from storage.web.auth.roles import Access, Network, Role, role_for

USER = re.compile(r"[^\x00-\x1f\x7f,]{1,200}")


def parse_network(proxy: str) -> Network:
    """Return the network of a proxy as it is configured: an address, or `10.0.0.0/8`. Raises ValueError."""
    return ip_network(proxy, strict=True)


def is_trusted_proxy(peer: str | None, proxies: Iterable[Network]) -> bool:
    """True when the peer's address is in one of the proxies' networks; IPv4 mapped into IPv6 counts too."""
    try:
        address = ip_address(peer or "")
    except ValueError:
        return False
    mapped = getattr(address, "ipv4_mapped", None)
    return any((mapped or address) in network for network in proxies)


class Proxied:
    """Takes who asks from the proxy's headers, and takes these headers away from everybody else.

    It sets `vouched` (name, role) in the scope. It must stand before whatever changes the peer's address.
    """

    def __init__(self, app: ASGIApp, access: Access) -> None:
        self.app = app
        self._access = access
        self._names = {name.lower().encode() for name in (access.user_header, access.groups_header) if name}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] == "http" and self._names:
            told = [(name, value) for name, value in scope["headers"] if name in self._names]
            kept = [(name, value) for name, value in scope["headers"] if name not in self._names]
            scope = {**scope, "headers": kept}
            peer = (scope.get("client") or (None,))[0]
            if is_trusted_proxy(peer, self._access.proxies):
                if len({name for name, _ in told}) < len(told):
                    await PlainTextResponse("The proxy tells twice who asks", 400)(scope, receive, send)
                    return
                scope["vouched"] = self._vouched(dict(told))
        await self.app(scope, receive, send)

    def _vouched(self, told: dict[bytes, bytes]) -> tuple[str, Role] | None:
        user = _text(told.get(self._access.user_header.lower().encode(), b""))
        if not USER.fullmatch(user):
            return None
        groups = _text(told.get(self._access.groups_header.lower().encode(), b"")).split(",")
        return user, role_for((user, *(each.strip() for each in groups)), self._access.granted)


def _text(value: bytes) -> str:
    try:
        return value.decode().strip()
    except UnicodeDecodeError:
        return value.decode("latin-1").strip()
