"""Concurrency limit: how many requests are answered at once, per client and in all; others queue."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

from starlette.datastructures import Headers, QueryParams
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from storage.web.auth.refusals import is_api_request, refusal
from storage.web.context import WebContext
from storage.web.middleware.rate_limit import UNLIMITED_PATHS
from storage.web.problem_details import ProblemCode
from storage.web.request_user import client_of
from storage.web.roles import AccessSettings

MAX_QUEUE_SECONDS = 10.0  # a request waits in the queue
MAX_QUEUED_REQUESTS = 200  # requests in the queue
MAX_QUEUED_PER_CLIENT = 60  # a page asks for its pictures all at once
MAX_LONG_POLLS = 50  # requests that wait for a change of the archive, and cost next to nothing meanwhile
MAX_LONG_POLLS_PER_CLIENT = 2


class QueueFullError(Exception):
    """The queue is full, or a request waited too long in it."""

    def __init__(self, code: ProblemCode) -> None:
        super().__init__(code.title)
        self.code = code


@dataclass
class _Client:
    slots: asyncio.Semaphore
    requests: int = 0  # being answered or queued


@dataclass
class ConcurrencyLimiter:
    """Slots for requests: so many at once, so many of each client; further requests wait in a queue."""

    max_concurrent: int
    max_per_client: int
    max_queued: int = MAX_QUEUED_REQUESTS
    max_queued_per_client: int = MAX_QUEUED_PER_CLIENT
    max_queue_seconds: float = MAX_QUEUE_SECONDS
    _clients: dict[str, _Client] = field(default_factory=dict)
    _requests: int = 0  # being answered or queued

    def __post_init__(self) -> None:
        self._slots = asyncio.Semaphore(self.max_concurrent)

    async def acquire(self, client_name: str) -> None:
        """Wait for a slot; raises QueueFullError when the queue is full or the wait too long."""
        if self._requests >= self.max_concurrent + self.max_queued:
            raise QueueFullError(ProblemCode.BUSY)
        client = self._clients.setdefault(client_name, _Client(asyncio.Semaphore(self.max_per_client)))
        if client.requests >= self.max_per_client + self.max_queued_per_client:
            raise QueueFullError(ProblemCode.TOO_MANY)
        client.requests += 1
        self._requests += 1
        try:
            async with asyncio.timeout(self.max_queue_seconds):
                await self._acquire_both(client)
        except BaseException as error:
            self._forget_request(client_name)
            if isinstance(error, TimeoutError):
                raise QueueFullError(ProblemCode.BUSY) from None
            raise

    async def _acquire_both(self, client: _Client) -> None:
        await client.slots.acquire()
        try:
            await self._slots.acquire()
        except BaseException:
            client.slots.release()
            raise

    def release(self, client_name: str) -> None:
        """Free the slot of a request that was answered."""
        self._slots.release()
        self._clients[client_name].slots.release()
        self._forget_request(client_name)

    def _forget_request(self, client_name: str) -> None:
        self._requests -= 1
        self._clients[client_name].requests -= 1
        if not self._clients[client_name].requests:
            del self._clients[client_name]


class ConcurrencyMiddleware:
    """Passes a request on when it has a slot; long polls have slots of their own."""

    def __init__(self, app: ASGIApp, access: AccessSettings, context: WebContext) -> None:
        self.app = app
        self._context = context
        self._requests = ConcurrencyLimiter(access.max_concurrent, access.max_concurrent_per_client)
        self._long_polls = ConcurrencyLimiter(
            MAX_LONG_POLLS, MAX_LONG_POLLS_PER_CLIENT, max_queued=0, max_queued_per_client=0
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http" or str(scope["path"]).startswith(UNLIMITED_PATHS):
            await self.app(scope, receive, send)
            return
        concurrency_limiter = self._long_polls if _is_long_poll(scope) else self._requests
        client_name = client_of(scope)
        try:
            await concurrency_limiter.acquire(client_name)
        except QueueFullError as error:
            await refusal(self._context, scope, error.code)(scope, receive, send)
            return
        await _answer_in_slot(
            self.app, scope, receive, send, _ConcurrencySlot(concurrency_limiter, client_name)
        )


@dataclass
class _ConcurrencySlot:
    limiter: ConcurrencyLimiter
    client_name: str
    released: bool = False

    def release(self) -> None:
        if not self.released:
            self.released = True
            self.limiter.release(self.client_name)


async def _answer_in_slot(
    app: ASGIApp, scope: Scope, receive: Receive, send: Send, concurrency_slot: _ConcurrencySlot
) -> None:
    """Answer a request; the slot is free once a whole answer is ready, while it is still being sent."""

    async def send_and_release(message: Message) -> None:
        if message["type"] == "http.response.start" and "content-length" in Headers(raw=message["headers"]):
            concurrency_slot.release()
        await send(message)

    try:
        await app(scope, receive, send_and_release)
    finally:
        concurrency_slot.release()


def _is_long_poll(scope: Scope) -> bool:
    """True when the request waits for a change of the archive."""
    return is_api_request(scope) and QueryParams(scope["query_string"]).get("wait", "0") not in {"", "0"}
