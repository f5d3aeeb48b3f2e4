"""Pages of organisations: the union bodies that issued articles, each with its sites and their history."""

from __future__ import annotations

from fastapi import APIRouter, HTTPException, Request, Response

from storage.articles.entity_index import articles_of_organisation, count_by_organisation
from storage.articles.statistics import SiteSummary
from storage.svg_charts import bar_chart
from storage.web.context import WebContext

MAX_NEWEST_ARTICLES = 12
MAX_ORGANISATIONS = 200


def routes(context: WebContext) -> APIRouter:
    """Return the routes of the list of organisations and of each organisation."""
    organisation_pages = APIRouter()

    @organisation_pages.get("/organisations")
    def organisations(request: Request) -> Response:
        with context.connect() as connection:
            article_counts = context.cache.get_or_compute("bodies", lambda: count_by_organisation(connection))
        return context.render_page(
            request,
            "organisations.html",
            organisations=article_counts.most_common(MAX_ORGANISATIONS),
            total=len(article_counts),
            max_rows=MAX_ORGANISATIONS,
        )

    @organisation_pages.get("/organisation/{name:path}")
    def organisation(request: Request, name: str) -> Response:
        sites = [summary for summary in context.sites() if name in _organisation_names(context, summary)]
        with context.connect() as connection:
            issued = articles_of_organisation(connection, name, MAX_NEWEST_ARTICLES)
        if not issued.total and not sites:
            raise HTTPException(404)
        organisation_chart = bar_chart(
            [(str(year), count, None) for year, count in issued.years if year is not None]
        )
        facts = context.settings.site_facts
        return context.render_page(
            request,
            "organisation.html",
            name=name,
            issued=issued,
            sites=sites,
            facts=facts,
            chart=organisation_chart,
        )

    return organisation_pages


def _organisation_names(context: WebContext, site: SiteSummary) -> tuple[str | None, ...]:
    """Return the names of the body that publishes a site: the site's name, and the owner in its profile."""
    facts = context.settings.site_facts.get(site.key)
    return site.name, facts.owner if facts else None
