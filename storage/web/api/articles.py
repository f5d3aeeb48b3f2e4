"""Articles in the API: export rows, revisions, differences between them, and captures."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

import orjson
from fastapi import APIRouter, HTTPException, Query, Request, Response
from sqlalchemy import Connection
from typing_extensions import Doc

from storage.articles import queries as catalogue
from storage.articles.revision_diff import FieldDiff, diff_revisions
from storage.captures.stored_captures import StoredCapture, article_at_capture, capture_by_id
from storage.export.export_row import ExportedRevision, ExportRow
from storage.export.json_rows import read_rows
from storage.export.row_schema import article_json_schema
from storage.records import Article, Capture, Revision
from storage.web.api.parameters import After, Number, cursor_page
from storage.web.api.responses import json_bytes_response, json_response
from storage.web.context import WebContext
from storage.web.problem_details import API_PREFIX

MAX_REVISIONS = 100  # of a page


@dataclass(frozen=True, slots=True)
class RevisionDetail:
    """One revision of an article: a text it has, or had."""

    id: Annotated[int, Doc("of the article")]
    number: Annotated[int, Doc("of the revision, from 1")]
    newest: Annotated[bool, Doc("it is the article's text now")]
    noticed_at: Annotated[datetime, Doc("when the page with it was fetched")]
    exact: Annotated[str, Doc("hex digest of the normalised title, lead and body; equal in copies")]
    content: Annotated[str, Doc("SHA-256 of title, lead, body and attachments, exactly as read")]
    capture: Annotated[int | None, Doc("number of the capture it was read off")]
    article: Annotated[Article, Doc("all that was read")]


@dataclass(frozen=True, slots=True)
class RevisionPage:
    """One page of the revisions of an article."""

    id: Annotated[int, Doc("of the article")]
    revisions: Annotated[tuple[ExportedRevision, ...], Doc("the first one first")]
    next: Annotated[str | None, Doc("the cursor of the page after this one: pass it as `after`")]


@dataclass(frozen=True, slots=True)
class RevisionDifference:
    """What changed from one revision of an article to another."""

    id: Annotated[int, Doc("of the article")]
    older: Annotated[ExportedRevision, Doc("the text `from` names")]
    newer: Annotated[ExportedRevision, Doc("the text `to` names")]
    parts: Annotated[
        tuple[FieldDiff, ...], Doc("title, lead, body, attachments: those of which a word changed")
    ]


@dataclass(frozen=True, slots=True)
class CaptureDetail:
    """One stored response of a site."""

    id: Annotated[int, Doc("of the capture")]
    site: Annotated[str, Doc("key of the site")]
    run: Annotated[int, Doc("number of the visit it was made in")]
    article: Annotated[int | None, Doc("that stands at the address it was made of")]
    capture: Annotated[Capture, Doc("where its bytes are")]
    raw: Annotated[str, Doc("path of the bytes as they were sent")]
    page: Annotated[str, Doc("path of the stored page, for a person, in a sandbox")]


@dataclass(frozen=True, slots=True)
class CapturePage:
    """One page of the captures an article was read from."""

    id: Annotated[int, Doc("of the article")]
    captures: Annotated[tuple[CaptureDetail, ...], Doc("the oldest first")]
    next: Annotated[str | None, Doc("the cursor of the page after this one: pass it as `after`")]


Limit = Annotated[int, Query(ge=1, le=MAX_REVISIONS, description="rows of a page")]


def routes(context: WebContext) -> APIRouter:
    """Return the routes of articles and captures."""
    articles_api = APIRouter(tags=["articles"])
    _add_article_routes(articles_api, context)
    _add_revision_routes(articles_api, context)
    _add_difference_routes(articles_api, context)
    _add_capture_routes(articles_api, context)
    return articles_api


def _add_article_routes(articles_api: APIRouter, context: WebContext) -> None:
    @articles_api.get(
        "/articles/{number}", response_model=ExportRow, summary="An article, as exports have it"
    )
    def article(request: Request, number: Number) -> Response:
        with context.connect() as connection:
            _article_revisions(connection, number)
            export_row = read_rows(connection, [number])[0]
        response = json_bytes_response(request, orjson.dumps(export_row))
        response.headers["Link"] = f'<{API_PREFIX}/schema/article>; rel="describedby"'
        return response

    @articles_api.get("/schema/article", summary="JSON Schema of an article, the same as of an export's rows")
    def form(request: Request) -> Response:
        return json_bytes_response(request, orjson.dumps(article_json_schema()), "private, max-age=3600")

    @articles_api.get(
        "/at", response_model=ExportRow, summary="The article that stands, or stood, at an address"
    )
    def at(
        request: Request,
        url: Annotated[str, Query(min_length=1, max_length=2000, description="address of the web")],
    ) -> Response:
        with context.connect() as connection:
            number = catalogue.article_id_at(connection, url.strip())
            if number is None:
                raise HTTPException(404, "no article stood at that address")
            export_row = read_rows(connection, [number])[0]
        return json_bytes_response(request, orjson.dumps(export_row))


def _add_revision_routes(articles_api: APIRouter, context: WebContext) -> None:
    @articles_api.get(
        "/articles/{number}/revisions", response_model=RevisionPage, summary="Every text an article had"
    )
    def revisions(
        request: Request, number: Number, limit: Limit = MAX_REVISIONS, after: After = None
    ) -> Response:
        with context.connect() as connection:
            exported_revisions = [
                _exported_revision(revision) for revision in _article_revisions(connection, number)
            ]
        page_revisions, next_cursor = cursor_page("revisions", exported_revisions, after, limit)
        return json_response(request, RevisionPage(number, page_revisions, next_cursor))

    @articles_api.get(
        "/articles/{number}/revisions/{wanted}", response_model=RevisionDetail, summary="One text"
    )
    def revision(request: Request, number: Number, wanted: Number) -> Response:
        with context.connect() as connection:
            revisions = _article_revisions(connection, number)
        revision = _article_revision(revisions, wanted)
        revision_detail = RevisionDetail(
            id=number,
            number=revision.number,
            newest=revision is revisions[-1],
            noticed_at=revision.noticed_at,
            exact=revision.exact,
            content=revision.content,
            capture=revision.capture_id,
            article=revision.article,
        )
        return json_response(request, revision_detail)


def _add_difference_routes(articles_api: APIRouter, context: WebContext) -> None:
    @articles_api.get(
        "/articles/{number}/diff", response_model=RevisionDifference, summary="What changed, word by word"
    )
    def diff(
        request: Request,
        number: Number,
        older: Annotated[int, Query(alias="from", ge=1, le=1 << 31, description="number of a revision")],
        newer: Annotated[int, Query(alias="to", ge=1, le=1 << 31, description="number of a revision")],
    ) -> Response:
        with context.connect() as connection:
            revisions = _article_revisions(connection, number)
        old_revision, new_revision = _article_revision(revisions, older), _article_revision(revisions, newer)
        field_diffs = diff_revisions(old_revision.article, new_revision.article)
        difference = RevisionDifference(
            number, _exported_revision(old_revision), _exported_revision(new_revision), field_diffs
        )
        return json_response(request, difference)


def _add_capture_routes(articles_api: APIRouter, context: WebContext) -> None:
    @articles_api.get(
        "/articles/{number}/captures", response_model=CapturePage, summary="What an article rests on"
    )
    def captures(
        request: Request, number: Number, limit: Limit = MAX_REVISIONS, after: After = None
    ) -> Response:
        with context.connect() as connection:
            revisions = _article_revisions(connection, number)
            appearances = catalogue.appearances_of(connection, number)
            capture_ids = {revision.capture_id for revision in revisions}
            capture_ids |= {appearance.capture_id for appearance in appearances}
            sorted_ids = sorted(capture_id for capture_id in capture_ids if capture_id)
            page_ids, next_cursor = cursor_page("captures", sorted_ids, after, limit)
            capture_details = tuple(_capture_detail(connection, capture_id) for capture_id in page_ids)
        return json_response(request, CapturePage(number, capture_details, next_cursor))

    @articles_api.get(
        "/captures/{number}", response_model=CaptureDetail, summary="One answer of a site, as it was sent"
    )
    def capture(request: Request, number: Number) -> Response:
        with context.connect() as connection:
            return json_response(request, _capture_detail(connection, number))


def _capture_detail(connection: Connection, number: int) -> CaptureDetail:
    stored_capture: StoredCapture | None = capture_by_id(connection, number)
    if stored_capture is None:
        raise HTTPException(404, f"there is no capture {number}")
    article_and_revision = article_at_capture(connection, stored_capture)
    return CaptureDetail(
        id=stored_capture.id,
        site=stored_capture.site,
        run=stored_capture.run,
        article=article_and_revision[0] if article_and_revision else None,
        capture=stored_capture.capture,
        raw=f"/capture/{number}/raw",
        page=f"/capture/{number}/page",
    )


def _exported_revision(revision: Revision) -> ExportedRevision:
    return ExportedRevision(revision.number, revision.noticed_at, revision.content)


def _article_revisions(connection: Connection, number: int) -> tuple[Revision, ...]:
    revisions = catalogue.revisions_of(connection, number)
    if not revisions:
        raise HTTPException(404, f"there is no article {number}")
    return revisions


def _article_revision(revisions: tuple[Revision, ...], wanted: int) -> Revision:
    for revision in revisions:
        if revision.number == wanted:
            return revision
    raise HTTPException(404, f"there is no revision {wanted}; there are {len(revisions)}")
