"""Errors: a page for everything that can go wrong, saying what a reader can do about it."""

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
from storage.readers.saved_searches import WatchError
from storage.search.query.parse import QueryError
from storage.warc.errors import WarcError
from storage.web.context import Desk
from storage.web.middleware.security_headers import HEADERS
from storage.web.pages import collections as keeping
from storage.web.pages import saved_searches as watching

log = logging.getLogger("congdoan.web")
RETRY = {"Retry-After": "10"}  # seconds


class ErrorPages:
    """What readers see in place of a page that could not be made."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def join(self, app: FastAPI) -> None:
        """Give the application its pages for errors."""
        app.add_exception_handler(HTTPException, self.refused)
        app.add_exception_handler(RequestValidationError, self.missing)
        app.add_exception_handler(TooCostlyError, self.costly)
        app.add_exception_handler(DBAPIError, self.database)
        app.add_exception_handler(DataError, self.missing)  # a number or a letter no row can have
        app.add_exception_handler(OverflowError, self.missing)  # so says SQLite's driver
        app.add_exception_handler(PoolTimeout, self.busy)
        app.add_exception_handler(DatabaseLocked, self.busy)
        app.add_exception_handler(WarcError, self.unread)
        app.add_exception_handler(QueryError, self.misread)
        app.add_exception_handler(CollectionError, partial(keeping.refused, self._desk))
        app.add_exception_handler(WatchError, partial(watching.refused, self._desk))
        app.add_exception_handler(Exception, self.broken)

    def refused(self, request: Request, error: Exception) -> Response:
        """An address that is none, or a method that is not answered."""
        assert isinstance(error, HTTPException)
        if error.status_code == 404:
            return self.missing(request, error)
        return self._desk.page(request, "error.html", error.status_code, problem="refused")

    def missing(self, request: Request, _error: Exception) -> Response:
        """Nothing is at this address."""
        return self._desk.page(request, "error.html", 404, problem="missing")

    def costly(self, request: Request, _error: Exception) -> Response:
        """The database was stopped."""
        return self._desk.page(request, "error.html", 503, problem="costly")

    def database(self, request: Request, error: Exception) -> Response:
        """The database is locked, or does not answer."""
        assert isinstance(error, DBAPIError)
        told = explain(error, str(self._desk.engine.url))
        if isinstance(told, DatabaseLocked):
            return self.busy(request, error)
        return self.broken(request, told)

    def busy(self, request: Request, _error: Exception) -> Response:
        """Too many ask at once, or somebody holds the database."""
        response = self._desk.page(request, "error.html", 503, problem="busy")
        response.headers.update(RETRY)
        return response

    def unread(self, request: Request, error: Exception) -> Response:
        """A WARC file is missing or damaged."""
        log.error("%s: %s", request.url.path, error)
        return self._desk.page(request, "error.html", 503, problem="unread")

    def misread(self, request: Request, error: Exception) -> Response:
        """A query that cannot be understood."""
        assert isinstance(error, QueryError)
        return self._desk.page(request, "error.html", 400, problem="query", wrong=error)

    def broken(self, request: Request, error: Exception) -> Response:
        """A mistake of ours."""
        log.error("%s: %s: %s", request.url.path, type(error).__name__, error)
        response = self._desk.page(request, "error.html", 500, problem="broken")
        response.headers.update(HEADERS)  # made outside of every middleware
        return response
