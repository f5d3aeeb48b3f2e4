"""OpenAPI 3.1 description of the API; every field is described by the `Doc` of its annotation."""

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

SCHEMA_REF = "#/components/schemas/"
ERROR_STATUSES = (400, 401, 403, 404, 409, 422, 429, 500, 503)
TEXT_SCHEMA = {"type": "string"}
NUMBER_SCHEMA = {"type": "integer", "minimum": 0}
CACHE_HEADERS = {
    "ETag": {
        "description": "strong tag of these bytes; send it back in If-None-Match",
        "schema": TEXT_SCHEMA,
    },
    "Cache-Control": {
        "description": "how long the answer may be used without asking again",
        "schema": TEXT_SCHEMA,
    },
}
RATE_HEADERS = {
    "RateLimit-Policy": {"description": "`q` requests in `w` seconds, each client", "schema": TEXT_SCHEMA},
    "RateLimit": {
        "description": "`r` requests are left, all of them again in `t` seconds",
        "schema": TEXT_SCHEMA,
    },
}
RETRY_HEADERS = {"Retry-After": {"description": "seconds to wait", "schema": NUMBER_SCHEMA}}


def response_models(*annotations: Any) -> Iterator[type]:  # noqa: ANN401 - annotations
    """Yield every dataclass these annotations are made of, each once."""
    pending, done = list(annotations), set()
    while pending:
        annotation = pending.pop(0)
        pending += get_args(annotation)
        if isinstance(annotation, type) and is_dataclass(annotation) and annotation not in done:
            done.add(annotation)
            pending += get_type_hints(annotation).values()
            yield annotation


def describe_api(app: FastAPI, models: tuple[type, ...]) -> dict[str, Any]:
    """Return the OpenAPI document of the API; `models` are the dataclasses its routes answer with."""
    document = get_openapi(
        title=app.title,
        version=app.version,
        description=app.description,
        routes=app.routes,
        servers=[{"url": API_PREFIX}],
        tags=app.openapi_tags,
    )
    schemas = document["components"]["schemas"]
    for name in ("HTTPValidationError", "ValidationError"):
        schemas.pop(name, None)
    problem = TypeAdapter(ProblemDetails).json_schema(
        mode="serialization", ref_template=SCHEMA_REF + "{model}"
    )
    schemas |= problem.pop("$defs")
    schemas["ProblemDetails"] = problem | {"required": ["type", "title", "status", "code"]}
    for model in response_models(*models, ProblemDetails):
        for name in (model.__name__, f"{model.__module__}.{model.__name__}".replace(".", "__")):
            if name in schemas:
                _describe_model(schemas[name], model)
    for path in document["paths"].values():
        for operation in path.values():
            _describe_responses(operation)
    describe_local_times(document)
    return document


def _describe_model(schema: dict[str, Any], model: type) -> None:
    schema["description"] = (inspect.getdoc(model) or "").splitlines()[0]
    meanings = field_meanings(model)
    for name, field in schema.get("properties", {}).items():
        if meanings.get(name):
            field["description"] = meanings[name]


def _describe_responses(operation: dict[str, Any]) -> None:
    """Add the headers of every answer, and the answers that every operation may give."""
    responses: dict[str, Any] = operation["responses"]
    responses["200"]["headers"] = {**CACHE_HEADERS, **RATE_HEADERS}
    responses["304"] = {
        "description": "The client has these bytes already",
        "headers": {**CACHE_HEADERS, **RATE_HEADERS},
    }
    for status in ERROR_STATUSES:
        codes = [code for code in ProblemCode if code.status == status]
        retry_headers = RETRY_HEADERS if status in {429, 503} else {}
        responses[str(status)] = {
            "description": "; ".join(f"`{code.code}`: {code.title}" for code in codes),
            "headers": {**RATE_HEADERS, **retry_headers},
            "content": {PROBLEM_MEDIA_TYPE: {"schema": {"$ref": f"{SCHEMA_REF}ProblemDetails"}}},
        }
