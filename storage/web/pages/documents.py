"""Pages of cited documents: the most cited resolutions, plans and laws, and each with its citing articles."""

from __future__ import annotations

from urllib.parse import quote

from fastapi import APIRouter, HTTPException, Request, Response

from storage.articles.entity_index import articles_citing, cited_documents_of, most_cited
from storage.svg_charts import bar_chart
from storage.web.context import WebContext

MAX_NEWEST_ARTICLES = 12
MAX_DOCUMENTS = 200


def routes(context: WebContext) -> APIRouter:
    """Return the routes of the list of documents and of each document."""
    document_pages = APIRouter()

    @document_pages.get("/documents")
    def listed(request: Request) -> Response:
        with context.connect() as connection:
            document_counts = context.cache.get_or_compute("documents", lambda: most_cited(connection))
            documents = cited_documents_of(connection, document_counts[:MAX_DOCUMENTS])
        return context.render_page(
            request, "documents.html", documents=documents, total=len(document_counts), max_rows=MAX_DOCUMENTS
        )

    @document_pages.get("/document/{number:path}")
    def document(request: Request, number: str) -> Response:
        with context.connect() as connection:
            citing_articles, document_row = articles_citing(connection, number, MAX_NEWEST_ARTICLES)
        if document_row is None:
            raise HTTPException(404)
        document_chart = bar_chart(
            [(str(year), count, None) for year, count in citing_articles.years if year is not None]
        )
        document_query = quote(f'title:"{number}" OR file:"{number}"', safe="")
        return context.render_page(
            request,
            "document.html",
            number=number,
            document_row=document_row,
            citing=citing_articles,
            chart=document_chart,
            search_query=document_query,
        )

    return document_pages
