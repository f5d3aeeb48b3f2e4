"""Taking: the result of a search as a file, bounded."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Annotated

from fastapi import APIRouter, HTTPException, Request, Response
from fastapi import Query as Asked

from storage.citations.lookup import with_site_names
from storage.export.export_queries import ExportBatch, read_batch
from storage.export.formats import EXCEL_CSV, FORMATS, citing_archive
from storage.export.protocols import ExportFormat
from storage.search.engine import engine_for
from storage.search.query.parse import parse
from storage.search.results.search import SearchRequest, SortOrder, search_archive
from storage.web.context import WebContext, with_etag
from storage.web.pages.citations import archive_identity

MOST = 1000  # articles of one file; `congdoan export` writes them all
LONGEST = 1000  # characters of a query, as of the results page
# CSV begins with a byte order mark here: it is spreadsheets that open what a browser saved.
OFFERED: tuple[tuple[ExportFormat, str], ...] = (
    (EXCEL_CSV, "text/csv; charset=utf-8"),
    (FORMATS["jsonl"], "application/x-ndjson"),
    (FORMATS["ris"], "application/x-research-info-systems; charset=utf-8"),
    (FORMATS["bibtex"], "application/x-bibtex; charset=utf-8"),
)


def routes(context: WebContext) -> APIRouter:
    """`/search.csv?q=…` and its like: the first thousand articles of an answer, every copy by itself."""
    router = APIRouter()

    def give(request: Request, form: ExportFormat, media_type: str, asked: tuple[str, SortOrder]) -> Response:
        with context.connect() as connection:
            wanted = SearchRequest(parse(asked[0]), asked[1], group_copies=False, limit=MOST)
            found = search_archive(connection, engine_for(connection), wanted)
            ids = [hit.article_id for hit in found.hits]
            chosen = citing_archive(form, with_site_names(connection, archive_identity(context, request)))
            text = _written(chosen, read_batch(connection, ids))
        told = {
            "Content-Disposition": f'attachment; filename="search{form.suffix}"',
            "X-Robots-Tag": "noindex",
            "X-Articles-Found": str(found.article_count),
            "X-Articles-Given": str(len(ids)),
        }
        return with_etag(request, Response(text, media_type=media_type, headers=told))

    for form, media_type in OFFERED:
        _offer(router, form, media_type, give)
    return router


def _written(form: ExportFormat, found: ExportBatch) -> bytes:
    stream = io.BytesIO()
    sheet = form.open_writer(stream)
    for part in sheet.encode(found):
        sheet.write(part)
    sheet.close()
    return stream.getvalue()


def _offer(
    router: APIRouter,
    form: ExportFormat,
    media_type: str,
    give: Callable[[Request, ExportFormat, str, tuple[str, SortOrder]], Response],
) -> None:
    @router.get(f"/search{form.suffix}")
    def search(
        request: Request, q: Annotated[str, Asked()] = "", sort: Annotated[str, Asked()] = "best"
    ) -> Response:
        typed = q.strip()
        if not typed or len(typed) > LONGEST:
            raise HTTPException(404)
        return give(
            request, form, media_type, (typed, SortOrder(sort) if sort in list(SortOrder) else SortOrder.BEST)
        )
