"""Proxied: what a reverse proxy tells of the client, believed of the configured addresses alone."""

from __future__ import annotations

import re

from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from storage.web.auth.networks import trusted
from storage.web.auth.roles import Access, Role, role_for

USER = re.compile(r"[^\x00-\x1f\x7f,]{1,200}")


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
            if trusted(peer, self._access.proxies):
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
