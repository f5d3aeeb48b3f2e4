"""Origins: a form that changes something is taken only from a page of ours."""

from __future__ import annotations

from urllib.parse import urlsplit

from fastapi import Request

from storage.web.auth.authorization import BarredError

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


async def from_our_page(request: Request) -> None:
    """A dependency of every route; BarredError for a form on somebody else's page, or on none.

    Browsers tell where a form stands in Sec-Fetch-Site and Origin, and no page can change what they tell;
    whoever tells neither is refused, so that no browser is too old to be protected.
    """
    if request.method in SAFE:
        return
    where = request.headers.get("sec-fetch-site")
    origin = request.headers.get("origin")
    if where not in {None, "same-origin"} or (where is None and origin is None):
        raise BarredError("foreign")
    if origin is not None and urlsplit(origin).netloc not in _ours(request):
        raise BarredError("foreign")


def _ours(request: Request) -> set[str]:
    public = urlsplit(request.app.state.desk.room.base_url).netloc
    return {public} if public else {request.headers.get("host", "")} - {""}
