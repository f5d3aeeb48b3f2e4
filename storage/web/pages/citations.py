"""Citations of an article, a revision or a capture: on the article's page, and as files."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from fastapi import APIRouter, HTTPException, Request, Response
from markupsafe import Markup
from sqlalchemy import Connection

from storage.citations.citation_formats import CITATION_FORMATS, CitationFormat, format_citation
from storage.citations.html_metadata import metadata_html
from storage.citations.lookup import CitationError, cite_article, cite_capture
from storage.citations.reference import ArchiveIdentity, Reference
from storage.readers import collections
from storage.readers.collections import ReaderCollection
from storage.web.context import WebContext, with_etag
from storage.web.request_user import user_of

TEXT_ONLY_FORMATS = ("vn", "apa", "chicago")
FILE_FORMATS = tuple(CITATION_FORMATS[name] for name in ("bibtex", "ris", "csl"))
DEFAULT_ARCHIVE_NAME = ArchiveIdentity().name
FindReference = Callable[[Connection, ArchiveIdentity], Reference]


@dataclass(frozen=True, slots=True)
class CitationText:
    """One citation as the article's page shows it."""

    format_name: str
    text: str
    file_path: str  # path of the file with it; empty = none


@dataclass(frozen=True, slots=True)
class CitationView:
    """Citations of an article, and the reader's collections it can be put into."""

    reference: Reference
    head_metadata: Markup  # for the head of the page
    texts: tuple[CitationText, ...]
    signed_in: bool
    collections: tuple[ReaderCollection, ...]  # of the reader


def archive_identity(context: WebContext, request: Request) -> ArchiveIdentity:
    """Return the archive's identity, with the URL the reader reached it at."""
    return ArchiveIdentity(context.public_url(request, ""), context.settings.name or DEFAULT_ARCHIVE_NAME)


def citation_view(context: WebContext, request: Request, article: int, revision: int | None) -> CitationView:
    """Return the citations of an article, or of one of its revisions."""
    with context.connect() as connection:
        cited_reference = cite_article(connection, archive_identity(context, request), article, revision)
        user = user_of(request)
        reader_collections = tuple(collections.collections_of(connection, user)) if user else ()
    citation_texts = tuple(
        CitationText(
            name,
            format_citation(cited_reference, name),
            "" if name in TEXT_ONLY_FORMATS else cited_reference.path + citation_format.suffix,
        )
        for name, citation_format in CITATION_FORMATS.items()
    )
    head_metadata = Markup(metadata_html(cited_reference))  # noqa: S704 - metadata_html escapes all it is given
    return CitationView(cited_reference, head_metadata, citation_texts, bool(user), reader_collections)


def routes(context: WebContext) -> APIRouter:
    """Return the routes of citation files such as `/article/12.bib` and `/article/12/revision/2.ris`."""
    citation_files = APIRouter()

    def send_citation_file(
        request: Request, citation_format: CitationFormat, find_cited: FindReference
    ) -> Response:
        try:
            with context.connect() as connection:
                cited_reference = find_cited(connection, archive_identity(context, request))
        except CitationError as error:
            raise HTTPException(404) from error
        headers = {
            "Content-Disposition": f'attachment; filename="{cited_reference.key}{citation_format.suffix}"'
        }
        return with_etag(
            request,
            Response(
                citation_format.write([cited_reference]),
                media_type=citation_format.media_type,
                headers=headers,
            ),
        )

    for citation_format in FILE_FORMATS:
        _add_citation_routes(citation_files, citation_format, send_citation_file)
    return citation_files


def _add_citation_routes(
    citation_files: APIRouter,
    citation_format: CitationFormat,
    send_citation_file: Callable[[Request, CitationFormat, FindReference], Response],
) -> None:
    @citation_files.get(f"/article/{{number:number}}{citation_format.suffix}")
    def article(request: Request, number: int) -> Response:
        return send_citation_file(
            request, citation_format, lambda connection, archive: cite_article(connection, archive, number)
        )

    @citation_files.get(
        f"/article/{{number:number}}/revision/{{revision_number:number}}{citation_format.suffix}"
    )
    def revision(request: Request, number: int, revision_number: int) -> Response:
        return send_citation_file(
            request,
            citation_format,
            lambda connection, archive: cite_article(connection, archive, number, revision_number),
        )

    @citation_files.get(f"/capture/{{number:number}}{citation_format.suffix}")
    def capture(request: Request, number: int) -> Response:
        return send_citation_file(
            request, citation_format, lambda connection, archive: cite_capture(connection, archive, number)
        )
