"""Downloads of a search's result: `/search.csv?q=…` and the like, at most a thousand articles."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Annotated

from fastapi import APIRouter, HTTPException, Request, Response
from fastapi import Query as QueryParameter

from storage.citations.lookup import with_site_names
from storage.export.export_queries import ExportBatch, read_batch
from storage.export.formats import EXCEL_CSV, FORMATS, citing_archive
from storage.export.protocols import ExportFormat
from storage.search.engine import engine_for
from storage.search.query.parse import parse
from storage.search.results.result_page import SearchRequest, SortOrder, search_archive
from storage.web.context import WebContext, with_etag
from storage.web.pages.citations import archive_identity

MAX_DOWNLOAD_ARTICLES = 1000  # of one file; `congdoan export` writes them all
MAX_DOWNLOAD_QUERY_CHARS = 1000  # as of the results page
# CSV begins with a byte order mark here, because browsers' downloads are opened in spreadsheets.
DOWNLOAD_FORMATS: tuple[tuple[ExportFormat, str], ...] = (
    (EXCEL_CSV, "text/csv; charset=utf-8"),
    (FORMATS["jsonl"], "application/x-ndjson"),
    (FORMATS["ris"], "application/x-research-info-systems; charset=utf-8"),
    (FORMATS["bibtex"], "application/x-bibtex; charset=utf-8"),
)


def routes(context: WebContext) -> APIRouter:
    """Return the routes of the files: the first thousand matching articles, each copy on its own."""
    download_routes = APIRouter()

    def send_download(
        request: Request, export_format: ExportFormat, media_type: str, search_request: SearchRequest
    ) -> Response:
        with context.connect() as connection:
            search_result = search_archive(connection, engine_for(connection), search_request)
            article_ids = [hit.article_id for hit in search_result.hits]
            archive = with_site_names(connection, archive_identity(context, request))
            download_batch = read_batch(connection, article_ids)
            download_bytes = _encode_download(citing_archive(export_format, archive), download_batch)
        download_headers = {
            "Content-Disposition": f'attachment; filename="search{export_format.suffix}"',
            "X-Robots-Tag": "noindex",
            "X-Articles-Found": str(search_result.article_count),
            "X-Articles-Given": str(len(article_ids)),
        }
        return with_etag(request, Response(download_bytes, media_type=media_type, headers=download_headers))

    for export_format, media_type in DOWNLOAD_FORMATS:
        _add_download_route(download_routes, export_format, media_type, send_download)
    return download_routes


def _encode_download(export_format: ExportFormat, download_batch: ExportBatch) -> bytes:
    download_stream = io.BytesIO()
    download_writer = export_format.open_writer(download_stream)
    for download_part in download_writer.encode(download_batch):
        download_writer.write(download_part)
    download_writer.close()
    return download_stream.getvalue()


def _add_download_route(
    download_routes: APIRouter,
    export_format: ExportFormat,
    media_type: str,
    send_download: Callable[[Request, ExportFormat, str, SearchRequest], Response],
) -> None:
    @download_routes.get(f"/search{export_format.suffix}")
    def search(
        request: Request,
        q: Annotated[str, QueryParameter()] = "",
        sort: Annotated[str, QueryParameter()] = "best",
    ) -> Response:
        query_text = q.strip()
        if not query_text or len(query_text) > MAX_DOWNLOAD_QUERY_CHARS:
            raise HTTPException(404)
        order = SortOrder(sort) if sort in list(SortOrder) else SortOrder.BEST
        search_request = SearchRequest(
            parse(query_text), order, group_copies=False, limit=MAX_DOWNLOAD_ARTICLES
        )
        return send_download(request, export_format, media_type, search_request)
