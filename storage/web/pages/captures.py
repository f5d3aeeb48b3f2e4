"""Captures: answers as they were sent - their record, the page in a sandbox, the bytes."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import Any
from urllib.parse import urlsplit

from fastapi import APIRouter, HTTPException, Request, Response
from sqlalchemy import Connection

from storage.articles.statistics import site_names
from storage.captures.queries import (
    StoredCapture,
    article_at_capture,
    capture_by_id,
    capture_with_body,
    stored_file_ids,
)
from storage.warc.exchange import StoredResponse
from storage.web.context import WebContext
from storage.web.pages.files import BYTES, LARGEST, inert
from storage.web.rendering.archived_page import html_content_type, image_urls, rewrite_archived_page


def routes(context: WebContext) -> APIRouter:
    """Captures and files."""
    router = APIRouter()

    @router.get("/capture/{number:number}")
    def capture(request: Request, number: int) -> Response:
        with context.connect() as connection:
            found = _numbered(connection, number)
            original, response = capture_with_body(connection, context.settings.warcs, found)
            shown = article_at_capture(connection, found)
            name = site_names(connection).get(found.site, found.site)
        is_page = response is not None and is_html(response)
        told: dict[str, Any] = {"found": found, "original": original, "response": response, "shown": shown}
        return context.render_page(request, "capture.html", **told, is_page=is_page, name=name)

    @router.get("/capture/{number:number}/page")
    def page(request: Request, number: int) -> Response:
        return _stored(context, request, number)

    @router.get("/capture/{number:number}/raw")
    def raw(number: int) -> Response:
        with context.connect() as connection:
            found = _numbered(connection, number)
            _, response = capture_with_body(connection, context.settings.warcs, found)
        if response is None:
            raise HTTPException(404)
        name = f"capture-{number}{PurePosixPath(urlsplit(found.capture.url).path).suffix[:8] or '.bin'}"
        return inert(response.content(LARGEST), BYTES, name, drawn=False)

    return router


def _stored(context: WebContext, request: Request, number: int) -> Response:
    """The page as stored, on a stage of its own."""
    with context.connect() as connection:
        found = _numbered(connection, number)
        _, response = capture_with_body(connection, context.settings.warcs, found)
        if response is None or not is_html(response):
            raise HTTPException(404)
        body = response.content(LARGEST)
        kept = stored_file_ids(connection, found.site, image_urls(body, found.capture.url))
    ours = {address: f"/file/{file}" for address, file in kept.items()}
    told = _header(response, "content-type")
    return Response(
        rewrite_archived_page(body, found.capture.url, ours),
        headers={
            "Content-Type": html_content_type(told),
            "Content-Security-Policy": _stage(context.public_url(request, "/file/")),
            "Referrer-Policy": "no-referrer",
            "Cache-Control": "private, max-age=3600",
        },
    )


def _numbered(connection: Connection, number: int) -> StoredCapture:
    found = capture_by_id(connection, number)
    if found is None:
        raise HTTPException(404)
    return found


def _header(response: StoredResponse, name: str) -> str:
    return next((value for key, value in response.headers if key.lower() == name), "")


def is_html(response: StoredResponse) -> bool:
    """Whether an answer was a page."""
    return "html" in _header(response, "content-type").lower()


def _stage(pictures: str) -> str:
    """The policy of a stored page: nothing runs, nothing is sent, only our own pictures are drawn."""
    return (
        f"sandbox; default-src 'none'; img-src {pictures} 'self'; style-src 'unsafe-inline'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'self'"
    )
