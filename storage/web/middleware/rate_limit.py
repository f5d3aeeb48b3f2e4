"""Rate limit: how many requests one client may send in a minute."""

from __future__ import annotations

import time

from limits import RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import SlidingWindowCounterRateLimiter
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from storage.web.auth.refusals import is_api_request, refusal
from storage.web.context import WebContext
from storage.web.problem_details import ProblemCode
from storage.web.request_user import client_of
from storage.web.roles import AccessSettings

UNLIMITED_PATHS = ("/static/", "/robots.txt")


class RateLimitMiddleware:
    """Refuses requests beyond the rate (429); answers of the API carry RateLimit headers."""

    def __init__(self, app: ASGIApp, access: AccessSettings, context: WebContext) -> None:
        self.app = app
        self._context = context
        self._limiter = SlidingWindowCounterRateLimiter(MemoryStorage())
        self._limits = {
            "calls": RateLimitItemPerMinute(access.api_requests),
            "pages": RateLimitItemPerMinute(access.page_requests),
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Count one request."""
        if scope["type"] != "http" or str(scope["path"]).startswith(UNLIMITED_PATHS):
            await self.app(scope, receive, send)
            return
        rate_kind = "calls" if is_api_request(scope) else "pages"
        rate_limit = self._limits[rate_kind]
        is_within_rate = self._limiter.hit(rate_limit, rate_kind, client_of(scope))
        rate_window = self._limiter.get_window_stats(rate_limit, rate_kind, client_of(scope))
        rate_reset_seconds = _seconds_until(rate_window.reset_time)
        rate_headers = {
            "RateLimit-Policy": f'"{rate_kind}";q={rate_limit.amount};w=60',
            "RateLimit": f'"{rate_kind}";r={max(0, rate_window.remaining)};t={rate_reset_seconds}',
        }
        if not is_within_rate:
            headers = {**rate_headers, "Retry-After": str(rate_reset_seconds)}
            await refusal(self._context, scope, ProblemCode.TOO_MANY, headers)(scope, receive, send)
            return

        async def send_with_rate(message: Message) -> None:
            if message["type"] == "http.response.start" and rate_kind == "calls":
                MutableHeaders(scope=message).update(rate_headers)
            await send(message)

        await self.app(scope, receive, send_with_rate)


def _seconds_until(reset_time: float) -> int:
    return max(1, min(60, round(reset_time - time.time())))
