"""Citing: how an article, a text or a capture is named elsewhere, in the page and as files."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from fastapi import APIRouter, HTTPException, Request, Response
from markupsafe import Markup
from sqlalchemy import Connection

from storage.citations.citation_formats import CITATION_FORMATS, CitationFormat, format_citation
from storage.citations.html_metadata import head_html
from storage.citations.lookup import CitationError, cite_article, cite_capture
from storage.citations.reference import ArchiveIdentity, Reference
from storage.readers import collections
from storage.readers.collections import ReaderCollection
from storage.web.context import WebContext, with_etag

PROSE = ("vn", "apa", "chicago")
FILES = tuple(CITATION_FORMATS[name] for name in ("bibtex", "ris", "csl"))
NAME = ArchiveIdentity().name
Find = Callable[[Connection, ArchiveIdentity], Reference]


@dataclass(frozen=True, slots=True)
class CitationText:
    """One form of a citation as the page shows it."""

    form: str  # its name
    text: str
    file: str  # the address it can be had from; empty = it is only shown


@dataclass(frozen=True, slots=True)
class CitationView:
    """What the page of an article needs to be cited."""

    cited: Reference
    head: Markup  # for its head
    references: tuple[CitationText, ...]
    signed_in: bool
    collections: tuple[ReaderCollection, ...]  # of the reader, to put the article in


def archive_identity(context: WebContext, request: Request) -> ArchiveIdentity:
    """The archive as the reader reached it."""
    return ArchiveIdentity(context.public_url(request, ""), context.settings.name or NAME)


def citing(context: WebContext, request: Request, article: int, revision: int | None) -> CitationView:
    """How an article, or one of its texts, is cited."""
    with context.connect() as connection:
        cited = cite_article(connection, archive_identity(context, request), article, revision)
        user = getattr(request.state, "user", None)
        own = tuple(collections.collections_of(connection, str(user))) if user else ()
    told = tuple(
        CitationText(name, format_citation(cited, name), "" if name in PROSE else cited.path + form.suffix)
        for name, form in CITATION_FORMATS.items()
    )
    return CitationView(cited, Markup(head_html(cited)), told, bool(user), own)  # noqa: S704 - head_html escapes all it is given


def routes(context: WebContext) -> APIRouter:
    """Files of one reference: `/article/12.bib`, `/article/12/revision/2.ris`, `/capture/34.csl.json`."""
    router = APIRouter()

    def give(request: Request, form: CitationFormat, find: Find) -> Response:
        try:
            with context.connect() as connection:
                cited = find(connection, archive_identity(context, request))
        except CitationError as error:
            raise HTTPException(404) from error
        told = {"Content-Disposition": f'attachment; filename="{cited.key}{form.suffix}"'}
        return with_etag(request, Response(form.write([cited]), media_type=form.media_type, headers=told))

    for form in FILES:
        _offer(router, form, give)
    return router


def _offer(
    router: APIRouter, form: CitationFormat, give: Callable[[Request, CitationFormat, Find], Response]
) -> None:
    @router.get(f"/article/{{number:number}}{form.suffix}")
    def article(request: Request, number: int) -> Response:
        return give(request, form, lambda connection, archive: cite_article(connection, archive, number))

    @router.get(f"/article/{{number:number}}/revision/{{wanted:number}}{form.suffix}")
    def revision(request: Request, number: int, wanted: int) -> Response:
        return give(
            request, form, lambda connection, archive: cite_article(connection, archive, number, wanted)
        )

    @router.get(f"/capture/{{number:number}}{form.suffix}")
    def capture(request: Request, number: int) -> Response:
        return give(request, form, lambda connection, archive: cite_capture(connection, archive, number))
