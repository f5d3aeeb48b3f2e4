"""Takes user and groups from a reverse proxy's headers, when the peer is one of the configured proxies."""

from __future__ import annotations

import re
from collections.abc import Iterable
from ipaddress import ip_address, ip_network

from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from storage.web.roles import AccessSettings, Network, Role, highest_role

PROXY_USER_NAME = re.compile(r"[^\x00-\x1f\x7f,]{1,200}")


def parse_network(proxy: str) -> Network:
    """Return the network of a proxy as it is configured: an address, or `10.0.0.0/8`. Raises ValueError."""
    return ip_network(proxy, strict=True)


def is_trusted_proxy(proxy_address: str | None, proxies: Iterable[Network]) -> bool:
    """True when the peer's address is in one of the proxies' networks; IPv4 mapped into IPv6 counts too."""
    try:
        address = ip_address(proxy_address or "")
    except ValueError:
        return False
    mapped = getattr(address, "ipv4_mapped", None)
    return any((mapped or address) in network for network in proxies)


class ProxyUserMiddleware:
    """Sets `proxy_user` (name, role) in the scope from a trusted proxy's headers; drops those headers.

    A request that did not come from a trusted proxy loses the headers and gets no user. It must run before
    the middleware that replaces the peer's address with the forwarded one.
    """

    def __init__(self, app: ASGIApp, access: AccessSettings) -> None:
        self.app = app
        self._access = access
        self._proxy_header_names = {
            name.lower().encode() for name in (access.user_header, access.groups_header) if name
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Read the proxy's headers of one request."""
        if scope["type"] == "http" and self._proxy_header_names:
            proxy_headers = [
                (name, value) for name, value in scope["headers"] if name in self._proxy_header_names
            ]
            other_headers = [
                (name, value) for name, value in scope["headers"] if name not in self._proxy_header_names
            ]
            scope = {**scope, "headers": other_headers}
            proxy_address = (scope.get("client") or (None,))[0]
            if is_trusted_proxy(proxy_address, self._access.proxies):
                if len({name for name, _ in proxy_headers}) < len(proxy_headers):
                    response = PlainTextResponse("The proxy sent its user or groups header twice", 400)
                    await response(scope, receive, send)
                    return
                scope["proxy_user"] = self._proxy_user(dict(proxy_headers))
        await self.app(scope, receive, send)

    def _proxy_user(self, proxy_headers: dict[bytes, bytes]) -> tuple[str, Role] | None:
        user = _proxy_header_text(proxy_headers.get(self._access.user_header.lower().encode(), b""))
        if not PROXY_USER_NAME.fullmatch(user):
            return None
        groups = _proxy_header_text(
            proxy_headers.get(self._access.groups_header.lower().encode(), b"")
        ).split(",")
        names = (user, *(group.strip() for group in groups))
        return user, highest_role(names, self._access.granted_roles)


def _proxy_header_text(value: bytes) -> str:
    try:
        return value.decode().strip()
    except UnicodeDecodeError:
        return value.decode("latin-1").strip()
