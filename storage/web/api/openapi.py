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

OPENAPI_SCHEMA_REF = "#/components/schemas/"
OPENAPI_ERROR_STATUSES = (400, 401, 403, 404, 409, 422, 429, 500, 503)
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
    pending_annotations, done_models = list(annotations), set()
    while pending_annotations:
        annotation = pending_annotations.pop(0)
        pending_annotations += get_args(annotation)
        if isinstance(annotation, type) and is_dataclass(annotation) and annotation not in done_models:
            done_models.add(annotation)
            pending_annotations += get_type_hints(annotation).values()
            yield annotation


def describe_api(app: FastAPI, models: tuple[type, ...]) -> dict[str, Any]:
    """Return the OpenAPI document of the API; `models` are the dataclasses its routes answer with."""
    openapi_document = get_openapi(
        title=app.title,
        version=app.version,
        description=app.description,
        routes=app.routes,
        servers=[{"url": API_PREFIX}],
        tags=app.openapi_tags,
    )
    openapi_schemas = openapi_document["components"]["schemas"]
    for schema_name in ("HTTPValidationError", "ValidationError"):
        openapi_schemas.pop(schema_name, None)
    problem_schema = TypeAdapter(ProblemDetails).json_schema(
        mode="serialization", ref_template=OPENAPI_SCHEMA_REF + "{model}"
    )
    openapi_schemas |= problem_schema.pop("$defs")
    openapi_schemas["ProblemDetails"] = problem_schema | {"required": ["type", "title", "status", "code"]}
    for response_model in response_models(*models, ProblemDetails):
        for schema_name in (
            response_model.__name__,
            f"{response_model.__module__}.{response_model.__name__}".replace(".", "__"),
        ):
            if schema_name in openapi_schemas:
                _describe_model(openapi_schemas[schema_name], response_model)
    for openapi_path in openapi_document["paths"].values():
        for openapi_operation in openapi_path.values():
            _describe_responses(openapi_operation)
    describe_local_times(openapi_document)
    return openapi_document


def _describe_model(openapi_schema: dict[str, Any], response_model: type) -> None:
    openapi_schema["description"] = (inspect.getdoc(response_model) or "").splitlines()[0]
    field_docs = field_meanings(response_model)
    for field_name, openapi_field in openapi_schema.get("properties", {}).items():
        if field_docs.get(field_name):
            openapi_field["description"] = field_docs[field_name]


def _describe_responses(openapi_operation: dict[str, Any]) -> None:
    """Add the headers of every answer, and the answers that every operation may give."""
    openapi_responses: dict[str, Any] = openapi_operation["responses"]
    openapi_responses["200"]["headers"] = {**CACHE_HEADERS, **RATE_HEADERS}
    openapi_responses["304"] = {
        "description": "The client has these bytes already",
        "headers": {**CACHE_HEADERS, **RATE_HEADERS},
    }
    for status in OPENAPI_ERROR_STATUSES:
        problem_codes = [problem_code for problem_code in ProblemCode if problem_code.status == status]
        retry_headers = RETRY_HEADERS if status in {429, 503} else {}
        openapi_responses[str(status)] = {
            "description": "; ".join(
                f"`{problem_code.code}`: {problem_code.title}" for problem_code in problem_codes
            ),
            "headers": {**RATE_HEADERS, **retry_headers},
            "content": {PROBLEM_MEDIA_TYPE: {"schema": {"$ref": f"{OPENAPI_SCHEMA_REF}ProblemDetails"}}},
        }
