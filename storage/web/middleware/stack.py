"""Middleware stack: everything a request passes before a page or the API gets it, in order."""

from __future__ import annotations

from typing import Any, cast

from fastapi import FastAPI, Request, Response
from starlette.middleware.sessions import SessionMiddleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from storage.web.auth import sign_in
from storage.web.auth.accounts import AccountError, Accounts
from storage.web.auth.authentication import AuthenticationMiddleware, PasswordVerifier
from storage.web.auth.authorization import BarredError
from storage.web.auth.proxy_headers import ProxyUserMiddleware
from storage.web.auth.refusals import refusal_page
from storage.web.context import WebContext
from storage.web.middleware.body_limit import BodyLimitMiddleware
from storage.web.middleware.concurrency import ConcurrencyMiddleware
from storage.web.middleware.rate_limit import RateLimitMiddleware
from storage.web.roles import MIN_SECRET_CHARS, AccessSettings

SESSION_COOKIE = "room"  # renaming it would sign everybody out
SESSION_COOKIE_SECONDS = 12 * 3600


def add_middleware_stack(app: FastAPI, context: WebContext, access: AccessSettings) -> None:
    """Add access control and limits to an application; a request passes the one added last first.

    Raises AccountError when accounts are used without a secret to sign sessions with.
    """
    verifier = None
    if access.accounts_file:
        if len(access.session_secret) < MIN_SECRET_CHARS:
            raise AccountError(
                f"a secret of at least {MIN_SECRET_CHARS} characters is needed to sign sessions"
            )
        verifier = PasswordVerifier(Accounts(access.accounts_file))
        app.include_router(sign_in.routes(context, verifier))

    def refused(request: Request, error: Exception) -> Response:
        return refusal_page(context, request, cast("BarredError", error))

    app.add_exception_handler(BarredError, refused)
    app.add_middleware(BodyLimitMiddleware, context=context)
    app.add_middleware(ConcurrencyMiddleware, access=access, context=context)
    app.add_middleware(RateLimitMiddleware, access=access, context=context)
    app.add_middleware(AuthenticationMiddleware, access=access, context=context, verifier=verifier)
    if verifier:
        cookie_settings: dict[str, Any] = {
            "session_cookie": SESSION_COOKIE,
            "max_age": SESSION_COOKIE_SECONDS,
            "same_site": "lax",
            "https_only": access.secure_cookies,
        }
        app.add_middleware(SessionMiddleware, secret_key=access.session_secret, **cookie_settings)
    trusted_hosts = [str(network) for network in access.proxies]
    if trusted_hosts:
        app.add_middleware(cast("Any", ProxyHeadersMiddleware), trusted_hosts=trusted_hosts)
    app.add_middleware(ProxyUserMiddleware, access=access)
    app.add_middleware(TrustedHostMiddleware, allowed_hosts=list(access.hosts), www_redirect=False)
