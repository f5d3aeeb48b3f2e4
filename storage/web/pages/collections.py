"""Pages of a reader's collections, and the forms that change them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Form, HTTPException, Request, Response
from fastapi.responses import RedirectResponse
from sqlalchemy import Connection

from storage.database.ids import HIGHEST
from storage.readers import collections
from storage.readers.bibliography import BIBLIOGRAPHY_FORMATS, annotated_references
from storage.readers.collections import CollectionError, ReaderCollection
from storage.web.auth.authorization import require_user, require_user_with_role
from storage.web.context import WebContext, with_etag
from storage.web.pages.citations import archive_identity
from storage.web.request_user import user_of
from storage.web.roles import Role

COLLECTION_MEDIA_TYPES = {
    "csv": "text/csv",
    "ris": "application/x-research-info-systems",
    "bib": "application/x-bibtex",
}
RowId = Annotated[int, Form(gt=0, le=HIGHEST)]
FormText = Annotated[str, Form(max_length=collections.MAX_NOTE_CHARS + 1)]


def routes(context: WebContext) -> APIRouter:
    """Return the routes that show and change collections."""
    collection_pages = APIRouter(prefix="/collections")
    _add_collection_pages(collection_pages, context)
    _add_collection_forms(collection_pages, context)
    return collection_pages


def _add_collection_pages(collection_pages: APIRouter, context: WebContext) -> None:
    @collection_pages.get("")
    def collection_list(request: Request) -> Response:
        user = user_of(request)
        if user is None:
            return context.render_page(request, "collections.html", 403, collections=[], problem=None)
        with context.connect() as connection:
            reader_collections = collections.collections_of(connection, user)
        return context.render_page(request, "collections.html", collections=reader_collections, problem=None)

    @collection_pages.get("/{number:number}")
    def collection_page(request: Request, number: int) -> Response:
        user = require_user(request)
        with context.connect() as connection:
            collection = collections.collection_by_id(connection, user, number)
            references = annotated_references(connection, archive_identity(context, request), collection)
            collection_items = collections.items_of(connection, collection)
        return context.render_page(
            request,
            "collection.html",
            collection=collection,
            rows=list(zip(references, collection_items, strict=True)),
        )

    @collection_pages.get("/{number:number}.{form}")
    def file(request: Request, number: int, form: str) -> Response:
        user = require_user(request)
        if form not in BIBLIOGRAPHY_FORMATS:
            raise HTTPException(404)
        with context.connect() as connection:
            collection = collections.collection_by_id(connection, user, number)
            collection_text = BIBLIOGRAPHY_FORMATS[form](
                annotated_references(connection, archive_identity(context, request), collection)
            )
        headers = {"Content-Disposition": f'attachment; filename="collection-{number}.{form}"'}
        media_type = f"{COLLECTION_MEDIA_TYPES[form]}; charset=utf-8"
        return with_etag(request, Response(collection_text, media_type=media_type, headers=headers))


def _add_collection_forms(collection_pages: APIRouter, context: WebContext) -> None:
    @collection_pages.post("")
    def new(request: Request, name: FormText = "") -> Response:
        user = require_user_with_role(request, Role.CURATOR)
        with context.engine.begin() as connection:
            collection = collections.create_collection(connection, user, name, datetime.now(UTC))
        return _redirect_to(collection)

    @collection_pages.post("/add")
    def add(request: Request, into: RowId, article: RowId, revision: RowId, note: FormText = "") -> Response:
        with context.engine.begin() as connection:
            collection = _own_collection(connection, request, into)
            collections.add_item(connection, collection, (article, revision), note, datetime.now(UTC))
        return _redirect_to(collection)

    @collection_pages.post("/{number:number}/note")
    def note(request: Request, number: int, article: RowId, revision: RowId, note: FormText = "") -> Response:
        with context.engine.begin() as connection:
            collection = _own_collection(connection, request, number)
            collections.set_note(connection, collection, (article, revision), note)
        return _redirect_to(collection)

    @collection_pages.post("/{number:number}/remove")
    def remove(request: Request, number: int, article: RowId, revision: RowId) -> Response:
        with context.engine.begin() as connection:
            collection = _own_collection(connection, request, number)
            collections.remove_item(connection, collection, (article, revision))
        return _redirect_to(collection)

    @collection_pages.post("/{number:number}/delete")
    def delete(request: Request, number: int) -> Response:
        with context.engine.begin() as connection:
            collection = _own_collection(connection, request, number)
            collections.delete_collection(connection, collection)
        return RedirectResponse("/collections", 303)


def _own_collection(connection: Connection, request: Request, number: int) -> ReaderCollection:
    """Return the curator's collection of that number; raises CollectionError, or refuses other roles."""
    return collections.collection_by_id(connection, require_user_with_role(request, Role.CURATOR), number)


def _redirect_to(collection: ReaderCollection) -> Response:
    return RedirectResponse(f"/collections/{collection.id}", 303)


def error_page(context: WebContext, request: Request, error: Exception) -> Response:
    """Return the page that says why a collection could not be found or changed."""
    assert isinstance(error, CollectionError)
    user = user_of(request)
    with context.connect() as connection:
        reader_collections = collections.collections_of(connection, user) if user else []
    status = 404 if request.method == "GET" else 400
    return context.render_page(
        request, "collections.html", status, collections=reader_collections, problem=str(error)
    )
