"""create_app: joins pages, API, error pages and middleware into one web application."""

from __future__ import annotations

from fastapi import Depends, FastAPI
from sqlalchemy import Engine
from starlette.staticfiles import StaticFiles

from storage.web.api.app import create_api
from storage.web.api.responses import PageCompressionMiddleware
from storage.web.auth.csrf import require_same_origin
from storage.web.context import STATIC_FOLDER, WebContext
from storage.web.error_pages import ErrorPages
from storage.web.middleware.security_headers import HeadMiddleware, SecurityHeadersMiddleware
from storage.web.middleware.stack import add_middleware_stack
from storage.web.pages import (
    about,
    articles,
    captures,
    citations,
    collections,
    documents,
    feeds,
    files,
    home,
    operations,
    organisations,
    places,
    saved_searches,
    search_downloads,
    search_results,
    sites,
    stories,
)
from storage.web.problem_details import API_PREFIX
from storage.web.roles import AccessSettings
from storage.web.settings import WebSettings
from storage.web.url_converters import register_row_id_convertor

# Each module has `routes(context: WebContext) -> APIRouter`. The order counts: the routes of files
# (`/article/12.bib`) come before those of pages, or `12.bib` would be taken for an article's number.
PAGE_MODULES = (
    *(citations, feeds, search_downloads, collections, saved_searches, operations),
    *(
        home,
        search_results,
        articles,
        stories,
        captures,
        files,
        sites,
        places,
        organisations,
        documents,
        about,
    ),
)


def create_app(engine: Engine, settings: WebSettings, access: AccessSettings | None = None) -> FastAPI:
    """Return the web application over an archive's database and WARC files.

    It writes only readers' collections and saved searches, and operators' decisions. Without `access`
    everyone is a reader, nobody can sign in, and every Host header is accepted.
    """
    register_row_id_convertor()
    context = WebContext(engine, settings)
    web_app = FastAPI(
        title="congdoan-archive",
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        dependencies=[Depends(require_same_origin)],
    )
    web_app.state.context = context
    for page_module in PAGE_MODULES:
        web_app.include_router(page_module.routes(context))
    web_app.mount("/static", StaticFiles(directory=STATIC_FOLDER))
    web_app.mount(API_PREFIX, create_api(context))
    ErrorPages(context).add_handlers(web_app)
    web_app.add_middleware(PageCompressionMiddleware, minimum_size=1024)
    web_app.add_middleware(HeadMiddleware)
    add_middleware_stack(web_app, context, access or AccessSettings())
    web_app.add_middleware(SecurityHeadersMiddleware)
    return web_app
