"""Who sent a request: the signed-in user with their role, or the client's address."""

from __future__ import annotations

from ipaddress import ip_address, ip_network

from fastapi import Request
from starlette.types import Scope

from storage.web.roles import Role


def role_of(request: Request) -> Role:
    """Return the role of the user who sent the request."""
    return Role(getattr(request.state, "role", Role.NOBODY))


def user_of(request: Request) -> str | None:
    """Return the name of the signed-in user; None when nobody is signed in."""
    user = getattr(request.state, "user", None)
    return str(user) if user else None


def client_of(scope: Scope) -> str:
    """Return the name a client is counted under: the user, else the address; of IPv6 the /64 network."""
    user = scope.get("state", {}).get("user")
    if user:
        return f"user {user}"
    peer = (scope.get("client") or ("unknown", 0))[0]
    try:
        address = ip_address(peer)
    except ValueError:
        return str(peer)[:64]
    return str(ip_network((address, 64), strict=False) if address.version == 6 else address)
