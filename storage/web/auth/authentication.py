"""Authentication: finds out the user and role of a request - by proxy header, password, or session cookie."""

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
from storage.web.auth.refusals import is_api_request, refusal
from storage.web.context import WebContext
from storage.web.problem_details import ProblemCode
from storage.web.request_user import client_of
from storage.web.roles import AccessSettings, Role

log = logging.getLogger("congdoan.web")
UNAUTHENTICATED_PATHS = ("/static/", "/sign-in", "/robots.txt")
FAILED_LOGIN_LIMIT = RateLimitItemPerMinute(10)  # of one client, and for one name
BASIC_CHALLENGE = {"WWW-Authenticate": 'Basic realm="congdoan", charset="UTF-8"'}


class TooManyLoginsError(Exception):
    """Too many wrong passwords from this client or for this name within a minute."""


class PasswordVerifier:
    """Verifies passwords of accounts, with a limit on failed attempts."""

    def __init__(self, accounts: Accounts) -> None:
        self._accounts = accounts
        self._failed_logins = MovingWindowRateLimiter(MemoryStorage())

    def account_of(self, name: str) -> Account | None:
        """Return the account of a name."""
        return self._accounts.get(name)

    async def verify(self, name: str, password: str, client: str) -> Account | None:
        """Return the account when the password is right, else None; takes 64 MiB and 0.2 s.

        Raises TooManyLoginsError after too many failed attempts of this client or for this name.
        """
        login_limit_keys = (("client", client), ("name", name[:64]))
        if not all(
            self._failed_logins.test(FAILED_LOGIN_LIMIT, *login_limit_key)
            for login_limit_key in login_limit_keys
        ):
            raise TooManyLoginsError
        account = await run_in_threadpool(self._accounts.verify, name, password)
        if account is None:
            log.warning("wrong password for %r from %s", name[:64], client)
            for login_limit_key in login_limit_keys:
                self._failed_logins.hit(FAILED_LOGIN_LIMIT, *login_limit_key)
        return account


class AuthenticationMiddleware:
    """Sets request.state.user and request.state.role; refuses requests whose role is NOBODY."""

    def __init__(
        self, app: ASGIApp, access: AccessSettings, context: WebContext, verifier: PasswordVerifier | None
    ) -> None:
        self.app = app
        self._access = access
        self._context = context
        self._verifier = verifier

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Authenticate one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        user_state = scope.setdefault("state", {})
        user_state["accounts_enabled"] = self._verifier is not None
        user_state["user"], user_state["role"] = None, self._access.anonymous_role
        try:
            wrong_password = await self._authenticate(scope)
        except TooManyLoginsError:
            await refusal(self._context, scope, ProblemCode.TOO_MANY)(scope, receive, send)
            return
        if wrong_password:
            await refusal(self._context, scope, ProblemCode.SIGN_IN, BASIC_CHALLENGE)(scope, receive, send)
        elif user_state["role"] is Role.NOBODY and not str(scope["path"]).startswith(UNAUTHENTICATED_PATHS):
            await self._require_sign_in(scope, receive, send)
        else:
            await self.app(scope, receive, send)

    async def _authenticate(self, scope: Scope) -> bool:
        """Set user and role; True when the request sends a password that is wrong."""
        user_state = scope["state"]
        if scope.get("proxy_user"):
            user_state["user"], user_state["role"] = scope["proxy_user"]
            return False
        if self._verifier is None:
            return False
        basic_credentials = _basic_credentials(Headers(scope=scope).get("authorization", ""))
        if basic_credentials:
            account = await self._verifier.verify(*basic_credentials, client_of(scope))
        else:
            account = self._session_account(scope)
        if account:
            user_state["user"], user_state["role"] = account.name, account.role
        return bool(basic_credentials) and account is None

    def _session_account(self, scope: Scope) -> Account | None:
        """Return the account of the session as it is now; None once its password has changed."""
        session = scope.get("session") or {}
        assert self._verifier
        account = self._verifier.account_of(str(session.get("user", "")))
        return account if account and session.get("mark") == account.session_mark else None

    async def _require_sign_in(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request of nobody: 401 to the API, the sign-in form to a browser, else 403."""
        if is_api_request(scope):
            challenge = BASIC_CHALLENGE if self._verifier else {}
            await refusal(self._context, scope, ProblemCode.SIGN_IN, challenge)(scope, receive, send)
        elif self._verifier and scope["method"] in {"GET", "HEAD"}:
            query = scope["query_string"].decode("latin-1")
            path = scope["path"] + (f"?{query}" if query else "")
            await RedirectResponse(f"/sign-in?{urlencode({'next': path})}", 303)(scope, receive, send)
        else:
            await refusal(self._context, scope, ProblemCode.FORBIDDEN)(scope, receive, send)


def _basic_credentials(authorization: str) -> tuple[str, str] | None:
    """Return (name, password) of an Authorization header; None for no header or another scheme."""
    scheme, _, encoded = authorization.partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        name, _, password = base64.b64decode(encoded.strip(), validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return "", ""
    return name, password
