"""Refusing: the same refusal as a page for people and as a problem for programs."""

from __future__ import annotations

from collections.abc import Mapping

from fastapi import Request, Response
from starlette.types import Scope

from storage.web.auth.authorization import BarredError
from storage.web.context import Desk
from storage.web.problem_details import SOON, Code, problem

PAGES = {Code.TOO_MANY: "too_many", Code.BUSY: "too_many", Code.FORBIDDEN: "forbidden"}


def is_call(scope: Scope) -> bool:
    """Whether the API is asked."""
    return str(scope["path"]).startswith("/api/")


def refusal(desk: Desk, scope: Scope, code: Code, headers: Mapping[str, str] | None = None) -> Response:
    """The answer to a request that is not let through."""
    if is_call(scope) or code not in {*PAGES, Code.NOT_FOUND}:
        return problem(scope["path"], code, headers=headers)
    request = Request(scope)
    if code is Code.NOT_FOUND:
        return desk.page(request, "error.html", 404, problem="missing")
    response = desk.page(request, "barred.html", code.status, why=PAGES[code])
    if code.status in {429, 503}:
        response.headers["Retry-After"] = str(SOON)
    response.headers.update(headers or {})
    return response


def barred(desk: Desk, request: Request, error: BarredError) -> Response:
    """The page for who is refused."""
    return desk.page(request, "barred.html", 403, why=error.reason)
