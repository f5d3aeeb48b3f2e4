"""WebContext: what every page needs - read connections with a time limit, cache, languages, templates."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from functools import cached_property, partial
from pathlib import Path
from threading import BoundedSemaphore
from typing import Any
from urllib.parse import quote, urlencode

from fastapi import Request, Response
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from sqlalchemy import Connection, Engine

from storage.articles.statistics import SiteSummary, site_summaries
from storage.database.engine import DatabaseLocked
from storage.database.timeouts import time_limited
from storage.web.cache import TtlCache
from storage.web.rendering.localizer import LANGUAGES, Localizer, load_localizers, negotiate_language
from storage.web.request_user import role_of, user_of
from storage.web.roles import Role
from storage.web.settings import WebSettings

WEB_FOLDER = Path(__file__).parent
STATIC_FOLDER = WEB_FOLDER / "static"
LANGUAGE_COOKIE = "lang"
LANGUAGE_COOKIE_SECONDS = 365 * 24 * 3600
REQUEST_BASE_URL = re.compile(
    r"https?://[\w.-]+(:\d+)?|https?://\[[\da-f:]+\](:\d+)?"
)  # a Host header may be anything
# More queries at once make each other slow, and all of them late; the engine's pool has fifteen connections.
MAX_CONCURRENT_READS = min(12, max(4, 2 * (os.cpu_count() or 1)))
READ_SLOT_WAIT_SECONDS = 15.0
STATISTICS_TIMEOUT_FACTOR = 12  # times the page's time limit, for what is computed once and cached


@dataclass(frozen=True)
class WebContext:
    """Shared state of the web application: made once by create_app, passed to every module of routes."""

    engine: Engine
    settings: WebSettings
    cache: TtlCache = field(default_factory=TtlCache, init=False, repr=False)  # statistics of the archive
    _read_connection_slots: BoundedSemaphore = field(
        default_factory=partial(BoundedSemaphore, MAX_CONCURRENT_READS), init=False, repr=False
    )

    @contextmanager
    def connect(self, timeout_factor: int = 1) -> Iterator[Connection]:
        """Open a read snapshot of the archive, limited to the page's seconds times `timeout_factor`.

        Raises TooCostlyError when the queries take longer. At most MAX_CONCURRENT_READS run at once; others
        wait for a slot, and their time begins when they have one. Raises DatabaseLocked when no slot becomes
        free. Must not be nested.
        """
        if not self._read_connection_slots.acquire(timeout=READ_SLOT_WAIT_SECONDS):
            raise DatabaseLocked(
                f"{MAX_CONCURRENT_READS} readers at once, and another waited for {READ_SLOT_WAIT_SECONDS:g} s"
            )
        try:
            with time_limited(self.engine, self.settings.page_seconds * timeout_factor) as connection:
                yield connection
        finally:
            self._read_connection_slots.release()

    def connect_for_statistics(self) -> AbstractContextManager[Connection]:
        """Open a read snapshot with the longer time limit of statistics that read every row."""
        return self.connect(STATISTICS_TIMEOUT_FACTOR)

    def sites(self) -> tuple[SiteSummary, ...]:
        """Return every site with counts of its articles, at most a minute old."""
        with self.connect_for_statistics() as connection:
            return self.cache.get_or_compute("sites", lambda: site_summaries(connection))

    @cached_property
    def _localizers(self) -> Mapping[str, Localizer]:
        return load_localizers()

    @cached_property
    def _page_templates(self) -> Environment:
        template_environment = Environment(
            loader=FileSystemLoader(WEB_FOLDER / "templates"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        template_environment.globals |= {
            "settings": self.settings,
            "static_url": self._static_url,
            "languages": LANGUAGES,
        }
        template_environment.filters["quoted"] = lambda text: quote(str(text), safe="")
        return template_environment

    @cached_property
    def _static_digests(self) -> Mapping[str, str]:
        files = (path for path in STATIC_FOLDER.iterdir() if path.is_file())
        return {path.name: hashlib.sha256(path.read_bytes()).hexdigest()[:12] for path in files}

    def _static_url(self, file_name: str) -> str:
        """Return the URL of a static file; it changes with the file's bytes, so that caches drop it."""
        return f"/static/{file_name}?v={self._static_digests[file_name]}"

    def localizer_for(self, request: Request) -> Localizer:
        """Return the localizer of the reader's language."""
        language = negotiate_language(
            request.query_params.get("lang"),
            request.cookies.get(LANGUAGE_COOKIE),
            request.headers.get("accept-language", ""),
        )
        return self._localizers[language]

    def public_url(self, request: Request, path: str) -> str:
        """Return the absolute URL of one of our paths: the configured base URL, else the request's own."""
        request_base = str(request.base_url).rstrip("/")
        return (
            self.settings.base_url or (request_base if REQUEST_BASE_URL.fullmatch(request_base) else "")
        ) + path

    def render_page(
        self,
        request: Request,
        template: str,
        status: int = 200,
        **variables: Any,  # noqa: ANN401
    ) -> Response:
        """Render a template in the reader's language; 304 without a body when the browser has it."""
        localizer = self.localizer_for(request)
        page_html = self._page_templates.get_template(template).render(
            _=localizer,
            plural=localizer.plural,
            term=localizer.term,
            localizer=localizer,
            lang=localizer.language,
            path=request.url.path,
            language_urls={language: _language_url(request, language) for language in LANGUAGES},
            canonical_url=self.public_url(request, request.url.path),
            query_text=request.query_params.get("q", ""),
            user=user_of(request),
            accounts_enabled=getattr(request.state, "accounts_enabled", False),
            is_curator=role_of(request) >= Role.CURATOR,
            is_operator=role_of(request) >= Role.OPERATOR,
            **variables,
        )
        return self._keep_language(request, with_etag(request, HTMLResponse(page_html, status)))

    def _keep_language(self, request: Request, response: Response) -> Response:
        """Set the language cookie when the URL chose a language."""
        response.headers["Content-Language"] = self.localizer_for(request).language
        if request.query_params.get("lang") in LANGUAGES:
            response.set_cookie(
                LANGUAGE_COOKIE,
                request.query_params["lang"],
                max_age=LANGUAGE_COOKIE_SECONDS,
                httponly=True,
                samesite="lax",
                secure=request.url.scheme == "https",
            )
        return response


def with_etag(request: Request, response: Response) -> Response:
    """Add a weak ETag of the body; return 304 without the body when If-None-Match names that tag."""
    response.headers["Vary"] = "Accept-Language, Cookie"
    response.headers["Cache-Control"] = "private, no-cache"
    if response.status_code != 200:
        return response
    page_etag = f'W/"{hashlib.sha256(bytes(response.body)).hexdigest()[:24]}"'
    response.headers["ETag"] = page_etag
    if_none_match = request.headers.get("if-none-match", "")
    if page_etag in (tag.strip() for tag in if_none_match.split(",")):
        cache_headers = ("ETag", "Vary", "Cache-Control")
        return Response(status_code=304, headers={name: response.headers[name] for name in cache_headers})
    return response


def _language_url(request: Request, language: str) -> str:
    """Return the URL of the requested page in another language."""
    parameters = [(name, value) for name, value in request.query_params.multi_items() if name != "lang"]
    return f"{quote(request.url.path)}?{urlencode([*parameters, ('lang', language)])}"
