"""Keeping: a reader's collections, and what they are told before they have signed in."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Form, HTTPException, Request, Response
from fastapi.responses import RedirectResponse

from storage.database.ids import HIGHEST
from storage.readers import collections
from storage.readers.bibliography import BIBLIOGRAPHY_FORMATS, annotated_references
from storage.readers.collections import CollectionError, ReaderCollection
from storage.web.auth.authorization import require_user, require_user_with_role, user_of
from storage.web.auth.roles import Role
from storage.web.context import WebContext, with_etag
from storage.web.pages.citations import archive_identity

MEDIA = {"csv": "text/csv", "ris": "application/x-research-info-systems", "bib": "application/x-bibtex"}
Number = Annotated[int, Form(gt=0, le=HIGHEST)]
Text = Annotated[str, Form(max_length=collections.MAX_NOTE_CHARS + 1)]


def routes(context: WebContext) -> APIRouter:
    """Collections: reading them, and the forms that change them."""
    router = APIRouter(prefix="/collections")
    _reading(router, context)
    _writing(router, context)
    return router


def _reading(router: APIRouter, context: WebContext) -> None:
    @router.get("")
    def every(request: Request) -> Response:
        user = user_of(request)
        if user is None:
            return context.render_page(request, "collections.html", 403, found=[], problem=None)
        with context.connect() as connection:
            found = collections.collections_of(connection, user)
        return context.render_page(request, "collections.html", found=found, problem=None)

    @router.get("/{number:number}")
    def one(request: Request, number: int) -> Response:
        user = require_user(request)
        with context.connect() as connection:
            within = collections.collection_by_id(connection, user, number)
            rows = annotated_references(connection, archive_identity(context, request), within)
            held = collections.items_of(connection, within)
        return context.render_page(
            request, "collection.html", within=within, rows=list(zip(rows, held, strict=True))
        )

    @router.get("/{number:number}.{form}")
    def file(request: Request, number: int, form: str) -> Response:
        user = require_user(request)
        if form not in BIBLIOGRAPHY_FORMATS:
            raise HTTPException(404)
        with context.connect() as connection:
            within = collections.collection_by_id(connection, user, number)
            text = BIBLIOGRAPHY_FORMATS[form](
                annotated_references(connection, archive_identity(context, request), within)
            )
        told = {"Content-Disposition": f'attachment; filename="collection-{number}.{form}"'}
        return with_etag(request, Response(text, media_type=f"{MEDIA[form]}; charset=utf-8", headers=told))


def _writing(router: APIRouter, context: WebContext) -> None:
    @router.post("")
    def new(request: Request, name: Text = "") -> Response:
        user = require_user_with_role(request, Role.CURATOR)
        with context.engine.begin() as connection:
            made = collections.create_collection(connection, user, name, datetime.now(UTC))
        return _to(made)

    @router.post("/add")
    def add(request: Request, into: Number, article: Number, revision: Number, note: Text = "") -> Response:
        with context.engine.begin() as connection:
            within = collections.collection_by_id(
                connection, require_user_with_role(request, Role.CURATOR), into
            )
            collections.add_item(connection, within, (article, revision), note, datetime.now(UTC))
        return _to(within)

    @router.post("/{number:number}/note")
    def note(request: Request, number: int, article: Number, revision: Number, note: Text = "") -> Response:
        with context.engine.begin() as connection:
            within = collections.collection_by_id(
                connection, require_user_with_role(request, Role.CURATOR), number
            )
            collections.set_note(connection, within, (article, revision), note)
        return _to(within)

    @router.post("/{number:number}/remove")
    def remove(request: Request, number: int, article: Number, revision: Number) -> Response:
        with context.engine.begin() as connection:
            within = collections.collection_by_id(
                connection, require_user_with_role(request, Role.CURATOR), number
            )
            collections.remove_item(connection, within, (article, revision))
        return _to(within)

    @router.post("/{number:number}/delete")
    def delete(request: Request, number: int) -> Response:
        with context.engine.begin() as connection:
            whole = collections.collection_by_id(
                connection, require_user_with_role(request, Role.CURATOR), number
            )
            collections.delete_collection(connection, whole)
        return RedirectResponse("/collections", 303)


def _to(within: ReaderCollection) -> Response:
    return RedirectResponse(f"/collections/{within.id}", 303)


def error_page(context: WebContext, request: Request, error: Exception) -> Response:
    """The page that says why a collection could not be changed as asked."""
    assert isinstance(error, CollectionError)
    user = user_of(request)
    with context.connect() as connection:
        found = collections.collections_of(connection, user) if user else []
    status = 404 if request.method == "GET" else 400
    return context.render_page(request, "collections.html", status, found=found, problem=str(error))
