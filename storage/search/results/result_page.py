"""Search the archive: one page of stories with counts by year and facet, suggestions and relaxed hits."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import islice

from sqlalchemy import Connection

from storage.search.documents import DatedHit, DayKey, RankedHits, SearchHit
from storage.search.engine import SearchEngine
from storage.search.query.tree import Query
from storage.search.ranking.relaxed import is_phrase_query
from storage.search.results.cursors import PageCursor, decode_cursor, encode_cursor
from storage.search.results.facets import Facet, FacetCount, count_facets
from storage.search.results.place_suggestions import PlaceSuggestion, suggest_places
from storage.search.results.spelling import suggest_spelling
from storage.search.results.story_groups import GroupedHit, story_copies, story_ids, story_members

__all__ = [
    "Facet",
    "FacetCount",
    "PlaceSuggestion",
    "SearchRequest",
    "SearchResult",
    "SortOrder",
    "search_archive",
]

RELAXED_BELOW_ARTICLES = 5  # with fewer full matches, articles with most of the words are returned, too
CLOSER_BELOW_ARTICLES = 200  # up to so many full matches, a relaxed match may score higher than all of them
EXTRA_RELAXED_HITS = 60  # fetched beyond a page, because full matches are among them
MAX_CLOSER_HITS = 5
DAY_BATCH_ARTICLES = 200  # read at once where results come by day


class SortOrder(StrEnum):
    """The order of results."""

    BEST = "best"
    NEWEST = "newest"
    OLDEST = "oldest"


@dataclass(frozen=True, slots=True)
class SearchRequest:
    """A query and how its results are to be returned."""

    query: Query
    order: SortOrder = SortOrder.BEST
    group_copies: bool = True  # a story is one hit; else each of its articles is
    limit: int = 20  # hits of a page
    after: str | None = None  # the cursor an earlier page ended with
    facets: bool = False  # count by facet, too


@dataclass(frozen=True, slots=True)
class SearchResult:
    """One page of results."""

    hits: tuple[GroupedHit, ...]
    story_count: int  # stories that match, on every page
    article_count: int  # articles that match
    at_least: bool  # `story_count` is a minimum: too many articles match to group all of them
    is_capped: bool  # too many match to rank and to count by facet: only the newest were
    ranked_count: int  # articles that were ranked and that facets count
    year_counts: tuple[
        tuple[int | None, int], ...
    ]  # matching articles by year, the newest first; none = undated
    facets: Mapping[Facet, tuple[FacetCount, ...]] = field(default_factory=dict)  # stories by value
    next_cursor: str | None = None  # of the page after this one
    spelling_suggestion: str | None = None  # a corrected query, when nothing matches
    place_suggestions: tuple[PlaceSuggestion, ...] = ()  # the same query for another unit
    closer_hits: tuple[GroupedHit, ...] = ()  # relaxed matches that score above all full ones; not counted
    relaxed_hits: tuple[GroupedHit, ...] = ()  # other relaxed matches, when few match in full; not counted

    @property
    def all_hits(self) -> tuple[GroupedHit, ...]:
        """Every hit of the page, in its order."""
        return *self.closer_hits, *self.hits, *self.relaxed_hits


@dataclass(frozen=True, slots=True)
class _RankedStories:
    ranked: RankedHits
    best_articles: Mapping[int, float]  # article → score: the best of each story, in order
    older_stories: frozenset[int]  # story keys ranked before their day comes in the order of days


@dataclass(frozen=True, slots=True)
class _ResultItem:
    article_id: int
    score: float
    cursor: PageCursor  # of the page that begins after this item


def search_archive(connection: Connection, engine: SearchEngine, request: SearchRequest) -> SearchResult:
    """Return one page of results.

    Raises QueryError for a cursor of another query. At most MAX_RANKED_HITS articles are ranked; later
    pages continue by day, to the last match.
    """
    query = request.query
    cursor = decode_cursor(request.after, query, request.order.value)
    ranked = engine.rank_matches(connection, query)
    stories: dict[int, int] = {}
    if request.group_copies:
        stories = story_ids(connection, [page_hit.article_id for page_hit in ranked.hits])
    best_articles = _best_of_stories(ranked.hits, stories)
    older_stories = frozenset(_story_key(stories, article_id) for article_id in ranked.older_ids)
    ranked_stories = _RankedStories(ranked, best_articles, older_stories)
    page = _page_items(connection, engine, request, cursor, ranked_stories)
    has_more = len(page) > request.limit
    page = page[: request.limit]
    nothing_matches = not ranked.total and not ranked.at_least
    closer_hits: tuple[GroupedHit, ...] = ()
    relaxed_hits: tuple[GroupedHit, ...] = ()
    if _wants_relaxed(engine, request, ranked):
        closer_hits, relaxed_hits = _relaxed_hits(connection, engine, request, ranked_stories)
    return SearchResult(
        hits=_grouped_hits(connection, page, request.group_copies),
        story_count=len(best_articles),
        article_count=ranked.total,
        at_least=ranked.is_capped or ranked.at_least,
        is_capped=ranked.is_capped,
        ranked_count=len(ranked.facet_rows),
        year_counts=tuple(sorted(ranked.years.items(), key=lambda year_count: -(year_count[0] or 0))),
        facets=count_facets(connection, query, ranked, stories) if request.facets else {},
        next_cursor=encode_cursor(page[-1].cursor, query, request.order.value) if has_more else None,
        spelling_suggestion=suggest_spelling(connection, engine, query) if nothing_matches else None,
        place_suggestions=suggest_places(query),
        closer_hits=closer_hits,
        relaxed_hits=relaxed_hits,
    )


def _story_key(stories: Mapping[int, int], article_id: int) -> int:
    """The story of an article; for an article in none, minus its id."""
    return stories.get(article_id, -article_id)


def _best_of_stories(page_hits: Sequence[SearchHit], stories: Mapping[int, int]) -> dict[int, float]:
    """The best article of each story with its score, in the order of hits."""
    if not stories:
        return dict(page_hits)
    best_hits: dict[int, SearchHit] = {}
    for page_hit in page_hits:
        best_hits.setdefault(_story_key(stories, page_hit.article_id), page_hit)
    return dict(best_hits.values())


def _wants_relaxed(engine: SearchEngine, request: SearchRequest, ranked: RankedHits) -> bool:
    """Whether this is the first page by rank and has so few matches that relaxed ones are worth a look."""
    only_when_few = is_phrase_query(request.query) or not engine.relaxed_scores_comparable
    max_articles = RELAXED_BELOW_ARTICLES - 1 if only_when_few else CLOSER_BELOW_ARTICLES
    is_first_page = request.after is None and request.order is SortOrder.BEST
    return is_first_page and ranked.total <= max_articles and not ranked.has_verbatim


def _relaxed_hits(
    connection: Connection, engine: SearchEngine, request: SearchRequest, ranked_stories: _RankedStories
) -> tuple[tuple[GroupedHit, ...], tuple[GroupedHit, ...]]:
    """Relaxed matches without full ones and without copies: those closer than all full ones, and others."""
    ranked, best_articles = ranked_stories.ranked, ranked_stories.best_articles
    page_hits = engine.relaxed_matches(connection, request.query, request.limit + EXTRA_RELAXED_HITS)
    stories: dict[int, int] = {}
    if request.group_copies:
        stories = story_ids(connection, [*best_articles, *(page_hit.article_id for page_hit in page_hits)])
    full_match_stories = {_story_key(stories, article_id) for article_id in best_articles}
    best_hits: dict[int, SearchHit] = {}
    for page_hit in page_hits:
        best_hits.setdefault(_story_key(stories, page_hit.article_id), page_hit)
    relaxed_page_hits = [
        page_hit for story, page_hit in best_hits.items() if story not in full_match_stories
    ][: request.limit]
    top_score = max((page_hit.score for page_hit in ranked.hits), default=None)
    closer_page_hits = [
        page_hit for page_hit in relaxed_page_hits if top_score is not None and page_hit.score > top_score
    ][:MAX_CLOSER_HITS]
    if not engine.relaxed_scores_comparable or is_phrase_query(request.query):
        closer_page_hits = []
    other_page_hits = (
        relaxed_page_hits[len(closer_page_hits) :] if ranked.total < RELAXED_BELOW_ARTICLES else []
    )
    closer_items, other_items = (
        [_ResultItem(page_hit.article_id, page_hit.score, PageCursor()) for page_hit in page_part]
        for page_part in (closer_page_hits, other_page_hits)
    )
    return (
        _grouped_hits(connection, closer_items, request.group_copies),
        _grouped_hits(connection, other_items, request.group_copies),
    )


def _page_items(
    connection: Connection,
    engine: SearchEngine,
    request: SearchRequest,
    cursor: PageCursor,
    ranked_stories: _RankedStories,
) -> list[_ResultItem]:
    """The items of a page and one more, if there is one."""
    page_size = request.limit + 1
    if request.order is not SortOrder.BEST:
        return _items_by_day(connection, engine, request, cursor.day_key, page_size)
    page: list[_ResultItem] = []
    if cursor.day_key is None:
        page = list(islice(_ranked_items(cursor, ranked_stories.best_articles), page_size))
    if len(page) < page_size and ranked_stories.ranked.is_capped:
        page_after = cursor.day_key or ranked_stories.ranked.oldest_key
        page_rest = page_size - len(page)
        page += _items_by_day(
            connection, engine, request, page_after, page_rest, ranked_stories.older_stories
        )
    return page


def _ranked_items(cursor: PageCursor, best_articles: Mapping[int, float]) -> Iterator[_ResultItem]:
    article_ids = list(best_articles)
    page_start = 0
    if cursor.article_id is not None:  # the order may have changed since the last page was returned
        is_ranked = cursor.article_id in best_articles
        page_start = article_ids.index(cursor.article_id) + 1 if is_ranked else cursor.returned
    for returned, article_id in enumerate(article_ids[page_start:], page_start + 1):
        page_cursor = PageCursor(article_id=article_id, returned=returned)
        yield _ResultItem(article_id, best_articles[article_id], page_cursor)


def _items_by_day(
    connection: Connection,
    engine: SearchEngine,
    request: SearchRequest,
    page_after: DayKey | None,
    page_size: int,
    skipped_stories: frozenset[int] = frozenset(),
) -> list[_ResultItem]:
    """Articles by day: of each story the first one that matches, of `skipped_stories` none."""
    page: list[_ResultItem] = []
    oldest_first = request.order is SortOrder.OLDEST
    while len(page) < page_size:
        day_batch: Sequence[DatedHit] = engine.list_by_day(
            connection, request.query, limit=DAY_BATCH_ARTICLES, after=page_after, oldest_first=oldest_first
        )
        page_hits = (
            _first_of_stories(connection, engine, request, day_batch) if request.group_copies else day_batch
        )
        if skipped_stories:
            page_hits = _without_stories(
                connection, page_hits, skipped_stories, group_copies=request.group_copies
            )
        page += [
            _ResultItem(page_hit.article_id, 0.0, PageCursor(day_key=page_hit.key)) for page_hit in page_hits
        ]
        if len(day_batch) < DAY_BATCH_ARTICLES:
            break
        page_after = day_batch[-1].key
    return page[:page_size]


def _without_stories(
    connection: Connection,
    page_hits: Sequence[DatedHit],
    skipped_stories: frozenset[int],
    *,
    group_copies: bool,
) -> list[DatedHit]:
    stories = story_ids(connection, [page_hit.article_id for page_hit in page_hits]) if group_copies else {}
    return [
        page_hit for page_hit in page_hits if _story_key(stories, page_hit.article_id) not in skipped_stories
    ]


def _first_of_stories(
    connection: Connection, engine: SearchEngine, request: SearchRequest, page_hits: Sequence[DatedHit]
) -> list[DatedHit]:
    stories = story_ids(connection, [page_hit.article_id for page_hit in page_hits])
    page_members = story_members(connection, stories.values())
    member_ids = [article_id for article_ids in page_members.values() for article_id in article_ids]
    day_keys = engine.matching_day_keys(connection, request.query, member_ids)
    first_day_key = min if request.order is SortOrder.OLDEST else max

    def is_first(page_hit: DatedHit) -> bool:
        story = stories.get(page_hit.article_id)
        matching_day_keys = (
            [day_keys[member] for member in page_members.get(story, ()) if member in day_keys]
            if story
            else []
        )
        return not matching_day_keys or page_hit.key == first_day_key(matching_day_keys)

    return [page_hit for page_hit in page_hits if is_first(page_hit)]


def _grouped_hits(
    connection: Connection, page: Sequence[_ResultItem], group_copies: bool
) -> tuple[GroupedHit, ...]:
    article_ids = [page_item.article_id for page_item in page]
    stories = story_ids(connection, article_ids)
    copies = story_copies(connection, article_ids, stories) if group_copies else {}
    return tuple(
        GroupedHit(
            page_item.article_id,
            page_item.score,
            stories.get(page_item.article_id),
            copies.get(page_item.article_id, ()),
        )
        for page_item in page
    )
