"""Owning: whose pages these are, and who may change what is theirs."""

from __future__ import annotations

from urllib.parse import urlsplit

from fastapi import HTTPException, Request

from storage.web.auth.authorization import BarredError, role_of
from storage.web.auth.roles import Role
from storage.web.context import Desk


def user_of(request: Request) -> str | None:
    """Who asks, as the layer before us says; none = nobody signed in."""
    told = getattr(request.state, "user", None)
    return str(told) if told else None


def required(request: Request) -> str:
    """Who asks; 404 for nobody: nothing of theirs is there."""
    user = user_of(request)
    if user is None:
        raise HTTPException(404)
    return user


def asking(desk: Desk, request: Request, role: Role) -> str:
    """Who asks for a change; a form on somebody else's page is refused, whoever's browser sends it."""
    origin = urlsplit(request.headers.get("origin", "")).netloc
    ours = {request.headers.get("host", ""), urlsplit(desk.room.base_url).netloc} - {""}
    if origin not in ours or request.headers.get("sec-fetch-site", "same-origin") != "same-origin":
        raise HTTPException(403)
    user = required(request)
    if role_of(request) < role:
        raise BarredError("forbidden")
    return user
