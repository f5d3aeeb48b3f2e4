"""Requiring: what a route asks of who comes."""

from __future__ import annotations

from collections.abc import Callable

from fastapi import HTTPException, Request

from storage.web.auth.roles import Role


class BarredError(HTTPException):
    """Refused for who asks, or for where the form they sent came from."""

    def __init__(self, why: str) -> None:
        super().__init__(403)
        self.why = why  # forbidden, foreign


def require(role: Role) -> Callable[[Request], None]:
    """A dependency: only who has this role, or a higher one, comes through."""

    def required(request: Request) -> None:
        if role_of(request) < role:
            raise BarredError("forbidden")

    return required


def role_of(request: Request) -> Role:
    """The role of who asks."""
    return Role(getattr(request.state, "role", Role.NOBODY))
