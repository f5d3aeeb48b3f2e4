"""Documents: resolutions, plans and laws that articles cite, and each with the articles that cite it."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from fastapi import APIRouter, HTTPException, Request, Response

from storage.articles.entity_index import articles_citing, cited_documents_of, most_cited
from storage.svg_charts import bar_chart
from storage.web.context import WebContext

SHOWN = 12  # articles
MOST = 200  # rows of a list


def routes(context: WebContext) -> APIRouter:
    """The documents cited most, and each of them."""
    router = APIRouter()

    @router.get("/documents")
    def listed(request: Request) -> Response:
        with context.connect() as connection:
            counted = context.cache.get_or_compute("documents", lambda: most_cited(connection))
            found = cited_documents_of(connection, counted[:MOST])
        return context.render_page(request, "documents.html", found=found, total=len(counted), most=MOST)

    @router.get("/document/{number:path}")
    def document(request: Request, number: str) -> Response:
        with context.connect() as connection:
            found, cited = articles_citing(connection, number, SHOWN)
        if cited is None:
            raise HTTPException(404)
        chart = bar_chart([(str(year), count, None) for year, count in found.years if year is not None])
        told: dict[str, Any] = {"number": number, "cited": cited, "found": found, "chart": chart}
        itself = quote(f'title:"{number}" OR file:"{number}"', safe="")
        return context.render_page(request, "document.html", itself=itself, **told)

    return router
