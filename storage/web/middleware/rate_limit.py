"""Metering: how much one client may ask in a minute."""

from __future__ import annotations

import time
from ipaddress import ip_address, ip_network

from limits import RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import SlidingWindowCounterRateLimiter
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from storage.web.auth.refusals import is_call, refusal
from storage.web.auth.roles import Access
from storage.web.context import Desk
from storage.web.problem_details import Code

FREE = ("/static/", "/robots.txt")  # cost nothing


def client_of(scope: Scope) -> str:
    """Who asks: the user, else the address; of IPv6 the network, which is one customer's."""
    user = scope.get("state", {}).get("user")
    if user:
        return f"user {user}"
    told = (scope.get("client") or ("nobody", 0))[0]
    try:
        address = ip_address(told)
    except ValueError:
        return str(told)[:64]
    return str(ip_network((address, 64), strict=False) if address.version == 6 else address)


class Rates:
    """Counts requests, and refuses those beyond the rate; tells callers of the API where they stand."""

    def __init__(self, app: ASGIApp, access: Access, desk: Desk) -> None:
        self.app = app
        self._desk = desk
        self._limiter = SlidingWindowCounterRateLimiter(MemoryStorage())
        self._items = {
            "calls": RateLimitItemPerMinute(access.calls),
            "pages": RateLimitItemPerMinute(access.pages),
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http" or str(scope["path"]).startswith(FREE):
            await self.app(scope, receive, send)
            return
        kind = "calls" if is_call(scope) else "pages"
        item = self._items[kind]
        allowed = self._limiter.hit(item, kind, client_of(scope))
        stands = self._limiter.get_window_stats(item, kind, client_of(scope))
        told = {
            "RateLimit-Policy": f'"{kind}";q={item.amount};w=60',
            "RateLimit": f'"{kind}";r={max(0, stands.remaining)};t={_seconds(stands.reset_time)}',
        }
        if not allowed:
            wait = {"Retry-After": str(_seconds(stands.reset_time))}
            await refusal(self._desk, scope, Code.TOO_MANY, {**told, **wait})(scope, receive, send)
            return

        async def counted(message: Message) -> None:
            if message["type"] == "http.response.start" and kind == "calls":
                MutableHeaders(scope=message).update(told)
            await send(message)

        await self.app(scope, receive, counted)


def _seconds(reset: float) -> int:
    return max(1, min(60, round(reset - time.time())))
