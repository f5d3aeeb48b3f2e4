"""Bodies: what a request may send: forms alone, short ones, to addresses without line breaks."""

from __future__ import annotations

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from storage.web.auth.refusals import refusal
from storage.web.context import Desk
from storage.web.problem_details import Code

LONGEST = 256 * 1024  # bytes


class ShortBodies:
    """Refuses a request that says it is longer, and stops reading one that is."""

    def __init__(self, app: ASGIApp, desk: Desk) -> None:
        self.app = app
        self._desk = desk

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        if not scope["path"].isprintable():
            await refusal(self._desk, scope, Code.NOT_FOUND)(scope, receive, send)
            return
        told = Headers(scope=scope).get("content-length", "0")
        if not told.isdecimal() or int(told[:20]) > LONGEST:
            await refusal(self._desk, scope, Code.TOO_LONG)(scope, receive, send)
            return
        read = 0

        async def bounded() -> Message:
            nonlocal read
            message = await receive()
            read += len(message.get("body", b""))
            if read > LONGEST:
                raise HTTPException(413)
            return message

        await self.app(scope, bounded, send)
