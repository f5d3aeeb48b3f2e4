"""Pages of a reader's saved searches: what is new of each, and the forms that change them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import RedirectResponse

from storage.articles.statistics import article_summaries
from storage.database.ids import HIGHEST
from storage.readers import saved_searches
from storage.readers.saved_searches import AlertRecipient, SavedSearch, SavedSearchError
from storage.web.auth.authorization import require_user, require_user_with_role
from storage.web.context import WebContext
from storage.web.request_user import user_of
from storage.web.roles import Role

MAX_LISTED_MATCHES = 50
# Changes of the archive that are looked through, so that a reader away for a year gets the page.
MAX_SEARCHED_CHANGES = 20_000
MAX_SAVED_QUERY_CHARS = 1000  # as of the results page
SavedSearchName = Annotated[str, Form(max_length=1000)]
SavedQuery = Annotated[str, Form(alias="q", max_length=2000)]
UntilSeq = Annotated[int, Form(alias="until", ge=0, le=HIGHEST)]


def routes(context: WebContext) -> APIRouter:
    """Return the routes that show and change saved searches."""
    saved_search_pages = APIRouter(prefix="/watches")
    _add_saved_search_pages(saved_search_pages, context)
    _add_saved_search_forms(saved_search_pages, context)
    _add_saved_search_removal(saved_search_pages, context)
    return saved_search_pages


def _add_saved_search_pages(saved_search_pages: APIRouter, context: WebContext) -> None:
    @saved_search_pages.get("")
    def search_list(request: Request) -> Response:
        return _saved_searches_page(context, request, None, 200 if user_of(request) else 403)

    @saved_search_pages.get("/{number:number}")
    def saved_search(request: Request, number: int) -> Response:
        user = require_user(request)
        with context.connect() as connection:
            search = saved_searches.search_by_id(connection, user, number)
            new_matches = saved_searches.find_new_matches(connection, search, MAX_SEARCHED_CHANGES)
            listed_matches = new_matches.matches[:MAX_LISTED_MATCHES]
            summaries = article_summaries(connection, [match.article_id for match in listed_matches])
        articles = [(summaries[match.article_id], match) for match in listed_matches]
        return context.render_page(
            request, "saved_search.html", search=search, new_matches=new_matches, articles=articles
        )


def _add_saved_search_forms(saved_search_pages: APIRouter, context: WebContext) -> None:
    @saved_search_pages.post("")
    def add(request: Request, name: SavedSearchName = "", query: SavedQuery = "") -> Response:
        user = require_user_with_role(request, Role.READER)
        recipient = AlertRecipient(user, language=context.localizer_for(request).language)
        query = _checked_saved_query(query)
        name = name.strip() or query.strip()[: saved_searches.MAX_NAME_CHARS]
        with context.engine.begin() as connection:
            search = saved_searches.add_search(connection, name, query, recipient, datetime.now(UTC))
        return _redirect_to(search)

    @saved_search_pages.post("/{number:number}/change")
    def change(
        request: Request,
        number: int,
        name: SavedSearchName = "",
        query: SavedQuery = "",
        language: SavedSearchName = "",
    ) -> Response:
        user = require_user_with_role(request, Role.READER)
        query = _checked_saved_query(query)
        with context.engine.begin() as connection:
            search = saved_searches.search_by_id(connection, user, number)
            saved_searches.change_search(connection, search, name, query, language or search.language)
        return _redirect_to(search)

    @saved_search_pages.post("/{number:number}/seen")
    def mark_seen(request: Request, number: int, until_seq: UntilSeq) -> Response:
        user = require_user_with_role(request, Role.READER)
        with context.engine.begin() as connection:
            search = saved_searches.search_by_id(connection, user, number)
            saved_searches.advance_cursor(connection, search, until_seq)
        return _redirect_to(search)


def _add_saved_search_removal(saved_search_pages: APIRouter, context: WebContext) -> None:
    @saved_search_pages.post("/{number:number}/delete")
    def delete(request: Request, number: int) -> Response:
        user = require_user_with_role(request, Role.READER)
        with context.engine.begin() as connection:
            search = saved_searches.search_by_id(connection, user, number)
            saved_searches.remove_search(connection, search)
        return RedirectResponse("/watches", 303)


def _checked_saved_query(query: str) -> str:
    if len(query) > MAX_SAVED_QUERY_CHARS:
        raise SavedSearchError(f"a search has at most {MAX_SAVED_QUERY_CHARS} characters, not {len(query)}")
    return query


def _redirect_to(search: SavedSearch) -> Response:
    return RedirectResponse(f"/watches/{search.id}", 303)


def _saved_searches_page(context: WebContext, request: Request, problem: str | None, status: int) -> Response:
    user = user_of(request)
    with context.connect() as connection:
        searches = saved_searches.searches_of(connection, user) if user else []
    return context.render_page(request, "saved_searches.html", status, searches=searches, problem=problem)


def error_page(context: WebContext, request: Request, error: Exception) -> Response:
    """Return the page that says why a saved search could not be found, saved or changed."""
    assert isinstance(error, SavedSearchError)
    return _saved_searches_page(context, request, str(error), 404 if request.method == "GET" else 400)
