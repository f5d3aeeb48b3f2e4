"""Signing in and out: the two forms, and the session they begin and end."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import urlsplit

from fastapi import APIRouter, Form, Query, Request, Response
from fastapi.responses import RedirectResponse

from storage.web.auth.authentication import Doorkeeper, TooManyTriesError
from storage.web.context import Desk
from storage.web.middleware.rate_limit import client_of

Told = Annotated[str, Form(max_length=1024)]


def routes(desk: Desk, doorkeeper: Doorkeeper) -> APIRouter:
    """The forms."""
    router = APIRouter()

    @router.get("/sign-in")
    async def form(request: Request, to: Annotated[str, Query(alias="next")] = "/") -> Response:
        return _form(desk, request, to, None)

    @router.post("/sign-in")
    async def sign_in(
        request: Request, name: Told = "", password: Told = "", to: Annotated[str, Form(alias="next")] = "/"
    ) -> Response:
        try:
            account = await doorkeeper.admit(name, password, client_of(request.scope))
        except TooManyTriesError:
            return _form(desk, request, to, "too_many", 429)
        if account is None:
            return _form(desk, request, to, "wrong", 403)
        request.session.clear()
        request.session.update({"user": account.name, "mark": account.mark})
        return RedirectResponse(inside(to), 303)

    @router.post("/sign-out")
    async def sign_out(request: Request) -> Response:
        request.session.clear()
        return RedirectResponse("/", 303, headers={"Clear-Site-Data": '"cache"'})

    return router


def _form(desk: Desk, request: Request, to: str, wrong: str | None, status: int = 200) -> Response:
    response = desk.page(request, "sign_in.html", status, to=inside(to), wrong=wrong)
    response.headers["Cache-Control"] = "no-store"
    if status == 429:
        response.headers["Retry-After"] = "60"
    return response


def inside(to: str) -> str:
    """A path of ours to go on to; the front page for anything that leads elsewhere."""
    parts = urlsplit(to)
    plain = to.isprintable() and "\\" not in to and len(to) <= 2000
    ours = plain and not parts.scheme and not parts.netloc and to.startswith("/") and not to.startswith("//")
    return to if ours and not to.startswith("/sign-") else "/"
