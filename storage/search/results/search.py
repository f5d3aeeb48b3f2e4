"""An answer to a reader: one page of stories, counts by year and facet, and what else could be asked."""

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
from storage.search.results import cursors
from storage.search.results.facets import Facet, FacetCount, count_facets
from storage.search.results.place_suggestions import PlaceSuggestion, suggest_places
from storage.search.results.spelling import suggest_spelling
from storage.search.results.stories import GroupedHit, story_copies, story_ids, story_members

__all__ = [
    "Facet",
    "FacetCount",
    "PlaceSuggestion",
    "SearchRequest",
    "SearchResult",
    "SortOrder",
    "search_archive",
]

RELAXED_BELOW_ARTICLES = 5  # articles with all words: fewer, and those with most of them are told, too
CLOSER_BELOW_ARTICLES = (
    200  # articles with all words: up to so many, one with most of them may be what is looked for
)
MAX_EXTRA_RELAXED = 60  # looked at beyond a page: those with all words are among them
MAX_CLOSER_HITS = 5  # of those at most
DAY_BATCH_ARTICLES = 200  # articles looked at at once where they come by day


class SortOrder(StrEnum):
    """In which order stories are told."""

    BEST = "best"
    NEWEST = "newest"
    OLDEST = "oldest"


@dataclass(frozen=True, slots=True)
class SearchRequest:
    """What is asked of the archive."""

    query: Query
    order: SortOrder = SortOrder.BEST
    group_copies: bool = True  # a story is one hit; else each of its articles is
    limit: int = 20  # hits of a page
    after: str | None = None  # the cursor an earlier page ended with
    facets: bool = False  # count by facet, too


@dataclass(frozen=True, slots=True)
class SearchResult:
    """One page."""

    hits: tuple[GroupedHit, ...]
    story_count: int  # stories that match, beyond this page too
    article_count: int  # articles that match
    at_least: bool  # too many match to fold all: `total` is what is known
    is_capped: bool  # too many to rank and to count by facet: only the newest were
    ranked_count: int  # articles that were ranked and that facets count
    year_counts: tuple[tuple[int | None, int], ...]  # articles by year, all of them, the newest first
    facets: Mapping[Facet, tuple[FacetCount, ...]] = field(default_factory=dict)  # stories by value
    next_cursor: str | None = None  # the cursor of the page after this one
    spelling_suggestion: str | None = None  # what was perhaps meant, when nothing is found
    place_suggestions: tuple[PlaceSuggestion, ...] = ()  # the same query asked of another unit
    closer_hits: tuple[
        GroupedHit, ...
    ] = ()  # articles without all words that answer better than any with; not counted
    relaxed_hits: tuple[
        GroupedHit, ...
    ] = ()  # when few have all words: articles with most of them; not counted

    @property
    def all_hits(self) -> tuple[GroupedHit, ...]:
        """Everything told on the page, in its order."""
        return *self.closer_hits, *self.hits, *self.relaxed_hits


def search_archive(connection: Connection, engine: SearchEngine, asked: SearchRequest) -> SearchResult:
    """One page of what is asked for.

    Raises QueryError for a cursor of another query. At most MAX_RANKED_HITS articles are ranked; pages go on
    after them by day, to the last.
    """
    place = cursors.decode_cursor(asked.after, asked.query, asked.order.value)
    found = engine.rank_matches(connection, asked.query)
    stories = story_ids(connection, [hit.article_id for hit in found.hits]) if asked.group_copies else {}
    told = _told(found, stories)
    passed = frozenset(stories.get(article, -article) for article in found.older_ids)
    page = _page(connection, engine, asked, place, _RankedStories(found, told, passed))
    more = len(page) > asked.limit
    page = page[: asked.limit]
    nothing = not found.total and not found.at_least
    some = found.total <= (
        RELAXED_BELOW_ARTICLES - 1
        if is_phrase_query(asked.query) or not engine.relaxed_scores_comparable
        else CLOSER_BELOW_ARTICLES
    )
    some = some and not found.has_verbatim and asked.after is None and asked.order is SortOrder.BEST
    closer, rest = _alike(connection, engine, asked, found, told) if some else ((), ())
    return SearchResult(
        hits=_hits(connection, page, asked.group_copies),
        story_count=len(told),
        article_count=found.total,
        at_least=found.is_capped or found.at_least,
        is_capped=found.is_capped,
        ranked_count=len(found.facet_rows),
        year_counts=tuple(sorted(found.years.items(), key=lambda each: -(each[0] or 0))),
        facets=count_facets(connection, asked.query, found, stories) if asked.facets else {},
        next_cursor=cursors.encode_cursor(page[-1].place, asked.query, asked.order.value) if more else None,
        spelling_suggestion=suggest_spelling(connection, engine, asked.query) if nothing else None,
        place_suggestions=suggest_places(asked.query),
        closer_hits=closer,
        relaxed_hits=rest,
    )


def _alike(
    connection: Connection,
    engine: SearchEngine,
    asked: SearchRequest,
    found: RankedHits,
    told: Mapping[int, float],
) -> tuple[tuple[GroupedHit, ...], tuple[GroupedHit, ...]]:
    """Articles with most of the words, without those with all and without copies: closer ones, and others."""
    hits = engine.relaxed_matches(connection, asked.query, asked.limit + MAX_EXTRA_RELAXED)
    stories = story_ids(connection, [*told, *(hit.article_id for hit in hits)]) if asked.group_copies else {}
    known = {stories.get(article, -article) for article in told}
    best: dict[int, SearchHit] = {}
    for hit in hits:
        best.setdefault(stories.get(hit.article_id, -hit.article_id), hit)
    rest = [hit for story, hit in best.items() if story not in known][: asked.limit]
    bar = max((hit.score for hit in found.hits), default=None)
    closer = [hit for hit in rest if bar is not None and hit.score > bar][:MAX_CLOSER_HITS]
    closer = closer if engine.relaxed_scores_comparable and not is_phrase_query(asked.query) else []
    others = rest[len(closer) :] if found.total < RELAXED_BELOW_ARTICLES else []
    pages = (
        [_ResultItem(hit.article_id, hit.score, cursors.PageCursor()) for hit in row]
        for row in (closer, others)
    )
    first, second = (_hits(connection, page, asked.group_copies) for page in pages)
    return first, second


@dataclass(frozen=True, slots=True)
class _RankedStories:
    found: RankedHits
    told: Mapping[int, float]  # by article: the best of each story, in order, with its score
    passed: frozenset[int]  # stories (of articles in none, minus their ids) told before their day comes


@dataclass(frozen=True, slots=True)
class _ResultItem:
    article_id: int
    score: float
    place: cursors.PageCursor  # where the page after it begins


def _told(found: RankedHits, stories: Mapping[int, int]) -> dict[int, float]:
    """The best article of each story, in the order of hits."""
    if not stories:
        return dict(found.hits)
    best: dict[int, SearchHit] = {}
    for hit in found.hits:
        best.setdefault(stories.get(hit.article_id, -hit.article_id), hit)
    return dict(best.values())


def _page(
    connection: Connection,
    engine: SearchEngine,
    asked: SearchRequest,
    place: cursors.PageCursor,
    known: _RankedStories,
) -> list[_ResultItem]:
    """The hits of a page and one more, if there is one."""
    wanted = asked.limit + 1
    if asked.order is not SortOrder.BEST:
        return _by_day(connection, engine, asked, place.key, wanted)
    page = list(islice(_ranked(place, known.told), wanted)) if place.key is None else []
    if len(page) < wanted and known.found.is_capped:
        after = place.key or known.found.oldest_key
        page += _by_day(connection, engine, asked, after, wanted - len(page), known.passed)
    return page


def _ranked(place: cursors.PageCursor, told: Mapping[int, float]) -> Iterator[_ResultItem]:
    ids = list(told)
    begin = 0
    if place.article is not None:  # the order may have moved since: what was last shown is looked for
        begin = ids.index(place.article) + 1 if place.article in told else place.shown
    for at, article in enumerate(ids[begin:], begin + 1):
        yield _ResultItem(article, told[article], cursors.PageCursor(article=article, shown=at))


def _by_day(
    connection: Connection,
    engine: SearchEngine,
    asked: SearchRequest,
    after: DayKey | None,
    wanted: int,
    passed: frozenset[int] = frozenset(),
) -> list[_ResultItem]:
    """Articles by day; of each story the first one that matches, of those in `passed` none."""
    page: list[_ResultItem] = []
    oldest = asked.order is SortOrder.OLDEST
    while len(page) < wanted:
        rows = engine.list_by_day(
            connection, asked.query, limit=DAY_BATCH_ARTICLES, after=after, oldest_first=oldest
        )
        chosen = _firsts(connection, engine, asked, rows) if asked.group_copies else rows
        chosen = _without(connection, chosen, passed, fold=asked.group_copies) if passed else chosen
        page += [_ResultItem(row.article_id, 0.0, cursors.PageCursor(key=row.key)) for row in chosen]
        if len(rows) < DAY_BATCH_ARTICLES:
            break
        after = rows[-1].key
    return page[:wanted]


def _without(
    connection: Connection, rows: Sequence[DatedHit], passed: frozenset[int], *, fold: bool
) -> list[DatedHit]:
    stories = story_ids(connection, [row.article_id for row in rows]) if fold else {}
    return [row for row in rows if stories.get(row.article_id, -row.article_id) not in passed]


def _firsts(
    connection: Connection, engine: SearchEngine, asked: SearchRequest, rows: Sequence[DatedHit]
) -> list[DatedHit]:
    stories = story_ids(connection, [row.article_id for row in rows])
    members = story_members(connection, stories.values())
    keys = engine.matching_day_keys(
        connection, asked.query, [each for ids in members.values() for each in ids]
    )
    edge = min if asked.order is SortOrder.OLDEST else max

    def is_first(row: DatedHit) -> bool:
        story = stories.get(row.article_id)
        standing = [keys[each] for each in members.get(story, ()) if each in keys] if story else []
        return not standing or row.key == edge(standing)

    return [row for row in rows if is_first(row)]


def _hits(connection: Connection, page: Sequence[_ResultItem], fold: bool) -> tuple[GroupedHit, ...]:
    ids = [each.article_id for each in page]
    stories = story_ids(connection, ids)
    copies = story_copies(connection, ids, stories) if fold else {}
    return tuple(
        GroupedHit(each.article_id, each.score, stories.get(each.article_id), copies.get(each.article_id, ()))
        for each in page
    )
