"""Pages of a capture: its record, the archived page in a sandbox, and the bytes as they were sent."""

from __future__ import annotations

from pathlib import PurePosixPath
from urllib.parse import urlsplit

from fastapi import APIRouter, HTTPException, Request, Response
from sqlalchemy import Connection

from storage.articles.statistics import site_names
from storage.captures.stored_captures import (
    StoredCapture,
    article_at_capture,
    capture_by_id,
    capture_with_body,
    stored_file_ids,
)
from storage.warc.exchange import StoredResponse
from storage.web.context import WebContext
from storage.web.pages.files import BINARY_MEDIA_TYPE, MAX_FILE_BYTES, inert_response
from storage.web.rendering.archived_page import html_content_type, image_urls, rewrite_archived_page


def routes(context: WebContext) -> APIRouter:
    """Return the routes of captures."""
    capture_pages = APIRouter()

    @capture_pages.get("/capture/{number:number}")
    def capture(request: Request, number: int) -> Response:
        with context.connect() as connection:
            stored_capture = _stored_capture(connection, number)
            original_capture, capture_response = capture_with_body(
                connection, context.settings.warcs, stored_capture
            )
            article_and_revision = article_at_capture(connection, stored_capture)
            site_name = site_names(connection).get(stored_capture.site, stored_capture.site)
        is_page = capture_response is not None and is_html(capture_response)
        return context.render_page(
            request,
            "capture.html",
            stored=stored_capture,
            original=original_capture,
            response=capture_response,
            article_and_revision=article_and_revision,
            is_page=is_page,
            site_name=site_name,
        )

    @capture_pages.get("/capture/{number:number}/page")
    def page(request: Request, number: int) -> Response:
        return _archived_page(context, request, number)

    @capture_pages.get("/capture/{number:number}/raw")
    def raw(number: int) -> Response:
        return _raw_capture(context, number)

    return capture_pages


def _raw_capture(context: WebContext, number: int) -> Response:
    with context.connect() as connection:
        stored_capture = _stored_capture(connection, number)
        _, capture_response = capture_with_body(connection, context.settings.warcs, stored_capture)
    if capture_response is None:
        raise HTTPException(404)
    url_suffix = PurePosixPath(urlsplit(stored_capture.capture.url).path).suffix[:8]
    file_name = f"capture-{number}{url_suffix or '.bin'}"
    return inert_response(
        capture_response.content(MAX_FILE_BYTES), BINARY_MEDIA_TYPE, file_name, inline=False
    )


def _archived_page(context: WebContext, request: Request, number: int) -> Response:
    """Return the archived page, for a sandboxed frame."""
    with context.connect() as connection:
        stored_capture = _stored_capture(connection, number)
        _, capture_response = capture_with_body(connection, context.settings.warcs, stored_capture)
        if capture_response is None or not is_html(capture_response):
            raise HTTPException(404)
        capture_body = capture_response.content(MAX_FILE_BYTES)
        file_ids = stored_file_ids(
            connection, stored_capture.site, image_urls(capture_body, stored_capture.capture.url)
        )
    archived_images = {url: f"/file/{file_id}" for url, file_id in file_ids.items()}
    return Response(
        rewrite_archived_page(capture_body, stored_capture.capture.url, archived_images),
        headers={
            "Content-Type": html_content_type(_captured_header(capture_response, "content-type")),
            "Content-Security-Policy": _sandbox_policy(context.public_url(request, "/file/")),
            "Referrer-Policy": "no-referrer",
            "Cache-Control": "private, max-age=3600",
        },
    )


def _stored_capture(connection: Connection, number: int) -> StoredCapture:
    stored_capture = capture_by_id(connection, number)
    if stored_capture is None:
        raise HTTPException(404)
    return stored_capture


def _captured_header(capture_response: StoredResponse, name: str) -> str:
    return next((value for key, value in capture_response.headers if key.lower() == name), "")


def is_html(capture_response: StoredResponse) -> bool:
    """True when a stored response is an HTML page."""
    return "html" in _captured_header(capture_response, "content-type").lower()


def _sandbox_policy(image_urls_prefix: str) -> str:
    """Return the policy of an archived page: nothing runs or is sent, only archived images are shown."""
    return (
        f"sandbox; default-src 'none'; img-src {image_urls_prefix} 'self'; style-src 'unsafe-inline'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'self'"
    )
