"""About page, help page and robots.txt."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response
from fastapi.responses import PlainTextResponse

from storage.articles.statistics import archive_statistics
from storage.web.context import WebContext

# Articles may be indexed by search engines; result pages, archived pages and files may not.
ROBOTS_TXT = """User-agent: *
Disallow: /search
Disallow: /at
Disallow: /capture/
Disallow: /file/
"""


def routes(context: WebContext) -> APIRouter:
    """Return the routes of the about page, the help page and robots.txt."""
    about_pages = APIRouter()

    @about_pages.get("/about")
    def about(request: Request) -> Response:
        with context.connect() as connection:
            archive_counts = context.cache.get_or_compute("holdings", lambda: archive_statistics(connection))
        return context.render_page(request, "about.html", statistics=archive_counts)

    @about_pages.get("/help")
    def help_(request: Request) -> Response:
        return context.render_page(request, "help.html")

    @about_pages.get("/robots.txt")
    def robots() -> Response:
        return PlainTextResponse(ROBOTS_TXT)

    return about_pages
