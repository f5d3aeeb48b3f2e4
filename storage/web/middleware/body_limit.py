"""Body limit: refuses requests with long bodies, and paths with control characters."""

from __future__ import annotations

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from storage.web.auth.refusals import refusal
from storage.web.context import WebContext
from storage.web.problem_details import ProblemCode

MAX_BODY_BYTES = 256 * 1024


class BodyLimitMiddleware:
    """Refuses a request that announces a longer body, and stops reading one that has it."""

    def __init__(self, app: ASGIApp, context: WebContext) -> None:
        self.app = app
        self._context = context

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Check one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        if not scope["path"].isprintable():
            await refusal(self._context, scope, ProblemCode.NOT_FOUND)(scope, receive, send)
            return
        content_length = Headers(scope=scope).get("content-length", "0")
        if not content_length.isdecimal() or int(content_length[:20]) > MAX_BODY_BYTES:
            await refusal(self._context, scope, ProblemCode.TOO_LONG)(scope, receive, send)
            return
        body_bytes = 0

        async def receive_limited() -> Message:
            nonlocal body_bytes
            message = await receive()
            body_bytes += len(message.get("body", b""))
            if body_bytes > MAX_BODY_BYTES:
                raise HTTPException(413)
            return message

        await self.app(scope, receive_limited, send)
