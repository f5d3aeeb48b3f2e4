"""Finding: the search of the reading room, as JSON."""

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
from storage.search.query import parse as language
from storage.search.query.tree import SearchField
from storage.search.results.search import (
    Facet,
    FacetCount,
    PlaceSuggestion,
    SearchRequest,
    SearchResult,
    SortOrder,
    search_archive,
)
from storage.search.results.snippets import highlight
from storage.search.results.stories import GroupedHit, StoryCopy
from storage.web.api.responses import reply
from storage.web.context import WebContext

LONGEST = 1000  # characters of a query
MOST = 100  # hits of a page


@dataclass(frozen=True, slots=True)
class Passage:
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
class Hit:
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
    passage: Passage


@dataclass(frozen=True, slots=True)
class Year:
    """Articles of one year."""

    year: Annotated[int | None, Doc("of publication; none = undated")]
    articles: Annotated[int, Doc("that match")]


@dataclass(frozen=True, slots=True)
class Found:
    """One page of an answer."""

    query: Annotated[str, Doc("as asked")]
    total: Annotated[int, Doc("stories that match, beyond this page too")]
    articles: Annotated[int, Doc("articles that match")]
    at_least: Annotated[bool, Doc("too many match to fold all: `total` is what is known")]
    capped: Annotated[bool, Doc("too many to rank and to count by facet: only the newest were")]
    faceted: Annotated[int, Doc("articles that were ranked and that facets count")]
    hits: tuple[Hit, ...]
    next: Annotated[str | None, Doc("the cursor of the page after this one: pass it as `after`")]
    years: Annotated[tuple[Year, ...], Doc("articles by year, all of them, the newest first")]
    facets: Annotated[Mapping[Facet, tuple[FacetCount, ...]], Doc("stories by value; empty unless asked for")]
    suggestion: Annotated[str | None, Doc("what was perhaps meant, when nothing is found")]
    offers: Annotated[tuple[PlaceSuggestion, ...], Doc("the same query asked of another unit")]
    closer: Annotated[
        tuple[Hit, ...], Doc("articles without all words that answer better than any with them; not counted")
    ]
    alike: Annotated[tuple[Hit, ...], Doc("when few have all words: articles with most of them; not counted")]


Asked = Annotated[
    str,
    Query(
        min_length=1,
        max_length=LONGEST,
        description='the query: words, "phrases", OR, NOT, brackets, prefix*, NEAR(a b, 5), title: author: '
        "site: place: section: doc: date:2021..2023-06",
        examples=['"LĐLĐ huyện" phát triển đảng viên'],
    ),
]
After = Annotated[str | None, Query(max_length=500, description="`next` of the page before this one")]


def routes(context: WebContext) -> APIRouter:
    """The search."""
    router = APIRouter(tags=["search"])

    @router.get("/search", response_model=Found, summary="Search the archive")
    def search(  # noqa: PLR0913, PLR0917 - what may be asked
        request: Request,
        q: Asked,
        sort: Annotated[SortOrder, Query(description="in which order stories are told")] = SortOrder.BEST,
        fold: Annotated[bool, Query(description="a story is one hit; else each of its articles is")] = True,
        facets: Annotated[bool, Query(description="count by facet, too")] = False,
        limit: Annotated[int, Query(ge=1, le=MOST, description="hits of a page")] = 20,
        after: After = None,
    ) -> Response:
        query = language.parse(q)
        with context.connect() as connection:
            asked = SearchRequest(query, sort, fold, limit, after, facets)
            found = search_archive(connection, engine_for(connection), asked)
            hits = {each.id: each for each in _hits(connection, query, found)}
        return reply(request, _told(query, found, hits))

    return router


def _told(query: language.Query, found: SearchResult, hits: Mapping[int, Hit]) -> Found:
    def of(told: Iterable[GroupedHit]) -> tuple[Hit, ...]:
        return tuple(hits[each.article_id] for each in told)

    return Found(
        query=query.text,
        total=found.story_count,
        articles=found.article_count,
        at_least=found.at_least,
        capped=found.is_capped,
        faceted=found.ranked_count,
        hits=of(found.hits),
        next=found.next_cursor,
        years=tuple(Year(year, count) for year, count in found.year_counts),
        facets=found.facets,
        suggestion=found.spelling_suggestion,
        offers=found.place_suggestions,
        closer=of(found.closer_hits),
        alike=of(found.relaxed_hits),
    )


def _hits(connection: Connection, query: language.Query, found: SearchResult) -> Iterable[Hit]:
    numbers = [hit.article_id for hit in found.all_hits]
    held = article_summaries(connection, numbers)
    texts = catalogue.current_revisions(connection, numbers)
    for hit in found.all_hits:
        row = held[hit.article_id]
        yield Hit(
            id=row.id,
            site=row.site,
            site_name=row.site_name,
            title=row.title,
            title_spans=highlight(row.title, query, SearchField.TITLE),
            lead=row.lead,
            author=row.author,
            day=row.day,
            first_seen=row.first_seen,
            gone=row.gone_at is not None,
            score=hit.score,
            story=hit.story_id,
            copies=hit.copies,
            passage=_passage(connection, query, texts[row.id].article, row.id),
        )


def _passage(connection: Connection, query: language.Query, page: Article, number: int) -> Passage:
    file, window = passage(connection, query, number, page)
    return Passage(window.text, window.spans, window.start, window.is_complete, file)
