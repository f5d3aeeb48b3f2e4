"""Keeping: a reader's collections, and what they are told before they have signed in."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Form, HTTPException, Request, Response
from fastapi.responses import RedirectResponse

from storage.database.ids import HIGHEST
from storage.readers import collections
from storage.readers.bibliography import FORMS, noted
from storage.readers.collections import Collection, CollectionError
from storage.web.auth.authorization import require_user, require_user_with_role, user_of
from storage.web.auth.roles import Role
from storage.web.context import Desk, answered
from storage.web.pages.citations import house_of

MEDIA = {"csv": "text/csv", "ris": "application/x-research-info-systems", "bib": "application/x-bibtex"}
Number = Annotated[int, Form(gt=0, le=HIGHEST)]
Text = Annotated[str, Form(max_length=collections.LONGEST_NOTE + 1)]


def routes(desk: Desk) -> APIRouter:
    """Collections: reading them, and the forms that change them."""
    router = APIRouter(prefix="/collections")
    _reading(router, desk)
    _writing(router, desk)
    return router


def _reading(router: APIRouter, desk: Desk) -> None:
    @router.get("")
    def every(request: Request) -> Response:
        user = user_of(request)
        if user is None:
            return desk.page(request, "collections.html", 403, user=None, found=[], problem=None)
        with desk.reading() as connection:
            found = collections.of(connection, user)
        return desk.page(request, "collections.html", user=user, found=found, problem=None)

    @router.get("/{number:number}")
    def one(request: Request, number: int) -> Response:
        user = require_user(request)
        with desk.reading() as connection:
            within = collections.numbered(connection, user, number)
            rows = noted(connection, house_of(desk, request), within)
            held = collections.items_of(connection, within)
        return desk.page(request, "collection.html", within=within, rows=list(zip(rows, held, strict=True)))

    @router.get("/{number:number}.{form}")
    def file(request: Request, number: int, form: str) -> Response:
        user = require_user(request)
        if form not in FORMS:
            raise HTTPException(404)
        with desk.reading() as connection:
            within = collections.numbered(connection, user, number)
            text = FORMS[form](noted(connection, house_of(desk, request), within))
        told = {"Content-Disposition": f'attachment; filename="collection-{number}.{form}"'}
        return answered(request, Response(text, media_type=f"{MEDIA[form]}; charset=utf-8", headers=told))


def _writing(router: APIRouter, desk: Desk) -> None:
    @router.post("")
    def new(request: Request, name: Text = "") -> Response:
        user = require_user_with_role(request, Role.CURATOR)
        with desk.engine.begin() as connection:
            made = collections.new(connection, user, name, datetime.now(UTC))
        return _to(made)

    @router.post("/add")
    def add(request: Request, into: Number, article: Number, revision: Number, note: Text = "") -> Response:
        with desk.engine.begin() as connection:
            within = collections.numbered(connection, require_user_with_role(request, Role.CURATOR), into)
            collections.add(connection, within, (article, revision), note, datetime.now(UTC))
        return _to(within)

    @router.post("/{number:number}/note")
    def note(request: Request, number: int, article: Number, revision: Number, note: Text = "") -> Response:
        with desk.engine.begin() as connection:
            within = collections.numbered(connection, require_user_with_role(request, Role.CURATOR), number)
            collections.annotate(connection, within, (article, revision), note)
        return _to(within)

    @router.post("/{number:number}/remove")
    def remove(request: Request, number: int, article: Number, revision: Number) -> Response:
        with desk.engine.begin() as connection:
            within = collections.numbered(connection, require_user_with_role(request, Role.CURATOR), number)
            collections.take_out(connection, within, (article, revision))
        return _to(within)

    @router.post("/{number:number}/delete")
    def delete(request: Request, number: int) -> Response:
        with desk.engine.begin() as connection:
            whole = collections.numbered(connection, require_user_with_role(request, Role.CURATOR), number)
            collections.remove(connection, whole)
        return RedirectResponse("/collections", 303)


def _to(within: Collection) -> Response:
    return RedirectResponse(f"/collections/{within.id}", 303)


def refused(desk: Desk, request: Request, error: Exception) -> Response:
    """The page that says why a collection could not be changed as asked."""
    assert isinstance(error, CollectionError)
    user = user_of(request)
    with desk.reading() as connection:
        found = collections.of(connection, user) if user else []
    status = 404 if request.method == "GET" else 400
    return desk.page(request, "collections.html", status, user=user, found=found, problem=str(error))
