"""Articles: as exports have them, every text they had, what changed, and the captures they rest on."""

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
from storage.captures.queries import StoredCapture, article_at_capture, capture_by_id
from storage.export.row import ExportedRevision, ExportRow
from storage.export.row_schema import article_json_schema
from storage.export.rows import read_rows
from storage.records import Article, Capture, Revision
from storage.web.api.parameters import After, Number, page_of
from storage.web.api.responses import reply, reply_bytes
from storage.web.context import WebContext
from storage.web.problem_details import API_PREFIX

MOST = 100  # rows of a page


@dataclass(frozen=True, slots=True)
class Revised:
    """One text an article has, or had."""

    id: Annotated[int, Doc("of the article")]
    number: Annotated[int, Doc("of the revision, from 1")]
    newest: Annotated[bool, Doc("it is the article's text now")]
    noticed_at: Annotated[datetime, Doc("when the page with it was fetched")]
    exact: Annotated[str, Doc("hex digest of the normalised title, lead and body; equal in copies")]
    content: Annotated[str, Doc("SHA-256 of title, lead, body and attachments, exactly as read")]
    capture: Annotated[int | None, Doc("number of the capture it was read off")]
    article: Annotated[Article, Doc("all that was read")]


@dataclass(frozen=True, slots=True)
class Texts:
    """One page of the texts an article had."""

    id: Annotated[int, Doc("of the article")]
    revisions: Annotated[tuple[ExportedRevision, ...], Doc("the first one first")]
    next: Annotated[str | None, Doc("the cursor of the page after this one: pass it as `after`")]


@dataclass(frozen=True, slots=True)
class Difference:
    """What changed from one text of an article to another."""

    id: Annotated[int, Doc("of the article")]
    older: Annotated[ExportedRevision, Doc("the text `from` names")]
    newer: Annotated[ExportedRevision, Doc("the text `to` names")]
    parts: Annotated[
        tuple[FieldDiff, ...], Doc("title, lead, body, attachments: those of which a word changed")
    ]


@dataclass(frozen=True, slots=True)
class Captured:
    """One answer of a site as the archive keeps it."""

    id: Annotated[int, Doc("of the capture")]
    site: Annotated[str, Doc("key of the site")]
    run: Annotated[int, Doc("number of the visit it was made in")]
    article: Annotated[int | None, Doc("that stands at the address it was made of")]
    capture: Annotated[Capture, Doc("where its bytes are")]
    raw: Annotated[str, Doc("path of the bytes as they were sent")]
    page: Annotated[str, Doc("path of the stored page, for a person, in a sandbox")]


@dataclass(frozen=True, slots=True)
class Captures:
    """One page of the captures an article rests on."""

    id: Annotated[int, Doc("of the article")]
    captures: Annotated[tuple[Captured, ...], Doc("the oldest first")]
    next: Annotated[str | None, Doc("the cursor of the page after this one: pass it as `after`")]


Limit = Annotated[int, Query(ge=1, le=MOST, description="rows of a page")]


def routes(context: WebContext) -> APIRouter:
    """Articles and captures by their numbers."""
    router = APIRouter(tags=["articles"])
    _articles(router, context)
    _versions(router, context)
    _captures(router, context)
    return router


def _articles(router: APIRouter, context: WebContext) -> None:
    @router.get("/articles/{number}", response_model=ExportRow, summary="An article, as exports have it")
    def article(request: Request, number: Number) -> Response:
        with context.connect() as connection:
            _revisions(connection, number)
            row = read_rows(connection, [number])[0]
        with_etag = reply_bytes(request, orjson.dumps(row))
        with_etag.headers["Link"] = f'<{API_PREFIX}/schema/article>; rel="describedby"'
        return with_etag

    @router.get("/schema/article", summary="JSON Schema of an article, the same as of an export's rows")
    def form(request: Request) -> Response:
        return reply_bytes(request, orjson.dumps(article_json_schema()), "private, max-age=3600")

    @router.get("/at", response_model=ExportRow, summary="The article that stands, or stood, at an address")
    def at(
        request: Request,
        url: Annotated[str, Query(min_length=1, max_length=2000, description="address of the web")],
    ) -> Response:
        with context.connect() as connection:
            number = catalogue.article_id_at(connection, url.strip())
            if number is None:
                raise HTTPException(404, "no article stood at that address")
            row = read_rows(connection, [number])[0]
        return reply_bytes(request, orjson.dumps(row))


def _versions(router: APIRouter, context: WebContext) -> None:
    @router.get("/articles/{number}/revisions", response_model=Texts, summary="Every text an article had")
    def revisions(request: Request, number: Number, limit: Limit = MOST, after: After = None) -> Response:
        with context.connect() as connection:
            found = [_noted(each) for each in _revisions(connection, number)]
        shown, more = page_of("revisions", found, after, limit)
        return reply(request, Texts(number, shown, more))

    @router.get("/articles/{number}/revisions/{wanted}", response_model=Revised, summary="One text")
    def revision(request: Request, number: Number, wanted: Number) -> Response:
        with context.connect() as connection:
            found = _revisions(connection, number)
        one = _chosen(found, wanted)
        told = Revised(
            id=number,
            number=one.number,
            newest=one is found[-1],
            noticed_at=one.noticed_at,
            exact=one.exact,
            content=one.content,
            capture=one.capture_id,
            article=one.article,
        )
        return reply(request, told)

    @router.get("/articles/{number}/diff", response_model=Difference, summary="What changed, word by word")
    def diff(
        request: Request,
        number: Number,
        older: Annotated[int, Query(alias="from", ge=1, le=1 << 31, description="number of a revision")],
        newer: Annotated[int, Query(alias="to", ge=1, le=1 << 31, description="number of a revision")],
    ) -> Response:
        with context.connect() as connection:
            found = _revisions(connection, number)
        old, new = _chosen(found, older), _chosen(found, newer)
        parts = diff_revisions(old.article, new.article)
        return reply(request, Difference(number, _noted(old), _noted(new), parts))


def _captures(router: APIRouter, context: WebContext) -> None:
    @router.get("/articles/{number}/captures", response_model=Captures, summary="What an article rests on")
    def captures(request: Request, number: Number, limit: Limit = MOST, after: After = None) -> Response:
        with context.connect() as connection:
            texts = _revisions(connection, number)
            places = catalogue.appearances_of(connection, number)
            named = {each.capture_id for each in texts} | {each.capture_id for each in places}
            ids = sorted(each for each in named if each)
            shown, more = page_of("captures", ids, after, limit)
            found = tuple(_told(connection, each) for each in shown)
        return reply(request, Captures(number, found, more))

    @router.get("/captures/{number}", response_model=Captured, summary="One answer of a site, as it was sent")
    def capture(request: Request, number: Number) -> Response:
        with context.connect() as connection:
            return reply(request, _told(connection, number))


def _told(connection: Connection, number: int) -> Captured:
    found: StoredCapture | None = capture_by_id(connection, number)
    if found is None:
        raise HTTPException(404, f"there is no capture {number}")
    shown = article_at_capture(connection, found)
    return Captured(
        id=found.id,
        site=found.site,
        run=found.run,
        article=shown[0] if shown else None,
        capture=found.capture,
        raw=f"/capture/{number}/raw",
        page=f"/capture/{number}/page",
    )


def _noted(revision: Revision) -> ExportedRevision:
    return ExportedRevision(revision.number, revision.noticed_at, revision.content)


def _revisions(connection: Connection, number: int) -> tuple[Revision, ...]:
    found = catalogue.revisions_of(connection, number)
    if not found:
        raise HTTPException(404, f"there is no article {number}")
    return found


def _chosen(revisions: tuple[Revision, ...], wanted: int) -> Revision:
    for revision in revisions:
        if revision.number == wanted:
            return revision
    raise HTTPException(404, f"there is no revision {wanted}; there are {len(revisions)}")
