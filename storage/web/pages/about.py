"""About and help: what the archive is, and how to ask it."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response
from fastapi.responses import PlainTextResponse

from storage.articles.statistics import archive_statistics
from storage.web.context import WebContext

# Articles may be indexed; answers, stored pages and files of others are not ours to offer.
ROBOTS = """User-agent: *
Disallow: /search
Disallow: /at
Disallow: /capture/
Disallow: /file/
"""


def routes(context: WebContext) -> APIRouter:
    """The pages that explain the others."""
    router = APIRouter()

    @router.get("/about")
    def about(request: Request) -> Response:
        with context.connect() as connection:
            held = context.cache.get_or_compute("holdings", lambda: archive_statistics(connection))
        return context.render_page(request, "about.html", held=held)

    @router.get("/help")
    def help_(request: Request) -> Response:
        return context.render_page(request, "help.html")

    @router.get("/robots.txt")
    def robots() -> Response:
        return PlainTextResponse(ROBOTS)

    return router
