"""Authorization: what a route requires of the user who sent a request."""

from __future__ import annotations

from collections.abc import Callable

from fastapi import HTTPException, Request

from storage.web.request_user import role_of, user_of
from storage.web.roles import Role


class BarredError(HTTPException):
    """Refused (403): for the role of the user, or for the origin of the form they sent."""

    def __init__(self, reason: str) -> None:
        super().__init__(403)
        self.reason = reason  # forbidden, foreign


def require_role(role: Role) -> Callable[[Request], None]:
    """Return a dependency that raises BarredError for users without this role or a higher one."""

    def check_role(request: Request) -> None:
        if role_of(request) < role:
            raise BarredError("forbidden")

    return check_role


def require_user(request: Request) -> str:
    """Return the name of the signed-in user; raise HTTPException (404) when nobody is signed in."""
    user = user_of(request)
    if user is None:
        raise HTTPException(404)
    return user


def require_user_with_role(request: Request, role: Role) -> str:
    """Return the signed-in user; raise HTTPException (404) without one, BarredError for a lower role."""
    user = require_user(request)
    if role_of(request) < role:
        raise BarredError("forbidden")
    return user
