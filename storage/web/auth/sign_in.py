"""Sign-in and sign-out forms, and the session cookie they set and clear."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import urlsplit

from fastapi import APIRouter, Form, Query, Request, Response
from fastapi.responses import RedirectResponse

from storage.web.auth.authentication import PasswordVerifier, TooManyLoginsError
from storage.web.context import WebContext
from storage.web.request_user import client_of

FormText = Annotated[str, Form(max_length=1024)]


def routes(context: WebContext, verifier: PasswordVerifier) -> APIRouter:
    """Return the routes of the two forms."""
    router = APIRouter()

    @router.get("/sign-in")
    async def sign_in_form(request: Request, to: Annotated[str, Query(alias="next")] = "/") -> Response:
        return _form_page(context, request, to, None)

    @router.post("/sign-in")
    async def sign_in(
        request: Request,
        name: FormText = "",
        password: FormText = "",
        to: Annotated[str, Form(alias="next")] = "/",
    ) -> Response:
        try:
            account = await verifier.verify(name, password, client_of(request.scope))
        except TooManyLoginsError:
            return _form_page(context, request, to, "too_many", 429)
        if account is None:
            return _form_page(context, request, to, "wrong_password", 403)
        request.session.clear()
        request.session.update({"user": account.name, "mark": account.session_mark})
        return RedirectResponse(safe_next_path(to), 303)

    @router.post("/sign-out")
    async def sign_out(request: Request) -> Response:
        request.session.clear()
        return RedirectResponse("/", 303, headers={"Clear-Site-Data": '"cache"'})

    return router


def _form_page(
    context: WebContext, request: Request, to: str, problem: str | None, status: int = 200
) -> Response:
    response = context.render_page(request, "sign_in.html", status, to=safe_next_path(to), problem=problem)
    response.headers["Cache-Control"] = "no-store"
    if status == 429:
        response.headers["Retry-After"] = "60"
    return response


def safe_next_path(to: str) -> str:
    """Return the path to go to after signing in; the front page for a URL that leads to another site."""
    url = urlsplit(to)
    is_plain = to.isprintable() and "\\" not in to and len(to) <= 2000
    is_own_path = not url.scheme and not url.netloc and to.startswith("/") and not to.startswith("//")
    return to if is_plain and is_own_path and not to.startswith("/sign-") else "/"
