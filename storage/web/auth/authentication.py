"""Identity: who asks and as what, by the proxy's word, a password sent along, or a session."""

from __future__ import annotations

import base64
import binascii
import logging
from urllib.parse import urlencode

from limits import RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers
from starlette.responses import RedirectResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from storage.web.auth.accounts import Account, Accounts
from storage.web.auth.refusals import is_call, refusal
from storage.web.auth.roles import Access, Role
from storage.web.context import Desk
from storage.web.middleware.rate_limit import client_of
from storage.web.problem_details import Code

log = logging.getLogger("congdoan.web")
OPEN = ("/static/", "/sign-in", "/robots.txt")  # to nobody, too
TRIES = RateLimitItemPerMinute(10)  # wrong passwords, of one client and for one name
ASKING = {"WWW-Authenticate": 'Basic realm="congdoan", charset="UTF-8"'}


class TooManyTriesError(Exception):
    """Too many wrong passwords: wait a minute."""


class Doorkeeper:
    """Verifies names and passwords, and how often somebody tries."""

    def __init__(self, accounts: Accounts) -> None:
        self._accounts = accounts
        self._tries = MovingWindowRateLimiter(MemoryStorage())

    def known(self, name: str) -> Account | None:
        """The account of a name."""
        return self._accounts.get(name)

    async def admit(self, name: str, password: str, client: str) -> Account | None:
        """The account whose password this is; raises TooManyTriesError. Costs 64 MiB and 0.2 s."""
        keys = (("client", client), ("name", name[:64]))
        if not all(self._tries.test(TRIES, *key) for key in keys):
            raise TooManyTriesError
        account = await run_in_threadpool(self._accounts.verify, name, password)
        if account is None:
            log.warning("wrong password for %r from %s", name[:64], client)
            for key in keys:
                self._tries.hit(TRIES, *key)
        return account


class Identity:
    """Sets request.state.user and request.state.role; lets nobody past the door who has no role."""

    def __init__(self, app: ASGIApp, access: Access, desk: Desk, doorkeeper: Doorkeeper | None) -> None:
        self.app = app
        self._access = access
        self._desk = desk
        self._doorkeeper = doorkeeper

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        state = scope.setdefault("state", {})
        state["signing"] = self._doorkeeper is not None
        state["user"], state["role"] = None, self._access.everyone
        try:
            wrong = await self._told(scope)
        except TooManyTriesError:
            await refusal(self._desk, scope, Code.TOO_MANY)(scope, receive, send)
            return
        if wrong:
            await refusal(self._desk, scope, Code.SIGN_IN, ASKING)(scope, receive, send)
        elif state["role"] is Role.NOBODY and not str(scope["path"]).startswith(OPEN):
            await self._at_the_door(scope, receive, send)
        else:
            await self.app(scope, receive, send)

    async def _told(self, scope: Scope) -> bool:
        """Sets who asks; True when they say who they are and it is not so."""
        state = scope["state"]
        if scope.get("vouched"):
            state["user"], state["role"] = scope["vouched"]
            return False
        if self._doorkeeper is None:
            return False
        sent = _basic(Headers(scope=scope).get("authorization", ""))
        account = await self._doorkeeper.admit(*sent, client_of(scope)) if sent else self._remembered(scope)
        if account:
            state["user"], state["role"] = account.name, account.role
        return bool(sent) and account is None

    def _remembered(self, scope: Scope) -> Account | None:
        """The account a session is of: as it is now, and only while its password is the same."""
        session = scope.get("session") or {}
        assert self._doorkeeper
        account = self._doorkeeper.known(str(session.get("user", "")))
        return account if account and session.get("mark") == account.mark else None

    async def _at_the_door(self, scope: Scope, receive: Receive, send: Send) -> None:
        if is_call(scope):
            asking = ASKING if self._doorkeeper else {}
            await refusal(self._desk, scope, Code.SIGN_IN, asking)(scope, receive, send)
        elif self._doorkeeper and scope["method"] in {"GET", "HEAD"}:
            path = scope["path"] + (
                "?" + scope["query_string"].decode("latin-1") if scope["query_string"] else ""
            )
            await RedirectResponse(f"/sign-in?{urlencode({'next': path})}", 303)(scope, receive, send)
        else:
            await refusal(self._desk, scope, Code.FORBIDDEN)(scope, receive, send)


def _basic(header: str) -> tuple[str, str] | None:
    """(name, password) of an Authorization header; None for none, or another scheme."""
    scheme, _, told = header.partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        name, _, password = base64.b64decode(told.strip(), validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return "", ""
    return name, password
