"""Desk: what every page starts from - the archive read with patience, and templates in two languages."""

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
from storage.web.auth.authorization import role_of
from storage.web.auth.roles import Role
from storage.web.cache import Memory
from storage.web.rendering.i18n import LANGUAGES, Voice, voices, wanted
from storage.web.settings import Room

HERE = Path(__file__).parent
STATIC = HERE / "static"
COOKIE = "lang"
ORIGIN = re.compile(r"https?://[\w.-]+(:\d+)?|https?://\[[\da-f:]+\](:\d+)?")  # a Host header may be anything
YEAR = 365 * 24 * 3600
# More readers at once make each other slow, and all of them late; a pool has fifteen connections.
AT_ONCE = min(12, max(4, 2 * (os.cpu_count() or 1)))
WAIT = 15.0  # seconds a reader waits for the others
LONGER = 12  # times as much patience, for what is counted once in ten minutes


@dataclass(frozen=True)
class Desk:
    """Made once by create_app, handed to every family of pages."""

    engine: Engine
    room: Room
    memory: Memory = field(default_factory=Memory, init=False, repr=False)  # figures over the whole archive
    _chairs: BoundedSemaphore = field(
        default_factory=partial(BoundedSemaphore, AT_ONCE), init=False, repr=False
    )

    @contextmanager
    def reading(self, longer: int = 1) -> Iterator[Connection]:
        """A snapshot of the archive; TooCostlyError when a page takes more time than the room gives it.

        Readers beyond those the machine can serve wait for a chair, and their time begins when they have
        one; DatabaseLocked when none becomes free. Not to be nested.
        """
        if not self._chairs.acquire(timeout=WAIT):
            raise DatabaseLocked(f"{AT_ONCE} readers at once, and another waited for {WAIT:g} s")
        try:
            with time_limited(self.engine, self.room.patience * longer) as connection:
                yield connection
        finally:
            self._chairs.release()

    def counting(self) -> AbstractContextManager[Connection]:
        """The same for figures every record must be read for: they are asked for once and remembered."""
        return self.reading(LONGER)

    def sites(self) -> tuple[SiteSummary, ...]:
        """Every site with what is kept of it, as it was at most a minute ago."""
        with self.counting() as connection:
            return self.memory.recall("sites", lambda: site_summaries(connection))

    @cached_property
    def _voices(self) -> Mapping[str, Voice]:
        return voices()

    @cached_property
    def _templates(self) -> Environment:
        made = Environment(
            loader=FileSystemLoader(HERE / "templates"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        made.globals |= {"room": self.room, "asset": self._asset, "languages": LANGUAGES}
        made.filters["quoted"] = lambda text: quote(str(text), safe="")
        return made

    @cached_property
    def _marks(self) -> Mapping[str, str]:
        files = (path for path in STATIC.iterdir() if path.is_file())
        return {path.name: hashlib.sha256(path.read_bytes()).hexdigest()[:12] for path in files}

    def _asset(self, name: str) -> str:
        """The address of a file of ours; another address when its bytes are others."""
        return f"/static/{name}?v={self._marks[name]}"

    def voice(self, request: Request) -> Voice:
        """The reader's language."""
        chosen = wanted(
            request.query_params.get("lang"),
            request.cookies.get(COOKIE),
            request.headers.get("accept-language", ""),
        )
        return self._voices[chosen]

    def address(self, request: Request, path: str) -> str:
        """The public, permanent address of a path of ours."""
        asked = str(request.base_url).rstrip("/")
        return (self.room.base_url or (asked if ORIGIN.fullmatch(asked) else "")) + path

    def page(self, request: Request, template: str, status: int = 200, **told: Any) -> Response:  # noqa: ANN401
        """A page in the reader's language; 304 when the reader has it already."""
        voice = self.voice(request)
        html = self._templates.get_template(template).render(
            _=voice,
            plural=voice.plural,
            term=voice.term,
            voice=voice,
            lang=voice.language,
            here=request.url.path,
            switched={each: _switched(request, each) for each in LANGUAGES},
            canonical=self.address(request, request.url.path),
            typed=request.query_params.get("q", ""),
            who=getattr(request.state, "user", None),
            signing=getattr(request.state, "signing", False),
            curates=role_of(request) >= Role.CURATOR,
            operates=role_of(request) >= Role.OPERATOR,
            **told,
        )
        return self._remembering(request, answered(request, HTMLResponse(html, status)))

    def _remembering(self, request: Request, response: Response) -> Response:
        """A language asked for by address is kept for the pages after it."""
        response.headers["Content-Language"] = self.voice(request).language
        if request.query_params.get("lang") in LANGUAGES:
            chosen, secure = request.query_params["lang"], request.url.scheme == "https"
            response.set_cookie(COOKIE, chosen, max_age=YEAR, httponly=True, samesite="lax", secure=secure)
        return response


def answered(request: Request, response: Response) -> Response:
    """The response with an entity tag of its bytes; 304 without them when the reader has these."""
    response.headers["Vary"] = "Accept-Language, Cookie"
    response.headers["Cache-Control"] = "private, no-cache"
    if response.status_code != 200:
        return response
    tag = f'W/"{hashlib.sha256(bytes(response.body)).hexdigest()[:24]}"'
    response.headers["ETag"] = tag
    known = request.headers.get("if-none-match", "")
    if tag in (each.strip() for each in known.split(",")):
        kept = ("ETag", "Vary", "Cache-Control")
        return Response(status_code=304, headers={name: response.headers[name] for name in kept})
    return response


def _switched(request: Request, language: str) -> str:
    """The address of this very page in another language."""
    asked = [(key, value) for key, value in request.query_params.multi_items() if key != "lang"]
    return f"{quote(request.url.path)}?{urlencode([*asked, ('lang', language)])}"
