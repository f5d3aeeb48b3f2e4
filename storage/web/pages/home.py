"""Front page: new articles, recent changes, counts over the archive, and example searches."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from storage.articles.statistics import archive_statistics, by_year, newest, recent_changes
from storage.svg_charts import bar_chart
from storage.web.context import WebContext

# Searches as readers type them, one for each feature of the query language.
HOME_EXAMPLES = (
    "cong doan co so bac kan 2022",
    '"LĐLĐ huyện" phát triển đảng viên',
    "02-NQ/TW",
    'title:"tháng công nhân" 2021..2023-06',
)
MAX_HOME_ARTICLES = 8
MAX_HOME_CHANGES = 6  # edited or gone


def routes(context: WebContext) -> APIRouter:
    """Return the route of the front page."""
    home_page = APIRouter()

    @home_page.get("/")
    def home(request: Request) -> Response:
        with context.connect() as connection:
            home_statistics = context.cache.get_or_compute("holdings", lambda: archive_statistics(connection))
            home_years = context.cache.get_or_compute("by_year", lambda: by_year(connection))
            new_articles = newest(connection, MAX_HOME_ARTICLES)
            changes = recent_changes(connection, MAX_HOME_CHANGES)
        year_counts = [(str(year), count, f"/search?q=date%3A{year}") for year, count in home_years if year]
        undated = next((count for year, count in home_years if year is None), 0)
        return context.render_page(
            request,
            "home.html",
            statistics=home_statistics,
            new_articles=new_articles,
            changes=changes,
            chart=bar_chart(year_counts, slim=True),
            undated=undated,
            examples=HOME_EXAMPLES,
        )

    return home_page
