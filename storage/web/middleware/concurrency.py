"""Turns: how many requests are worked on at once, of one client and in all; the others wait a little."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

from starlette.datastructures import Headers, QueryParams
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from storage.web.auth.refusals import is_call, refusal
from storage.web.auth.roles import Access
from storage.web.context import Desk
from storage.web.middleware.rate_limit import FREE, client_of
from storage.web.problem_details import Code

LONGEST_QUEUE = 10.0  # seconds a request waits for its turn
MOST_QUEUED = 200  # requests that wait
MOST_QUEUED_EACH = 60  # of one client: a page asks for its pictures all at once
MOST_LISTENING = 50  # requests that wait for changes of the archive, and cost next to nothing meanwhile
MOST_LISTENING_EACH = 2


class FullError(Exception):
    """No turn came."""

    def __init__(self, code: Code) -> None:
        super().__init__(code.title)
        self.code = code


@dataclass
class _Client:
    places: asyncio.Semaphore
    here: int = 0  # requests that are worked on or wait


@dataclass
class Turns:
    """So many at once, so many of each client."""

    at_once: int
    each: int
    queued: int = MOST_QUEUED
    queued_each: int = MOST_QUEUED_EACH
    patience: float = LONGEST_QUEUE  # seconds
    _clients: dict[str, _Client] = field(default_factory=dict)
    _here: int = 0

    def __post_init__(self) -> None:
        self._all = asyncio.Semaphore(self.at_once)

    async def take(self, name: str) -> None:
        """Wait for a turn of this client's; raises FullError when none comes."""
        if self._here >= self.at_once + self.queued:
            raise FullError(Code.BUSY)
        client = self._clients.setdefault(name, _Client(asyncio.Semaphore(self.each)))
        if client.here >= self.each + self.queued_each:
            raise FullError(Code.TOO_MANY)
        client.here += 1
        self._here += 1
        try:
            async with asyncio.timeout(self.patience):
                await self._both(client)
        except BaseException as error:
            self._leave(name)
            if isinstance(error, TimeoutError):
                raise FullError(Code.BUSY) from None
            raise

    async def _both(self, client: _Client) -> None:
        await client.places.acquire()
        try:
            await self._all.acquire()
        except BaseException:
            client.places.release()
            raise

    def give(self, name: str) -> None:
        """End a turn."""
        self._all.release()
        self._clients[name].places.release()
        self._leave(name)

    def _leave(self, name: str) -> None:
        self._here -= 1
        self._clients[name].here -= 1
        if not self._clients[name].here:
            del self._clients[name]


class TakingTurns:
    """Lets requests in by turns."""

    def __init__(self, app: ASGIApp, access: Access, desk: Desk) -> None:
        self.app = app
        self._desk = desk
        self._working = Turns(access.at_once, access.each)
        self._listening = Turns(MOST_LISTENING, MOST_LISTENING_EACH, queued=0, queued_each=0)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http" or str(scope["path"]).startswith(FREE):
            await self.app(scope, receive, send)
            return
        turns = self._listening if _listens(scope) else self._working
        name = client_of(scope)
        try:
            await turns.take(name)
        except FullError as error:
            await refusal(self._desk, scope, error.code)(scope, receive, send)
            return
        await _served(self.app, scope, receive, send, _Turn(turns, name))


@dataclass
class _Turn:
    turns: Turns
    name: str
    over: bool = False

    def end(self) -> None:
        if not self.over:
            self.over = True
            self.turns.give(self.name)


async def _served(app: ASGIApp, scope: Scope, receive: Receive, send: Send, turn: _Turn) -> None:
    """The turn ends with the work: a whole answer that is only being sent keeps nobody waiting."""

    async def told(message: Message) -> None:
        if message["type"] == "http.response.start" and "content-length" in Headers(raw=message["headers"]):
            turn.end()
        await send(message)

    try:
        await app(scope, receive, told)
    finally:
        turn.end()


def _listens(scope: Scope) -> bool:
    """Whether a caller waits for changes."""
    return is_call(scope) and QueryParams(scope["query_string"]).get("wait", "0") not in {"", "0"}
