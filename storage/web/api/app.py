"""The API as an application of its own: it has its own errors, and answers nothing but GET."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

import orjson
from fastapi import Depends, FastAPI, HTTPException, Request, Response
from fastapi.routing import APIRoute
from typing_extensions import Doc

from storage.articles import changes
from storage.articles.statistics import ArchiveStatistics, archive_statistics
from storage.export.row import SCHEMA_VERSION, ExportRow
from storage.stories.queries import Story
from storage.web import problem_details as problems
from storage.web.api import articles, sites, stories
from storage.web.api import changes as feed
from storage.web.api import places_documents as named
from storage.web.api import search as finding
from storage.web.api.openapi import described
from storage.web.api.parameters import Named, only_known
from storage.web.api.responses import reply, reply_bytes
from storage.web.context import WebContext
from storage.web.problem_details import API_PREFIX, ProblemTypes, problem_types

VERSION = "1.0.0"  # of the API; the major part is in its address
ABOUT = """The archive of Viet Nam's trade-union press, read only. Lists go on with `next` as `after`; every
answer has a strong `ETag`; every error is `application/problem+json`. Numbers of articles, stories, revisions
and captures are never used again. `/articles/{number}` is a row of the exports, which `/schema/article`
describes."""
FAMILIES = (finding, articles, stories, sites, named, feed)
LASTING = "private, max-age=3600"


@dataclass(frozen=True, slots=True)
class About:
    """What this is, and where to begin."""

    name: Annotated[str, Doc("of the archive; empty = it has none of its own")]
    archive: Annotated[str, Doc("tells it from one begun anew; empty while nothing is in it")]
    seq: Annotated[int, Doc("number of the last change")]
    schema: Annotated[int, Doc("version of the form of an article")]
    holdings: Annotated[ArchiveStatistics, Doc("the whole archive in a few numbers")]
    openapi: Annotated[str, Doc("path of the description of this API")]
    article_schema: Annotated[str, Doc("path of the JSON Schema of an article")]


TOLD = (
    About,
    ProblemTypes,
    ExportRow,
    Story,
    finding.Found,
    articles.Revised,
    articles.Texts,
    articles.Difference,
    articles.Captured,
    articles.Captures,
    sites.Sites,
    sites.Site,
    sites.Visits,
    sites.Visited,
    named.Places,
    named.PlaceTold,
    named.Documents,
    named.DocumentTold,
    feed.Feed,
)


def create_api(context: WebContext) -> FastAPI:
    """The API over the desk's archive, to be mounted at PREFIX."""
    app = FastAPI(
        title="congdoan-archive",
        version=VERSION,
        description=ABOUT,
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        dependencies=[Depends(only_known)],
        generate_unique_id_function=_named,
        redirect_slashes=False,
    )
    for family in FAMILIES:
        app.include_router(family.routes(context))
    _about(app, context)
    problems.add_problem_handlers(app, str(context.engine.url))
    return app


def _named(route: APIRoute) -> str:
    return route.name


def _about(app: FastAPI, context: WebContext) -> None:
    @app.get("/", response_model=About, tags=["about"], summary="What this is")
    def about(request: Request) -> Response:
        with context.connect() as connection:
            told = About(
                context.settings.name,
                changes.identity(connection),
                changes.newest(connection),
                SCHEMA_VERSION,
                context.cache.get_or_compute("holdings", lambda: archive_statistics(connection)),
                f"{API_PREFIX}/openapi.json",
                f"{API_PREFIX}/schema/article",
            )
        return reply(request, told)

    @app.get("/problems", response_model=ProblemTypes, tags=["about"], summary="Every kind of error")
    def every(request: Request) -> Response:
        return reply(request, problem_types(), LASTING)

    @app.get(
        "/problems/{code}", response_model=problems.ProblemType, tags=["about"], summary="A kind of error"
    )
    def kind(request: Request, code: Named) -> Response:
        for each in problem_types().problems:
            if each.code == code:
                return reply(request, each, LASTING)
        raise HTTPException(404, "there is no problem of that name")

    @app.get("/openapi.json", include_in_schema=False)
    def openapi(request: Request) -> Response:
        made = context.cache.get_or_compute("openapi", lambda: orjson.dumps(described(app, TOLD)), 24 * 3600)
        return reply_bytes(request, made, LASTING)
