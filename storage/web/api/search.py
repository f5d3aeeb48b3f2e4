"""Search in the API: the same search as on the results page, as JSON."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from sqlalchemy import Connection
from typing_extensions import Doc

from storage.articles import queries as catalogue
from storage.articles.passages import passage
from storage.articles.statistics import article_summaries
from storage.records import Article
from storage.search.engine import engine_for
from storage.search.query import parse as search_query
from storage.search.query.tree import SearchField
from storage.search.results.result_page import (
    Facet,
    FacetCount,
    PlaceSuggestion,
    SearchRequest,
    SearchResult,
    SortOrder,
    search_archive,
)
from storage.search.results.snippets import highlight
from storage.search.results.story_groups import GroupedHit, StoryCopy
from storage.web.api.responses import json_response
from storage.web.context import WebContext

MAX_SEARCH_CHARS = 1000  # of a query
MAX_SEARCH_HITS = 100  # hits of a page


@dataclass(frozen=True, slots=True)
class HitPassage:
    """The window of a text that shows most of what was asked for."""

    text: Annotated[str, Doc("verbatim")]
    spans: Annotated[
        tuple[tuple[int, int], ...],
        Doc("what was asked for in it: from the first character to after the last"),
    ]
    start: Annotated[
        int, Doc("where the window begins, in characters of lead and body (or of the file's text)")
    ]
    whole: Annotated[bool, Doc("nothing of the text is left out")]
    file: Annotated[str | None, Doc("name of the attachment it stands in; none = in the article")]


@dataclass(frozen=True, slots=True)
class StoryHit:
    """One story found, by the article that answers best; with fold=false one article."""

    id: Annotated[int, Doc("of the article")]
    site: Annotated[str, Doc("key of the site it was first seen on")]
    site_name: Annotated[str, Doc("as readers call it")]
    title: Annotated[str, Doc("as printed")]
    title_spans: Annotated[
        tuple[tuple[int, int], ...], Doc("what was asked for in it: first character, after the last")
    ]
    lead: Annotated[str | None, Doc("the summary above the body")]
    author: Annotated[str | None, Doc("as signed")]
    day: Annotated[date | None, Doc("of publication")]
    first_seen: Annotated[datetime, Doc("when the archive first saw it")]
    gone: Annotated[bool, Doc("no address shows it any more; the archive keeps it")]
    score: Annotated[
        float, Doc("higher is better; comparable only within one answer; 0 where hits come by day")
    ]
    story: Annotated[int | None, Doc("articles with one number are one text on several sites")]
    copies: Annotated[tuple[StoryCopy, ...], Doc("every other address of the story, the first seen first")]
    passage: HitPassage


@dataclass(frozen=True, slots=True)
class YearCount:
    """Articles of one year."""

    year: Annotated[int | None, Doc("of publication; none = undated")]
    articles: Annotated[int, Doc("that match")]


@dataclass(frozen=True, slots=True)
class SearchResponse:
    """One page of an answer."""

    query: Annotated[str, Doc("as asked")]
    total: Annotated[int, Doc("stories that match, beyond this page too")]
    articles: Annotated[int, Doc("articles that match")]
    at_least: Annotated[bool, Doc("too many match to fold all: `total` is what is known")]
    capped: Annotated[bool, Doc("too many to rank and to count by facet: only the newest were")]
    faceted: Annotated[int, Doc("articles that were ranked and that facets count")]
    hits: tuple[StoryHit, ...]
    next: Annotated[str | None, Doc("the cursor of the page after this one: pass it as `after`")]
    years: Annotated[tuple[YearCount, ...], Doc("articles by year, all of them, the newest first")]
    facets: Annotated[Mapping[Facet, tuple[FacetCount, ...]], Doc("stories by value; empty unless asked for")]
    suggestion: Annotated[str | None, Doc("what was perhaps meant, when nothing is found")]
    offers: Annotated[tuple[PlaceSuggestion, ...], Doc("the same query asked of another unit")]
    closer: Annotated[
        tuple[StoryHit, ...],
        Doc("articles without all words that answer better than any with them; not counted"),
    ]
    alike: Annotated[
        tuple[StoryHit, ...], Doc("when few have all words: articles with most of them; not counted")
    ]


QueryText = Annotated[
    str,
    Query(
        min_length=1,
        max_length=MAX_SEARCH_CHARS,
        description='the query: words, "phrases", OR, NOT, brackets, prefix*, NEAR(a b, 5), title: author: '
        "site: place: section: doc: date:2021..2023-06",
        examples=['"LĐLĐ huyện" phát triển đảng viên'],
    ),
]
After = Annotated[str | None, Query(max_length=500, description="`next` of the page before this one")]


def routes(context: WebContext) -> APIRouter:
    """Return the route of the search."""
    search_api = APIRouter(tags=["search"])

    @search_api.get("/search", response_model=SearchResponse, summary="Search the archive")
    def search(  # noqa: PLR0913, PLR0917 - what may be asked
        request: Request,
        q: QueryText,
        sort: Annotated[SortOrder, Query(description="in which order stories are told")] = SortOrder.BEST,
        fold: Annotated[bool, Query(description="a story is one hit; else each of its articles is")] = True,
        facets: Annotated[bool, Query(description="count by facet, too")] = False,
        limit: Annotated[int, Query(ge=1, le=MAX_SEARCH_HITS, description="hits of a page")] = 20,
        after: After = None,
    ) -> Response:
        query = search_query.parse(q)
        with context.connect() as connection:
            search_request = SearchRequest(query, sort, fold, limit, after, facets)
            search_result = search_archive(connection, engine_for(connection), search_request)
            hits = {hit.id: hit for hit in _story_hits(connection, query, search_result)}
        return json_response(request, _search_response(query, search_result, hits))

    return search_api


def _search_response(
    query: search_query.Query, search_result: SearchResult, story_hits: Mapping[int, StoryHit]
) -> SearchResponse:
    def hits_of(grouped_hits: Iterable[GroupedHit]) -> tuple[StoryHit, ...]:
        return tuple(story_hits[grouped.article_id] for grouped in grouped_hits)

    return SearchResponse(
        query=query.text,
        total=search_result.story_count,
        articles=search_result.article_count,
        at_least=search_result.at_least,
        capped=search_result.is_capped,
        faceted=search_result.ranked_count,
        hits=hits_of(search_result.hits),
        next=search_result.next_cursor,
        years=tuple(YearCount(year, count) for year, count in search_result.year_counts),
        facets=search_result.facets,
        suggestion=search_result.spelling_suggestion,
        offers=search_result.place_suggestions,
        closer=hits_of(search_result.closer_hits),
        alike=hits_of(search_result.relaxed_hits),
    )


def _story_hits(
    connection: Connection, query: search_query.Query, search_result: SearchResult
) -> Iterable[StoryHit]:
    article_ids = [search_hit.article_id for search_hit in search_result.all_hits]
    summaries = article_summaries(connection, article_ids)
    revisions = catalogue.current_revisions(connection, article_ids)
    for search_hit in search_result.all_hits:
        hit_summary = summaries[search_hit.article_id]
        yield StoryHit(
            id=hit_summary.id,
            site=hit_summary.site,
            site_name=hit_summary.site_name,
            title=hit_summary.title,
            title_spans=highlight(hit_summary.title, query, SearchField.TITLE),
            lead=hit_summary.lead,
            author=hit_summary.author,
            day=hit_summary.day,
            first_seen=hit_summary.first_seen,
            gone=hit_summary.gone_at is not None,
            score=search_hit.score,
            story=search_hit.story_id,
            copies=search_hit.copies,
            passage=_hit_passage(connection, query, revisions[hit_summary.id].article, hit_summary.id),
        )


def _hit_passage(
    connection: Connection, query: search_query.Query, article: Article, number: int
) -> HitPassage:
    attachment_name, passage_window = passage(connection, query, number, article)
    return HitPassage(
        passage_window.text,
        passage_window.spans,
        passage_window.start,
        passage_window.is_complete,
        attachment_name,
    )
