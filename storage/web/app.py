"""The reading room as an application: one module for each family of pages, joined here."""

from __future__ import annotations

from fastapi import Depends, FastAPI
from sqlalchemy import Engine
from starlette.staticfiles import StaticFiles

from storage.web.api.app import create_api
from storage.web.api.responses import PackedPages
from storage.web.auth.csrf import require_same_origin
from storage.web.auth.roles import Access
from storage.web.context import STATIC, Desk
from storage.web.errors import ErrorPages
from storage.web.middleware.security_headers import HeadersAlone, SafeHeaders
from storage.web.middleware.stack import guard
from storage.web.pages import (
    about,
    articles,
    captures,
    documents,
    home,
    organisations,
    places,
    sites,
    stories,
)
from storage.web.pages import citations as citing
from storage.web.pages import collections as keeping
from storage.web.pages import feeds as feeding
from storage.web.pages import files as filed
from storage.web.pages import operations as operating
from storage.web.pages import saved_searches as watching
from storage.web.pages import search as results
from storage.web.pages import search_downloads as taking
from storage.web.problem_details import PREFIX
from storage.web.settings import Room
from storage.web.url_converters import know_numbers

# Each has `routes(desk: Desk) -> APIRouter`. The API is an application of its own (it has its own errors):
# mount it in create_app, as the static files are.
# Files come first: `/article/12.bib` is no article called `12.bib`.
FAMILIES = (
    *(citing, feeding, taking, keeping, watching, operating),
    *(home, results, articles, stories, captures, filed, sites, places, organisations, documents, about),
)


def create_app(engine: Engine, room: Room, access: Access | None = None) -> FastAPI:
    """The reading room over an archive's database and WARC files.

    It writes nothing but what readers keep and operators judge.

    Without `access` it asks nobody who they are, and does not look at the name it is asked by.
    """
    know_numbers()
    desk = Desk(engine, room)
    app = FastAPI(
        title="congdoan-archive",
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        dependencies=[Depends(require_same_origin)],
    )
    app.state.desk = desk
    for family in FAMILIES:
        app.include_router(family.routes(desk))
    app.mount("/static", StaticFiles(directory=STATIC))
    app.mount(PREFIX, create_api(desk))
    ErrorPages(desk).join(app)
    app.add_middleware(PackedPages, minimum_size=1024)
    app.add_middleware(HeadersAlone)
    guard(app, desk, access or Access())
    app.add_middleware(SafeHeaders)
    return app
