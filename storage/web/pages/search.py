"""Results: one page of an answer, with what narrows it, and what is wrong with a query."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Request, Response
from fastapi import Query as Asked
from fastapi.responses import RedirectResponse
from sqlalchemy import Connection

from storage.articles import queries as catalogue
from storage.articles.passages import passage
from storage.articles.statistics import ArticleSummary, article_summaries, site_names, without_gaps
from storage.search.engine import engine_for
from storage.search.query.parse import QueryError, parse
from storage.search.query.tree import Query, SearchField
from storage.search.results.search import SearchRequest, SearchResult, SortOrder, search_archive
from storage.search.results.snippets import highlight
from storage.search.results.stories import GroupedHit, StoryCopy
from storage.svg_charts import bar_chart
from storage.web.context import WebContext
from storage.web.rendering.highlights import HighlightedText, split_highlights

PAGE = 20  # hits
ADDRESS = re.compile(r"https?://\S+")  # pasted into the box: whoever has an old link wants what stood there


@dataclass(frozen=True, slots=True)
class Card:
    """One hit as it is shown."""

    held: ArticleSummary
    title: HighlightedText
    file: str  # name of the attachment the passage stands in; empty = the article
    passage: HighlightedText
    cut_before: bool  # the passage begins within the text
    cut_after: bool
    story: int | None
    copies: tuple[tuple[str, str, int], ...]  # (key, name, addresses) of the sites the story stands on too


@dataclass(frozen=True, slots=True)
class Search:
    """What a results page was asked for."""

    text: str
    order: SortOrder
    fold: bool
    after: str | None

    def address(self, **changed: str | None) -> str:
        """The address of the same search with something changed; the first page unless `after` is given."""
        told = {"q": self.text, "sort": self.order.value, "fold": "" if self.fold else "no"}
        told |= {key: value or "" for key, value in changed.items()}
        if told["sort"] == SortOrder.BEST:
            told["sort"] = ""
        return "/search?" + urlencode({key: value for key, value in told.items() if value})


def routes(context: WebContext) -> APIRouter:
    """The results page."""
    router = APIRouter()

    @router.get("/search")
    def search(
        request: Request,
        q: Annotated[str, Asked()] = "",
        sort: Annotated[str, Asked()] = "best",
        fold: Annotated[str, Asked()] = "",
        after: Annotated[str | None, Asked()] = None,
    ) -> Response:
        order = SortOrder(sort) if sort in list(SortOrder) else SortOrder.BEST
        asked = Search(q.strip(), order, fold != "no", after)
        if not asked.text:
            return context.render_page(request, "search.html")
        if ADDRESS.fullmatch(asked.text):
            return RedirectResponse("/at?" + urlencode({"url": asked.text}), 303)
        try:
            return _answered(context, request, asked)
        except QueryError as error:
            return context.render_page(request, "query_error.html", 400, query_error=error)

    return router


def _answered(context: WebContext, request: Request, asked: Search) -> Response:
    query = parse(asked.text)
    with context.connect() as connection:
        asking = SearchRequest(query, asked.order, asked.fold, PAGE, asked.after, facets=True)
        found = search_archive(connection, engine_for(connection), asking)
        cards = list(_cards(connection, query, found.hits))
        closer = list(_cards(connection, query, found.closer_hits))
        alike = list(_cards(connection, query, found.relaxed_hits))
    return context.render_page(
        request,
        "results.html",
        asked=asked,
        found=found,
        cards=cards,
        closer=closer,
        alike=alike,
        chart=bar_chart(_years(asked, found), slim=True),
        undated=dict(found.year_counts).get(None, 0),
        orders=list(SortOrder),
    )


def _years(asked: Search, found: SearchResult) -> list[tuple[str, int, str | None]]:
    return [
        (str(year), count, asked.address(q=f"{asked.text} date:{year}"))
        for year, count in without_gaps(dict(found.year_counts))
        if year is not None
    ]


def _cards(connection: Connection, query: Query, hits: Sequence[GroupedHit]) -> Iterable[Card]:
    numbers = [hit.article_id for hit in hits]
    held = article_summaries(connection, numbers)
    texts = catalogue.current_revisions(connection, numbers)
    names = site_names(connection)
    for hit in hits:
        page = texts[hit.article_id].article
        file, window = passage(connection, query, hit.article_id, page)
        yield Card(
            held=held[hit.article_id],
            title=split_highlights(page.title, highlight(page.title, query, SearchField.TITLE)),
            file=file or "",
            passage=split_highlights(window.text.replace("\n", " "), window.spans),
            cut_before=window.start > 0,
            cut_after=not window.is_complete and window.start + len(window.text) > 0,
            story=hit.story_id,
            copies=_copied(hit.copies, names),
        )


def _copied(copies: Iterable[StoryCopy], names: dict[str, str]) -> tuple[tuple[str, str, int], ...]:
    counted = Counter(copy.site for copy in copies)
    return tuple((key, names.get(key, key), count) for key, count in counted.items())
