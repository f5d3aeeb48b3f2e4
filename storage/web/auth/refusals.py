"""Refusals: answers a refused request with a page for people, or with problem details for programs."""

from __future__ import annotations

from collections.abc import Mapping

from fastapi import Request, Response
from starlette.types import Scope

from storage.web.auth.authorization import BarredError
from storage.web.context import WebContext
from storage.web.problem_details import RETRY_AFTER_SECONDS, ProblemCode, problem_response

REFUSAL_REASONS = {
    ProblemCode.TOO_MANY: "too_many",
    ProblemCode.BUSY: "too_many",
    ProblemCode.FORBIDDEN: "forbidden",
}


def is_api_request(scope: Scope) -> bool:
    """True when the request goes to the API, not to a page."""
    return str(scope["path"]).startswith("/api/")


def refusal(
    context: WebContext, scope: Scope, code: ProblemCode, headers: Mapping[str, str] | None = None
) -> Response:
    """Return the response to a refused request."""
    if is_api_request(scope) or code not in {*REFUSAL_REASONS, ProblemCode.NOT_FOUND}:
        return problem_response(scope["path"], code, headers=headers)
    refused_request = Request(scope)
    if code is ProblemCode.NOT_FOUND:
        return context.render_page(refused_request, "error.html", 404, problem="missing")
    refusal_response = context.render_page(
        refused_request, "refusal.html", code.status, reason=REFUSAL_REASONS[code]
    )
    if code.status in {429, 503}:
        refusal_response.headers["Retry-After"] = str(RETRY_AFTER_SECONDS)
    refusal_response.headers.update(headers or {})
    return refusal_response


def refusal_page(context: WebContext, refused_request: Request, error: BarredError) -> Response:
    """Return the page for a refused role or a form of a foreign origin."""
    return context.render_page(refused_request, "refusal.html", 403, reason=error.reason)
