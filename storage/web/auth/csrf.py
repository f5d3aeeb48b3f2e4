"""CSRF check: takes a form that changes something only from a page of this reading room."""

from __future__ import annotations

from urllib.parse import urlsplit

from fastapi import Request

from storage.web.auth.authorization import BarredError

CSRF_SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


async def require_same_origin(request: Request) -> None:
    """Dependency of every route: raise BarredError (403) unless a form was sent from a page of ours.

    Browsers send `Origin` with every form and `Sec-Fetch-Site` when they are new enough, and no page can
    change either. The origin must be named and be ours, whatever `Sec-Fetch-Site` says; that header, when it
    is sent, must be `same-origin`. Ours is the configured public address; only without one it is the address
    the request was sent to (`Host`).
    """
    if request.method in CSRF_SAFE_METHODS:
        return
    fetch_site = request.headers.get("sec-fetch-site", "same-origin")
    form_origin = urlsplit(request.headers.get("origin", "")).netloc
    if not form_origin or form_origin != _own_origin(request) or fetch_site != "same-origin":
        raise BarredError("foreign")


def _own_origin(request: Request) -> str:
    public_origin = urlsplit(request.app.state.context.settings.base_url).netloc
    return public_origin or request.headers.get("host", "")
