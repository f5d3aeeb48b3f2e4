"""Sign-in and sign-out forms, and the session cookie they set and clear."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import urlsplit

from fastapi import APIRouter, Form, Query, Request, Response
from fastapi.responses import RedirectResponse

from storage.web.auth.authentication import PasswordVerifier, TooManyLoginsError
from storage.web.context import WebContext
from storage.web.request_user import client_of

SignInText = Annotated[str, Form(max_length=1024)]


def routes(context: WebContext, verifier: PasswordVerifier) -> APIRouter:
    """Return the routes of the two forms."""
    sign_in_routes = APIRouter()

    @sign_in_routes.get("/sign-in")
    async def sign_in_form(
        request: Request, next_path: Annotated[str, Query(alias="next")] = "/"
    ) -> Response:
        return _sign_in_page(context, request, next_path, None)

    @sign_in_routes.post("/sign-in")
    async def sign_in(
        request: Request,
        name: SignInText = "",
        password: SignInText = "",
        next_path: Annotated[str, Form(alias="next")] = "/",
    ) -> Response:
        try:
            account = await verifier.verify(name, password, client_of(request.scope))
        except TooManyLoginsError:
            return _sign_in_page(context, request, next_path, "too_many", 429)
        if account is None:
            return _sign_in_page(context, request, next_path, "wrong_password", 403)
        request.session.clear()
        request.session.update({"user": account.name, "mark": account.session_mark})
        return RedirectResponse(safe_next_path(next_path), 303)

    @sign_in_routes.post("/sign-out")
    async def sign_out(request: Request) -> Response:
        request.session.clear()
        return RedirectResponse("/", 303, headers={"Clear-Site-Data": '"cache"'})

    return sign_in_routes


def _sign_in_page(
    context: WebContext, request: Request, next_path: str, problem: str | None, status: int = 200
) -> Response:
    response = context.render_page(
        request, "sign_in.html", status, to=safe_next_path(next_path), problem=problem
    )
    response.headers["Cache-Control"] = "no-store"
    if status == 429:
        response.headers["Retry-After"] = "60"
    return response


def safe_next_path(next_path: str) -> str:
    """Return the path to go to after signing in; the front page for a URL that leads to another site."""
    url = urlsplit(next_path)
    is_plain = next_path.isprintable() and "\\" not in next_path and len(next_path) <= 2000
    is_own_path = (
        not url.scheme and not url.netloc and next_path.startswith("/") and not next_path.startswith("//")
    )
    return next_path if is_plain and is_own_path and not next_path.startswith("/sign-") else "/"
