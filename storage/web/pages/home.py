"""The front page: what is new, how much there is, and where to begin."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from storage.articles.statistics import archive_statistics, by_year, newest, recent_changes
from storage.svg_charts import bar_chart
from storage.web.context import WebContext

# Real questions, one for each thing the query language can do.
EXAMPLES = (
    "cong doan co so bac kan 2022",
    '"LĐLĐ huyện" phát triển đảng viên',
    "02-NQ/TW",
    'title:"tháng công nhân" 2021..2023-06',
)
NEW = 8  # articles
TURNS = 6  # articles edited or gone


def routes(context: WebContext) -> APIRouter:
    """The front page."""
    router = APIRouter()

    @router.get("/")
    def home(request: Request) -> Response:
        with context.connect() as connection:
            held = context.cache.get_or_compute("holdings", lambda: archive_statistics(connection))
            years = context.cache.get_or_compute("by_year", lambda: by_year(connection))
            new = newest(connection, NEW)
            turns = recent_changes(connection, TURNS)
        dated = [(str(year), count, f"/search?q=date%3A{year}") for year, count in years if year]
        undated = next((count for year, count in years if year is None), 0)
        return context.render_page(
            request,
            "home.html",
            held=held,
            new=new,
            turns=turns,
            chart=bar_chart(dated, slim=True),
            undated=undated,
            examples=EXAMPLES,
        )

    return router
