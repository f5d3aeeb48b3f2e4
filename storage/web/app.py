"""The reading room as an application: one module for each family of pages, joined here."""

from __future__ import annotations

from fastapi import FastAPI
from sqlalchemy import Engine
from starlette.middleware.gzip import GZipMiddleware
from starlette.staticfiles import StaticFiles

from storage.web import (
    about,
    articles,
    captures,
    citing,
    documents,
    feeding,
    filed,
    home,
    keeping,
    organisations,
    places,
    results,
    sites,
    stories,
    taking,
)
from storage.web.desk import STATIC, Desk
from storage.web.errors import ErrorPages
from storage.web.headers import HeadersAlone, SafeHeaders
from storage.web.room import Room

# Each has `routes(desk: Desk) -> APIRouter`. The API is an application of its own (it has its own errors):
# mount it in create_app, as the static files are.
# Files come first: `/article/12.bib` is no article called `12.bib`.
FAMILIES = (
    *(citing, feeding, taking, keeping),
    *(home, results, articles, stories, captures, filed, sites, places, organisations, documents, about),
)


def create_app(engine: Engine, room: Room) -> FastAPI:
    """The reading room over an archive's database and WARC files; it only ever reads them."""
    desk = Desk(engine, room)
    app = FastAPI(title="congdoan-archive", docs_url=None, redoc_url=None, openapi_url=None)
    app.state.desk = desk
    for family in FAMILIES:
        app.include_router(family.routes(desk))
    app.mount("/static", StaticFiles(directory=STATIC))
    ErrorPages(desk).join(app)
    app.add_middleware(GZipMiddleware, minimum_size=1024)
    app.add_middleware(HeadersAlone)
    app.add_middleware(SafeHeaders)
    return app
