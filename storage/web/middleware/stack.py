"""Doors: everything a request passes before a page or the API sees it, in order."""

from __future__ import annotations

from typing import Any, cast

from fastapi import FastAPI, Request, Response
from starlette.middleware.sessions import SessionMiddleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from storage.web.auth import sign_in as signing
from storage.web.auth.accounts import AccountError, Accounts
from storage.web.auth.authentication import Doorkeeper, Identity
from storage.web.auth.authorization import BarredError
from storage.web.auth.proxy_headers import Proxied
from storage.web.auth.refusals import barred
from storage.web.auth.roles import SHORTEST_SECRET, Access
from storage.web.context import Desk
from storage.web.middleware.body_limit import ShortBodies
from storage.web.middleware.concurrency import TakingTurns
from storage.web.middleware.rate_limit import Rates

COOKIE = "room"
NIGHT = 12 * 3600  # seconds a session lasts


def guard(app: FastAPI, desk: Desk, access: Access) -> None:
    """Put the doors before an application; the first a request passes is the one added last.

    Raises AccountError when accounts are to be used without a secret to sign sessions with.
    """
    doorkeeper = None
    if access.accounts:
        if len(access.secret) < SHORTEST_SECRET:
            raise AccountError(
                f"a secret of at least {SHORTEST_SECRET} characters is needed to sign sessions"
            )
        doorkeeper = Doorkeeper(Accounts(access.accounts))
        app.include_router(signing.routes(desk, doorkeeper))

    def refused(request: Request, error: Exception) -> Response:
        return barred(desk, request, cast("BarredError", error))

    app.add_exception_handler(BarredError, refused)
    app.add_middleware(ShortBodies, desk=desk)
    app.add_middleware(TakingTurns, access=access, desk=desk)
    app.add_middleware(Rates, access=access, desk=desk)
    app.add_middleware(Identity, access=access, desk=desk, doorkeeper=doorkeeper)
    if doorkeeper:
        told: dict[str, Any] = {"session_cookie": COOKIE, "max_age": NIGHT, "same_site": "lax"}
        app.add_middleware(SessionMiddleware, secret_key=access.secret, https_only=access.secure, **told)
    proxies = [str(each) for each in access.proxies]
    if proxies:
        app.add_middleware(cast("Any", ProxyHeadersMiddleware), trusted_hosts=proxies)
    app.add_middleware(Proxied, access=access)
    app.add_middleware(TrustedHostMiddleware, allowed_hosts=list(access.hosts), www_redirect=False)
