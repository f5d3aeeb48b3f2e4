"""Watching: a reader's saved searches, and what is new of each since they were told."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import RedirectResponse

from storage.articles.statistics import article_summaries
from storage.database.ids import HIGHEST
from storage.readers import saved_searches as watches
from storage.readers.saved_searches import AlertRecipient, SavedSearch, SavedSearchError
from storage.web.auth.authorization import require_user, require_user_with_role, user_of
from storage.web.auth.roles import Role
from storage.web.context import WebContext

SHOWN = 50  # articles that are new
REACH = 20_000  # changes looked through: who was away for a year is not refused the page
LONGEST = 1000  # characters of a query, as of the results page
Name = Annotated[str, Form(max_length=1000)]
Query = Annotated[str, Form(alias="q", max_length=2000)]
Until = Annotated[int, Form(ge=0, le=HIGHEST)]


def routes(context: WebContext) -> APIRouter:
    """Watches: reading them, and the forms that change them."""
    router = APIRouter(prefix="/watches")
    _reading(router, context)
    _writing(router, context)
    return router


def _reading(router: APIRouter, context: WebContext) -> None:
    @router.get("")
    def every(request: Request) -> Response:
        return _every(context, request, None, 200 if user_of(request) else 403)

    @router.get("/{number:number}")
    def one(request: Request, number: int) -> Response:
        user = require_user(request)
        with context.connect() as connection:
            watch = watches.numbered(connection, user, number)
            finding = watches.find(connection, watch, REACH)
            held = article_summaries(connection, [news.article_id for news in finding.news[:SHOWN]])
        new = [(held[news.article_id], news) for news in finding.news[:SHOWN]]
        return context.render_page(request, "saved_search.html", watch=watch, finding=finding, new=new)


def _writing(router: APIRouter, context: WebContext) -> None:
    @router.post("")
    def add(request: Request, name: Name = "", query: Query = "") -> Response:
        told = AlertRecipient(
            require_user_with_role(request, Role.READER), language=context.localizer_for(request).language
        )
        typed = _short(query)
        with context.engine.begin() as connection:
            name = name.strip() or typed.strip()[: watches.LONGEST_NAME]
            made = watches.add(connection, name, typed, told, datetime.now(UTC))
        return _to(made)

    @router.post("/{number:number}/change")
    def change(
        request: Request, number: int, name: Name = "", query: Query = "", language: Name = ""
    ) -> Response:
        user, typed = require_user_with_role(request, Role.READER), _short(query)
        with context.engine.begin() as connection:
            watch = watches.numbered(connection, user, number)
            watches.change(connection, watch, name, typed, language or watch.language)
        return _to(watch)

    @router.post("/{number:number}/seen")
    def seen(request: Request, number: int, until: Until) -> Response:
        user = require_user_with_role(request, Role.READER)
        with context.engine.begin() as connection:
            watch = watches.numbered(connection, user, number)
            watches.seen(connection, watch, until)
        return _to(watch)

    @router.post("/{number:number}/delete")
    def delete(request: Request, number: int) -> Response:
        user = require_user_with_role(request, Role.READER)
        with context.engine.begin() as connection:
            watches.remove(connection, watches.numbered(connection, user, number))
        return RedirectResponse("/watches", 303)


def _short(query: str) -> str:
    if len(query) > LONGEST:
        raise SavedSearchError(f"a search has at most {LONGEST} characters, not {len(query)}")
    return query


def _to(watch: SavedSearch) -> Response:
    return RedirectResponse(f"/watches/{watch.id}", 303)


def _every(context: WebContext, request: Request, problem: str | None, status: int) -> Response:
    user = user_of(request)
    with context.connect() as connection:
        found = watches.of(connection, user) if user else []
    return context.render_page(request, "saved_searches.html", status, found=found, problem=problem)


def error_page(context: WebContext, request: Request, error: Exception) -> Response:
    """The page that says why a watch could not be found, made or changed as asked."""
    assert isinstance(error, SavedSearchError)
    return _every(context, request, str(error), 404 if request.method == "GET" else 400)
