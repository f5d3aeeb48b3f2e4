"""create_api: the JSON API as an application of its own, with its own errors; it answers only GET."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

import orjson
from fastapi import Depends, FastAPI, HTTPException, Request, Response
from fastapi.routing import APIRoute
from typing_extensions import Doc

from storage.articles.changes import identity, newest
from storage.articles.statistics import ArchiveStatistics, archive_statistics
from storage.export.export_row import SCHEMA_VERSION, ExportRow
from storage.stories.story import Story
from storage.web import problem_details as problems
from storage.web.api import articles, changes, places_documents, search, sites, stories
from storage.web.api.openapi import describe_api
from storage.web.api.parameters import KeyOrName, reject_unknown_parameters
from storage.web.api.responses import json_bytes_response, json_response
from storage.web.context import WebContext
from storage.web.problem_details import API_PREFIX, ProblemTypes, problem_types

API_VERSION = "1.0.0"  # the major part is in the URL
API_DESCRIPTION = """\
The archive of Viet Nam's trade-union press, read only. Lists go on with `next` as `after`; every answer
has a strong `ETag`; every error is `application/problem+json`. Numbers of articles, stories, revisions
and captures are never used again. `/articles/{number}` is a row of the exports, which `/schema/article`
describes."""
API_MODULES = (search, articles, stories, sites, places_documents, changes)
CACHE_API_ONE_HOUR = "private, max-age=3600"


@dataclass(frozen=True, slots=True)
class ApiOverview:
    """What this API is, and where to begin."""

    name: Annotated[str, Doc("of the archive; empty = it has none of its own")]
    archive: Annotated[
        str, Doc("identity of this archive, another one after it was rebuilt; empty while it is empty")
    ]
    seq: Annotated[int, Doc("number of the last change")]
    schema: Annotated[int, Doc("version of the article schema")]
    holdings: Annotated[ArchiveStatistics, Doc("counts over the whole archive")]
    openapi: Annotated[str, Doc("path of the description of this API")]
    article_schema: Annotated[str, Doc("path of the JSON Schema of an article")]


API_RESPONSE_MODELS = (
    ApiOverview,
    ProblemTypes,
    ExportRow,
    Story,
    search.SearchResponse,
    articles.RevisionDetail,
    articles.RevisionPage,
    articles.RevisionDifference,
    articles.CaptureDetail,
    articles.CapturePage,
    sites.SiteList,
    sites.SiteDetail,
    sites.VisitList,
    sites.VisitReport,
    places_documents.PlaceList,
    places_documents.PlaceDetail,
    places_documents.DocumentList,
    places_documents.DocumentDetail,
    changes.ChangeFeed,
)


def create_api(context: WebContext) -> FastAPI:
    """Return the API over the context's archive, to be mounted at API_PREFIX."""
    api = FastAPI(
        title="congdoan-archive",
        version=API_VERSION,
        description=API_DESCRIPTION,
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        dependencies=[Depends(reject_unknown_parameters)],
        generate_unique_id_function=_operation_id,
        redirect_slashes=False,
    )
    for api_module in API_MODULES:
        api.include_router(api_module.routes(context))
    _add_api_routes(api, context)
    problems.add_problem_handlers(api, str(context.engine.url))
    return api


def _operation_id(route: APIRoute) -> str:
    return route.name


def _add_api_routes(api: FastAPI, context: WebContext) -> None:
    @api.get("/", response_model=ApiOverview, tags=["about"], summary="What this is")
    def about(request: Request) -> Response:
        with context.connect() as connection:
            api_overview = ApiOverview(
                context.settings.name,
                identity(connection),
                newest(connection),
                SCHEMA_VERSION,
                context.cache.get_or_compute("holdings", lambda: archive_statistics(connection)),
                f"{API_PREFIX}/openapi.json",
                f"{API_PREFIX}/schema/article",
            )
        return json_response(request, api_overview)

    @api.get("/problems", response_model=ProblemTypes, tags=["about"], summary="Every kind of error")
    def every(request: Request) -> Response:
        return json_response(request, problem_types(), CACHE_API_ONE_HOUR)

    @api.get(
        "/problems/{code}", response_model=problems.ProblemType, tags=["about"], summary="A kind of error"
    )
    def kind(request: Request, code: KeyOrName) -> Response:
        for problem_type in problem_types().problems:
            if problem_type.code == code:
                return json_response(request, problem_type, CACHE_API_ONE_HOUR)
        raise HTTPException(404, "there is no problem of that name")

    @api.get("/openapi.json", include_in_schema=False)
    def openapi(request: Request) -> Response:
        openapi_document = context.cache.get_or_compute(
            "openapi", lambda: orjson.dumps(describe_api(api, API_RESPONSE_MODELS)), 24 * 3600
        )
        return json_bytes_response(request, openapi_document, CACHE_API_ONE_HOUR)
