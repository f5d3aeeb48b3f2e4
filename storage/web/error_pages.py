"""Error pages: an HTML page for every error a request can meet, saying what the reader can do about it."""

from __future__ import annotations

import logging
from functools import partial

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from sqlalchemy.exc import DataError, DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from starlette.exceptions import HTTPException

from storage.database.engine import DatabaseLocked, explain
from storage.database.timeouts import TooCostlyError
from storage.readers.collections import CollectionError
from storage.readers.saved_searches import SavedSearchError
from storage.search.query.parse import QueryError
from storage.warc.errors import WarcError
from storage.web.context import WebContext
from storage.web.middleware.security_headers import SECURITY_HEADERS
from storage.web.pages import collections, saved_searches

log = logging.getLogger("congdoan.web")
RETRY_HEADERS = {"Retry-After": "10"}  # seconds


class ErrorPages:
    """Exception handlers that answer with an error page."""

    def __init__(self, context: WebContext) -> None:
        self._context = context

    def add_handlers(self, app: FastAPI) -> None:
        """Register the handlers with the application."""
        app.add_exception_handler(HTTPException, self.http_error_page)
        app.add_exception_handler(RequestValidationError, self.not_found_page)
        app.add_exception_handler(TooCostlyError, self.timed_out_page)
        app.add_exception_handler(DBAPIError, self.database_error_page)
        app.add_exception_handler(DataError, self.not_found_page)  # a number or a letter no row can have
        app.add_exception_handler(OverflowError, self.not_found_page)  # the same, raised by SQLite's driver
        app.add_exception_handler(PoolTimeout, self.busy_page)
        app.add_exception_handler(DatabaseLocked, self.busy_page)
        app.add_exception_handler(WarcError, self.unreadable_warc_page)
        app.add_exception_handler(QueryError, self.query_error_page)
        app.add_exception_handler(CollectionError, partial(collections.error_page, self._context))
        app.add_exception_handler(SavedSearchError, partial(saved_searches.error_page, self._context))
        app.add_exception_handler(Exception, self.unexpected_error_page)

    def http_error_page(self, request: Request, error: Exception) -> Response:
        """Answer an unknown address or a method that no route takes."""
        assert isinstance(error, HTTPException)
        if error.status_code == 404:
            return self.not_found_page(request, error)
        return self._error_page(request, error.status_code, "refused")

    def not_found_page(self, request: Request, _error: Exception) -> Response:
        """Answer 404: no page has this address."""
        return self._error_page(request, 404, "missing")

    def timed_out_page(self, request: Request, _error: Exception) -> Response:
        """Answer 503: the database was stopped at the page's time limit."""
        return self._error_page(request, 503, "costly")

    def database_error_page(self, request: Request, error: Exception) -> Response:
        """Answer 503 when the database is locked, else 500."""
        assert isinstance(error, DBAPIError)
        database_error = explain(error, str(self._context.engine.url))
        if isinstance(database_error, DatabaseLocked):
            return self.busy_page(request, error)
        return self.unexpected_error_page(request, database_error)

    def busy_page(self, request: Request, _error: Exception) -> Response:
        """Answer 503 with Retry-After: too many requests at once, or another process locks the database."""
        error_response = self._error_page(request, 503, "busy")
        error_response.headers.update(RETRY_HEADERS)
        return error_response

    def unreadable_warc_page(self, request: Request, error: Exception) -> Response:
        """Answer 503 and log the WARC file that is missing or damaged."""
        log.error("%s: %s", request.url.path, error)
        return self._error_page(request, 503, "unread")

    def query_error_page(self, request: Request, error: Exception) -> Response:
        """Answer 400 with what is wrong in the search query."""
        assert isinstance(error, QueryError)
        return self._error_page(request, 400, "query", query_error=error)

    def unexpected_error_page(self, request: Request, error: Exception) -> Response:
        """Answer 500 and log the exception."""
        log.error("%s: %s: %s", request.url.path, type(error).__name__, error)
        error_response = self._error_page(request, 500, "broken")
        error_response.headers.update(SECURITY_HEADERS)  # this response is made outside of every middleware
        return error_response

    def _error_page(self, request: Request, status: int, problem: str, **variables: QueryError) -> Response:
        return self._context.render_page(request, "error.html", status, problem=problem, **variables)
