"""Results page of a search: hits, facets, chart of years; and the page for a query that cannot be parsed."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Request, Response
from fastapi import Query as QueryParameter
from fastapi.responses import RedirectResponse
from sqlalchemy import Connection

from storage.articles import queries as catalogue
from storage.articles.passages import passage
from storage.articles.statistics import ArticleSummary, article_summaries, site_names, without_gaps
from storage.search.engine import engine_for
from storage.search.query.parse import QueryError, parse
from storage.search.query.tree import Query, SearchField
from storage.search.results.result_page import SearchRequest, SearchResult, SortOrder, search_archive
from storage.search.results.snippets import Span, highlight
from storage.search.results.story_groups import GroupedHit, StoryCopy
from storage.svg_charts import bar_chart
from storage.web.context import WebContext

RESULTS_PER_PAGE = 20
PASTED_URL = re.compile(
    r"https?://\S+"
)  # pasted into the search box: the reader wants the article of that URL


HighlightedText = tuple[tuple[str, bool], ...]
"""(text, whether it matched the query), in order; together the whole text."""


@dataclass(frozen=True, slots=True)
class HitCard:
    """One hit as the page shows it."""

    summary: ArticleSummary
    title: HighlightedText
    file: str  # name of the attachment the passage is from; empty = the article
    passage: HighlightedText
    cut_before: bool  # the passage begins within the text
    cut_after: bool
    story: int | None
    copies: tuple[tuple[str, str, int], ...]  # (key, name, number of copies) of other sites


@dataclass(frozen=True, slots=True)
class ResultsRequest:
    """Parameters of a results page."""

    text: str
    order: SortOrder
    fold: bool
    after: str | None

    def url_with(self, **changed: str | None) -> str:
        """Return the URL of the same search with parameters changed; of its first page without `after`."""
        parameters = {"q": self.text, "sort": self.order.value, "fold": "" if self.fold else "no"}
        parameters |= {key: value or "" for key, value in changed.items()}
        if parameters["sort"] == SortOrder.BEST:
            parameters["sort"] = ""
        return "/search?" + urlencode({key: value for key, value in parameters.items() if value})


def routes(context: WebContext) -> APIRouter:
    """Return the route of the results page."""
    search_pages = APIRouter()

    @search_pages.get("/search")
    def search(
        request: Request,
        q: Annotated[str, QueryParameter()] = "",
        sort: Annotated[str, QueryParameter()] = "best",
        fold: Annotated[str, QueryParameter()] = "",
        after: Annotated[str | None, QueryParameter()] = None,
    ) -> Response:
        order = SortOrder(sort) if sort in list(SortOrder) else SortOrder.BEST
        results_request = ResultsRequest(q.strip(), order, fold != "no", after)
        if not results_request.text:
            return context.render_page(request, "search.html")
        if PASTED_URL.fullmatch(results_request.text):
            return RedirectResponse("/at?" + urlencode({"url": results_request.text}), 303)
        try:
            return _results_page(context, request, results_request)
        except QueryError as error:
            return context.render_page(request, "query_error.html", 400, query_error=error)

    return search_pages


def _results_page(context: WebContext, request: Request, results_request: ResultsRequest) -> Response:
    query = parse(results_request.text)
    with context.connect() as connection:
        search_request = SearchRequest(
            query,
            results_request.order,
            results_request.fold,
            RESULTS_PER_PAGE,
            results_request.after,
            facets=True,
        )
        search_result = search_archive(connection, engine_for(connection), search_request)
        hit_cards = list(_hit_cards(connection, query, search_result.hits))
        closer_results = list(_hit_cards(connection, query, search_result.closer_hits))
        relaxed_results = list(_hit_cards(connection, query, search_result.relaxed_hits))
    return context.render_page(
        request,
        "results.html",
        results_request=results_request,
        result=search_result,
        cards=hit_cards,
        closer=closer_results,
        alike=relaxed_results,
        chart=bar_chart(_year_bars(results_request, search_result), slim=True),
        undated=dict(search_result.year_counts).get(None, 0),
        orders=list(SortOrder),
    )


def _year_bars(
    results_request: ResultsRequest, search_result: SearchResult
) -> list[tuple[str, int, str | None]]:
    return [
        (str(year), count, results_request.url_with(q=f"{results_request.text} date:{year}"))
        for year, count in without_gaps(dict(search_result.year_counts))
        if year is not None
    ]


def _hit_cards(connection: Connection, query: Query, hits: Sequence[GroupedHit]) -> Iterable[HitCard]:
    article_ids = [hit.article_id for hit in hits]
    summaries = article_summaries(connection, article_ids)
    revisions = catalogue.current_revisions(connection, article_ids)
    site_name_by_key = site_names(connection)
    for hit in hits:
        article = revisions[hit.article_id].article
        attachment_name, passage_window = passage(connection, query, hit.article_id, article)
        yield HitCard(
            summary=summaries[hit.article_id],
            title=split_highlights(article.title, highlight(article.title, query, SearchField.TITLE)),
            file=attachment_name or "",
            passage=split_highlights(passage_window.text.replace("\n", " "), passage_window.spans),
            cut_before=passage_window.start > 0,
            cut_after=not passage_window.is_complete and passage_window.start + len(passage_window.text) > 0,
            story=hit.story_id,
            copies=_copies_by_site(hit.copies, site_name_by_key),
        )


def _copies_by_site(
    copies: Iterable[StoryCopy], site_name_by_key: dict[str, str]
) -> tuple[tuple[str, str, int], ...]:
    copy_counts = Counter(copy.site for copy in copies)
    return tuple((key, site_name_by_key.get(key, key), count) for key, count in copy_counts.items())


def split_highlights(text: str, spans: Iterable[Span]) -> HighlightedText:
    """Return the text split at the matched spans, which are in order and do not overlap."""
    result_segments: list[tuple[str, bool]] = []
    position = 0
    for start, end in spans:
        result_segments += [(text[position:start], False), (text[start:end], True)]
        position = end
    result_segments.append((text[position:], False))
    return tuple(result_segment for result_segment in result_segments if result_segment[0])
