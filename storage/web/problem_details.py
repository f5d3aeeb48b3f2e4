"""Problem details (RFC 9457): every error of the API as application/problem+json, with a code."""

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
API_PREFIX = "/api/v1"
PROBLEM_MEDIA_TYPE = "application/problem+json"
RETRY_AFTER_SECONDS = 10
MAX_PARAMETER_PROBLEMS = 20  # named in one answer


class ProblemCode(Enum):
    """Closed list of what can be wrong: code, HTTP status, and what it means."""

    MISREAD_QUERY = ("misread_query", 400, "The query or cursor cannot be understood")
    MISREAD_CURSOR = ("misread_cursor", 400, "The cursor is none of this list")
    BAD_REQUEST = ("bad_request", 400, "The request cannot be understood")
    SIGN_IN = ("sign_in", 401, "Readers of this archive sign in")
    FORBIDDEN = ("forbidden", 403, "Your role does not allow this")
    NOT_FOUND = ("not_found", 404, "Nothing is at this address")
    METHOD = ("method", 405, "Only GET and HEAD are answered")
    ANOTHER_ARCHIVE = ("another_archive", 409, "This archive is not the one you were reading: begin anew")
    TOO_LONG = ("too_long", 413, "The request is longer than any this API takes")
    BAD_PARAMETER = ("bad_parameter", 422, "A parameter is unknown, or has a value it cannot have")
    TOO_LARGE = ("too_large", 422, "The answer is larger than one answer may be: ask for less")
    TOO_MANY = ("too_many", 429, "Too many requests: wait")
    BROKEN = ("broken", 500, "An error in the program; the log has it")
    TOO_COSTLY = (
        "too_costly",
        503,
        "The database was stopped because the answer took too long: ask for less",
    )
    BUSY = ("busy", 503, "Too many ask at once, or another process holds the database: ask again soon")

    def __init__(self, code: str, status: int, title: str) -> None:
        self.code = code
        self.status = status
        self.title = title


@dataclass(frozen=True, slots=True)
class ParameterError:
    """One wrong parameter of a request."""

    parameter: Annotated[str, Doc("its name")]
    message: Annotated[str, Doc("what is wrong with it")]


@dataclass(frozen=True, slots=True)
class ProblemDetails:
    """An error (RFC 9457)."""

    type: Annotated[str, Doc("address of what this type of problem means; `code` is its last part")]
    title: Annotated[str, Doc("what this type of problem means")]
    status: Annotated[int, Doc("the HTTP status")]
    code: Annotated[str, Doc("from the closed list under /api/v1/problems")]
    detail: Annotated[str | None, Doc("what is wrong in this request")] = None
    instance: Annotated[str | None, Doc("the path of the request")] = None
    position: Annotated[int | None, Doc("of the wrong character in the query, counted from 0")] = None
    problem: Annotated[str | None, Doc("what is wrong with a query, from the query language's own list")] = (
        None
    )
    errors: Annotated[tuple[ParameterError, ...], Doc("what is wrong with the request's parameters")] = ()


@dataclass(frozen=True, slots=True)
class ProblemType:
    """One type of problem."""

    code: Annotated[str, Doc("its name")]
    status: Annotated[int, Doc("the HTTP status of its answers")]
    title: Annotated[str, Doc("what it means")]


@dataclass(frozen=True, slots=True)
class ProblemTypes:
    """Every type of problem."""

    problems: Annotated[tuple[ProblemType, ...], Doc("in the order of their status")]


def problem_types() -> ProblemTypes:
    """Return the closed list of problem types."""
    return ProblemTypes(
        tuple(
            ProblemType(problem_code.code, problem_code.status, problem_code.title)
            for problem_code in ProblemCode
        )
    )


def problem_response(
    path: str,
    code: ProblemCode,
    detail: str | None = None,
    headers: Mapping[str, str] | None = None,
    **members: Any,  # noqa: ANN401
) -> Response:
    """Return the response for a problem; `members` are further fields of ProblemDetails."""
    problem_type_url = f"{API_PREFIX}/problems/{code.code}"
    problem_details = ProblemDetails(
        problem_type_url, code.title, code.status, code.code, detail, path, **members
    )
    problem_body = {name: value for name, value in asdict(problem_details).items() if value not in (None, ())}
    problem_headers = {"Cache-Control": "no-store", **(headers or {})}
    if code.status in {429, 503}:
        problem_headers.setdefault("Retry-After", str(RETRY_AFTER_SECONDS))
    return Response(orjson.dumps(problem_body), code.status, problem_headers, media_type=PROBLEM_MEDIA_TYPE)


def add_problem_handlers(app: FastAPI, database_url: str) -> None:
    """Register the API's exception handlers; messages name the database without its password."""

    def database_problem(request: Request, error: Exception) -> Response:
        explained = explain(cast("DBAPIError", error), database_url)
        if isinstance(explained, DatabaseLocked):
            return _busy_problem(request, error)
        return _unexpected_problem(request, explained)

    app.add_exception_handler(HTTPException, _http_problem)
    app.add_exception_handler(RequestValidationError, _parameter_problem)
    app.add_exception_handler(QueryError, _query_problem)
    app.add_exception_handler(TooCostlyError, _timed_out_problem)
    app.add_exception_handler(DBAPIError, database_problem)
    app.add_exception_handler(DatabaseLocked, _busy_problem)
    app.add_exception_handler(DatabaseError, _unexpected_problem)
    app.add_exception_handler(DataError, _not_found_problem)  # a number or a letter no row can have
    app.add_exception_handler(OverflowError, _not_found_problem)  # the same, raised by SQLite's driver
    app.add_exception_handler(PoolTimeout, _busy_problem)
    app.add_exception_handler(Exception, _unexpected_problem)


PROBLEM_CODE_BY_STATUS = {
    code.status: code
    for code in (ProblemCode.BAD_REQUEST, ProblemCode.SIGN_IN, ProblemCode.FORBIDDEN, ProblemCode.NOT_FOUND)
}
PROBLEM_CODE_BY_STATUS |= {
    405: ProblemCode.METHOD,
    409: ProblemCode.ANOTHER_ARCHIVE,
    422: ProblemCode.BAD_PARAMETER,
}


def _http_problem(request: Request, error: Exception) -> Response:
    http_error = cast("HTTPException", error)
    problem_code = PROBLEM_CODE_BY_STATUS.get(http_error.status_code, ProblemCode.BAD_REQUEST)
    has_detail = http_error.detail not in {"Not Found", "Method Not Allowed", problem_code.title}
    problem_detail = http_error.detail if has_detail else None
    return problem_response(request.url.path, problem_code, problem_detail, http_error.headers)


def _parameter_problem(request: Request, error: Exception) -> Response:
    validation_errors = cast("RequestValidationError", error).errors()[:MAX_PARAMETER_PROBLEMS]
    parameter_errors = tuple(
        ParameterError(str(error["loc"][-1]), str(error["msg"])) for error in validation_errors
    )
    problem_detail = "; ".join(f"{error.parameter}: {error.message}" for error in parameter_errors)
    return problem_response(
        request.url.path, ProblemCode.BAD_PARAMETER, problem_detail, errors=parameter_errors
    )


def _query_problem(request: Request, error: Exception) -> Response:
    query_error = cast("QueryError", error)
    return problem_response(
        request.url.path,
        ProblemCode.MISREAD_QUERY,
        query_error.message,
        position=query_error.position,
        problem=query_error.problem.value,
    )


def _not_found_problem(request: Request, _error: Exception) -> Response:
    return problem_response(request.url.path, ProblemCode.NOT_FOUND)


def _timed_out_problem(request: Request, _error: Exception) -> Response:
    return problem_response(request.url.path, ProblemCode.TOO_COSTLY)


def _busy_problem(request: Request, _error: Exception) -> Response:
    return problem_response(request.url.path, ProblemCode.BUSY)


def _unexpected_problem(request: Request, error: Exception) -> Response:
    log.error("%s: %s: %s", request.url.path, type(error).__name__, error)
    return problem_response(request.url.path, ProblemCode.BROKEN)
