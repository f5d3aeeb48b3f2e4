"""Problems: every error of the API as application/problem+json (RFC 9457), from one closed list."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from enum import Enum
from typing import Annotated, Any, cast

import orjson
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from sqlalchemy.exc import DataError, DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from starlette.exceptions import HTTPException
from typing_extensions import Doc

from storage.database.engine import DatabaseError, DatabaseLocked, explain
from storage.database.timeouts import TooCostlyError
from storage.search.query.parse import QueryError

log = logging.getLogger("congdoan.web")
PREFIX = "/api/v1"
MEDIA = "application/problem+json"
SOON = 10  # seconds until it is worth asking again
MOST_SAID = 20  # mistakes in one request that are told


class Code(Enum):
    """What can be wrong: its name, the status it is told with, and what it means."""

    MISREAD_QUERY = ("misread_query", 400, "The query or cursor cannot be understood")
    MISREAD_CURSOR = ("misread_cursor", 400, "The cursor is none of this list")
    BAD_REQUEST = ("bad_request", 400, "The request cannot be understood")
    SIGN_IN = ("sign_in", 401, "Readers of this archive sign in")
    FORBIDDEN = ("forbidden", 403, "Your role does not allow this")
    NOT_FOUND = ("not_found", 404, "Nothing is at this address")
    METHOD = ("method", 405, "Only GET and HEAD are answered")
    ANOTHER_ARCHIVE = ("another_archive", 409, "This archive is not the one you were reading: begin anew")
    TOO_LONG = ("too_long", 413, "The request is longer than anything that is asked here")
    BAD_PARAMETER = ("bad_parameter", 422, "A parameter is unknown, or has a value it cannot have")
    TOO_LARGE = ("too_large", 422, "The answer is larger than one answer may be: ask for less")
    TOO_MANY = ("too_many", 429, "Too many requests: wait")
    BROKEN = ("broken", 500, "A mistake of ours; it stands in the log")
    TOO_COSTLY = (
        "too_costly",
        503,
        "The database was stopped because the answer took too long: ask for less",
    )
    BUSY = ("busy", 503, "Too many ask at once, or another process holds the database: ask again soon")

    def __init__(self, told: str, status: int, title: str) -> None:
        self.told = told
        self.status = status
        self.title = title


@dataclass(frozen=True, slots=True)
class Mistake:
    """One thing that is wrong with a request."""

    parameter: Annotated[str, Doc("its name")]
    message: Annotated[str, Doc("what is wrong with it")]


@dataclass(frozen=True, slots=True)
class Problem:
    """An error (RFC 9457)."""

    type: Annotated[str, Doc("address of what this kind of problem means; `code` is its last part")]
    title: Annotated[str, Doc("what this kind of problem means")]
    status: Annotated[int, Doc("the HTTP status")]
    code: Annotated[str, Doc("from the closed list under /api/v1/problems")]
    detail: Annotated[str | None, Doc("what it is in this case")] = None
    instance: Annotated[str | None, Doc("the path that was asked for")] = None
    position: Annotated[
        int | None, Doc("of the character in the query that is in question, counted from 0")
    ] = None
    problem: Annotated[str | None, Doc("what is wrong with a query, from the query language's own list")] = (
        None
    )
    errors: Annotated[tuple[Mistake, ...], Doc("what is wrong with the request's parameters")] = ()


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of problem."""

    code: Annotated[str, Doc("its name")]
    status: Annotated[int, Doc("the HTTP status it is told with")]
    title: Annotated[str, Doc("what it means")]


@dataclass(frozen=True, slots=True)
class Kinds:
    """Every kind of problem there is."""

    problems: Annotated[tuple[Kind, ...], Doc("in the order of their status")]


def kinds() -> Kinds:
    """The closed list."""
    return Kinds(tuple(Kind(code.told, code.status, code.title) for code in Code))


def problem(
    path: str,
    code: Code,
    detail: str | None = None,
    headers: Mapping[str, str] | None = None,
    **more: Any,  # noqa: ANN401
) -> Response:
    """The answer that tells a problem; `more` are fields of Problem."""
    said = Problem(f"{PREFIX}/problems/{code.told}", code.title, code.status, code.told, detail, path, **more)
    told = {name: value for name, value in asdict(said).items() if value not in (None, ())}
    kept = {"Cache-Control": "no-store"}
    if code.status in {429, 503}:
        kept["Retry-After"] = str(SOON)
    return Response(orjson.dumps(told), code.status, {**kept, **(headers or {})}, media_type=MEDIA)


def join(app: FastAPI, url: str) -> None:
    """Give the API its errors; `url` is the database's, whose password is never told."""

    def database(request: Request, error: Exception) -> Response:
        told = explain(cast("DBAPIError", error), url)
        return _busy(request, error) if isinstance(told, DatabaseLocked) else _broken(request, told)

    app.add_exception_handler(HTTPException, _refused)
    app.add_exception_handler(RequestValidationError, _mistaken)
    app.add_exception_handler(QueryError, _misread)
    app.add_exception_handler(TooCostlyError, _costly)
    app.add_exception_handler(DBAPIError, database)
    app.add_exception_handler(DatabaseLocked, _busy)
    app.add_exception_handler(DatabaseError, _broken)
    app.add_exception_handler(DataError, _missing)  # a number or a letter no row can have
    app.add_exception_handler(OverflowError, _missing)  # so says SQLite's driver
    app.add_exception_handler(PoolTimeout, _busy)
    app.add_exception_handler(Exception, _broken)


STATUSES = {code.status: code for code in (Code.BAD_REQUEST, Code.SIGN_IN, Code.FORBIDDEN, Code.NOT_FOUND)}
STATUSES |= {405: Code.METHOD, 409: Code.ANOTHER_ARCHIVE, 422: Code.BAD_PARAMETER}


def _refused(request: Request, error: Exception) -> Response:
    told = cast("HTTPException", error)
    code = STATUSES.get(told.status_code, Code.BAD_REQUEST)
    plain = told.detail in {"Not Found", "Method Not Allowed", code.title}
    return problem(request.url.path, code, None if plain else told.detail, told.headers)


def _mistaken(request: Request, error: Exception) -> Response:
    found = cast("RequestValidationError", error).errors()[:MOST_SAID]
    said = tuple(Mistake(str(each["loc"][-1]), str(each["msg"])) for each in found)
    detail = "; ".join(f"{each.parameter}: {each.message}" for each in said)
    return problem(request.url.path, Code.BAD_PARAMETER, detail, errors=said)


def _misread(request: Request, error: Exception) -> Response:
    wrong = cast("QueryError", error)
    return problem(
        request.url.path,
        Code.MISREAD_QUERY,
        wrong.message,
        position=wrong.position,
        problem=wrong.problem.value,
    )


def _missing(request: Request, _error: Exception) -> Response:
    return problem(request.url.path, Code.NOT_FOUND)


def _costly(request: Request, _error: Exception) -> Response:
    return problem(request.url.path, Code.TOO_COSTLY)


def _busy(request: Request, _error: Exception) -> Response:
    return problem(request.url.path, Code.BUSY)


def _broken(request: Request, error: Exception) -> Response:
    log.error("%s: %s: %s", request.url.path, type(error).__name__, error)
    return problem(request.url.path, Code.BROKEN)
