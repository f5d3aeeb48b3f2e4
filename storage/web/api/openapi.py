"""Describing: the API in words (OpenAPI 3.1), every field described by the `Doc` of its annotation."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from dataclasses import is_dataclass
from typing import Any, get_args, get_type_hints

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic import TypeAdapter

from storage.export.row_schema import describe_local_times, field_meanings
from storage.web.problem_details import API_PREFIX, PROBLEM_MEDIA_TYPE, ProblemCode, ProblemDetails

REF = "#/components/schemas/"
ALWAYS = (400, 401, 403, 404, 409, 422, 429, 500, 503)
TEXT = {"type": "string"}
NUMBER = {"type": "integer", "minimum": 0}
TAGGED = {
    "ETag": {"description": "strong tag of these bytes; send it back in If-None-Match", "schema": TEXT},
    "Cache-Control": {"description": "how long the answer may be used unasked", "schema": TEXT},
}
METERED = {
    "RateLimit-Policy": {"description": "`q` requests in `w` seconds, each client", "schema": TEXT},
    "RateLimit": {"description": "`r` requests are left, all of them again in `t` seconds", "schema": TEXT},
}
RETRY = {"Retry-After": {"description": "seconds to wait", "schema": NUMBER}}


def records(*problem_types: Any) -> Iterator[type]:  # noqa: ANN401 - annotations
    """Every dataclass these annotations are made of, each once."""
    todo, done = list(problem_types), set()
    while todo:
        kind = todo.pop(0)
        todo += get_args(kind)
        if isinstance(kind, type) and is_dataclass(kind) and kind not in done:
            done.add(kind)
            todo += get_type_hints(kind).values()
            yield kind


def described(app: FastAPI, told: tuple[type, ...]) -> dict[str, Any]:
    """The API's description; `told` are the records it answers with."""
    made = get_openapi(
        title=app.title,
        version=app.version,
        description=app.description,
        routes=app.routes,
        servers=[{"url": API_PREFIX}],
        tags=app.openapi_tags,
    )
    schemas = made["components"]["schemas"]
    for name in ("HTTPValidationError", "ValidationError"):
        schemas.pop(name, None)
    error = TypeAdapter(ProblemDetails).json_schema(mode="serialization", ref_template=REF + "{model}")
    schemas |= error.pop("$defs")
    schemas["ProblemDetails"] = error | {"required": ["type", "title", "status", "code"]}
    for record in records(*told, ProblemDetails):
        for name in (record.__name__, f"{record.__module__}.{record.__name__}".replace(".", "__")):
            if name in schemas:
                _explain(schemas[name], record)
    for path in made["paths"].values():
        for operation in path.values():
            _answers(operation)
    describe_local_times(made)
    return made


def _explain(schema: dict[str, Any], record: type) -> None:
    schema["description"] = (inspect.getdoc(record) or "").splitlines()[0]
    said = field_meanings(record)
    for name, field in schema.get("properties", {}).items():
        if said.get(name):
            field["description"] = said[name]


def _answers(operation: dict[str, Any]) -> None:
    """What every operation may answer besides what was asked for."""
    answers: dict[str, Any] = operation["responses"]
    answers["200"]["headers"] = {**TAGGED, **METERED}
    answers["304"] = {"description": "You have it already", "headers": {**TAGGED, **METERED}}
    for status in ALWAYS:
        codes = [code for code in ProblemCode if code.status == status]
        waits = RETRY if status in {429, 503} else {}
        answers[str(status)] = {
            "description": "; ".join(f"`{code.code}`: {code.title}" for code in codes),
            "headers": {**METERED, **waits},
            "content": {PROBLEM_MEDIA_TYPE: {"schema": {"$ref": f"{REF}ProblemDetails"}}},
        }
