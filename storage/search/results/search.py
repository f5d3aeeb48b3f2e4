"""An answer to a reader: one page of stories, counts by year and facet, and what else could be asked."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import islice

from sqlalchemy import Connection

from storage.search.documents import Hit, Key, Listed, Ranked
from storage.search.engine import SearchEngine
from storage.search.query.tree import Query
from storage.search.ranking.relaxed import is_quoted
from storage.search.results import cursors
from storage.search.results.facets import Facet, FacetCount, count
from storage.search.results.place_suggestions import Suggestion, offers_of
from storage.search.results.spelling import suggest
from storage.search.results.stories import Told, copies_of, members_of, stories_of

__all__ = ["Answer", "Asking", "Facet", "FacetCount", "Order", "Suggestion", "answer"]

FEW = 5  # articles with all words: fewer, and those with most of them are told, too
SOME = 200  # articles with all words: up to so many, one with most of them may be what is looked for
MOST_ALIKE = 60  # looked at beyond a page: those with all words are among them
CLOSER = 5  # of those at most
BATCH = 200  # articles looked at at once where they come by day


class Order(StrEnum):
    """In which order stories are told."""

    BEST = "best"
    NEWEST = "newest"
    OLDEST = "oldest"


@dataclass(frozen=True, slots=True)
class Asking:
    """What is asked of the archive."""

    query: Query
    order: Order = Order.BEST
    fold: bool = True  # a story is one hit; else each of its articles is
    limit: int = 20  # hits of a page
    after: str | None = None  # the cursor an earlier page ended with
    facets: bool = False  # count by facet, too


@dataclass(frozen=True, slots=True)
class Answer:
    """One page."""

    hits: tuple[Told, ...]
    total: int  # stories that match, beyond this page too
    articles: int  # articles that match
    at_least: bool  # too many match to fold all: `total` is what is known
    capped: bool  # too many to rank and to count by facet: only the newest were
    faceted: int  # articles that were ranked and that facets count
    years: tuple[tuple[int | None, int], ...]  # articles by year, all of them, the newest first
    facets: Mapping[Facet, tuple[FacetCount, ...]] = field(default_factory=dict)  # stories by value
    next: str | None = None  # the cursor of the page after this one
    suggestion: str | None = None  # what was perhaps meant, when nothing is found
    offers: tuple[Suggestion, ...] = ()  # the same query asked of another unit
    closer: tuple[Told, ...] = ()  # articles without all words that answer better than any with; not counted
    alike: tuple[Told, ...] = ()  # when few have all words: articles with most of them; not counted

    @property
    def shown(self) -> tuple[Told, ...]:
        """Everything told on the page, in its order."""
        return *self.closer, *self.hits, *self.alike


def answer(connection: Connection, engine: SearchEngine, asked: Asking) -> Answer:
    """One page of what is asked for.

    Raises QueryError for a cursor of another query. At most MOST_RANKED articles are ranked; pages go on
    after them by day, to the last.
    """
    place = cursors.read(asked.after, asked.query, asked.order.value)
    found = engine.ranked(connection, asked.query)
    stories = stories_of(connection, [hit.article_id for hit in found.hits]) if asked.fold else {}
    told = _told(found, stories)
    passed = frozenset(stories.get(article, -article) for article in found.older)
    page = _page(connection, engine, asked, place, _Known(found, told, passed))
    more = len(page) > asked.limit
    page = page[: asked.limit]
    nothing = not found.total and not found.at_least
    some = found.total <= (FEW - 1 if is_quoted(asked.query) or not engine.comparable else SOME)
    some = some and not found.verbatim and asked.after is None and asked.order is Order.BEST
    closer, rest = _alike(connection, engine, asked, found, told) if some else ((), ())
    return Answer(
        hits=_hits(connection, page, asked.fold),
        total=len(told),
        articles=found.total,
        at_least=found.capped or found.at_least,
        capped=found.capped,
        faceted=len(found.shelves),
        years=tuple(sorted(found.years.items(), key=lambda each: -(each[0] or 0))),
        facets=count(connection, asked.query, found, stories) if asked.facets else {},
        next=cursors.write(page[-1].place, asked.query, asked.order.value) if more else None,
        suggestion=suggest(connection, engine, asked.query) if nothing else None,
        offers=offers_of(asked.query),
        closer=closer,
        alike=rest,
    )


def _alike(
    connection: Connection, engine: SearchEngine, asked: Asking, found: Ranked, told: Mapping[int, float]
) -> tuple[tuple[Told, ...], tuple[Told, ...]]:
    """Articles with most of the words, without those with all and without copies: closer ones, and others."""
    hits = engine.alike(connection, asked.query, asked.limit + MOST_ALIKE)
    stories = stories_of(connection, [*told, *(hit.article_id for hit in hits)]) if asked.fold else {}
    known = {stories.get(article, -article) for article in told}
    best: dict[int, Hit] = {}
    for hit in hits:
        best.setdefault(stories.get(hit.article_id, -hit.article_id), hit)
    rest = [hit for story, hit in best.items() if story not in known][: asked.limit]
    bar = max((hit.score for hit in found.hits), default=None)
    closer = [hit for hit in rest if bar is not None and hit.score > bar][:CLOSER]
    closer = closer if engine.comparable and not is_quoted(asked.query) else []
    others = rest[len(closer) :] if found.total < FEW else []
    pages = ([_Shown(hit.article_id, hit.score, cursors.Place()) for hit in row] for row in (closer, others))
    first, second = (_hits(connection, page, asked.fold) for page in pages)
    return first, second


@dataclass(frozen=True, slots=True)
class _Known:
    found: Ranked
    told: Mapping[int, float]  # by article: the best of each story, in order, with its score
    passed: frozenset[int]  # stories (of articles in none, minus their ids) told before their day comes


@dataclass(frozen=True, slots=True)
class _Shown:
    article_id: int
    score: float
    place: cursors.Place  # where the page after it begins


def _told(found: Ranked, stories: Mapping[int, int]) -> dict[int, float]:
    """The best article of each story, in the order of hits."""
    if not stories:
        return dict(found.hits)
    best: dict[int, Hit] = {}
    for hit in found.hits:
        best.setdefault(stories.get(hit.article_id, -hit.article_id), hit)
    return dict(best.values())


def _page(
    connection: Connection, engine: SearchEngine, asked: Asking, place: cursors.Place, known: _Known
) -> list[_Shown]:
    """The hits of a page and one more, if there is one."""
    wanted = asked.limit + 1
    if asked.order is not Order.BEST:
        return _by_day(connection, engine, asked, place.key, wanted)
    page = list(islice(_ranked(place, known.told), wanted)) if place.key is None else []
    if len(page) < wanted and known.found.capped:
        after = place.key or known.found.oldest
        page += _by_day(connection, engine, asked, after, wanted - len(page), known.passed)
    return page


def _ranked(place: cursors.Place, told: Mapping[int, float]) -> Iterator[_Shown]:
    ids = list(told)
    begin = 0
    if place.article is not None:  # the order may have moved since: what was last shown is looked for
        begin = ids.index(place.article) + 1 if place.article in told else place.shown
    for at, article in enumerate(ids[begin:], begin + 1):
        yield _Shown(article, told[article], cursors.Place(article=article, shown=at))


def _by_day(
    connection: Connection,
    engine: SearchEngine,
    asked: Asking,
    after: Key | None,
    wanted: int,
    passed: frozenset[int] = frozenset(),
) -> list[_Shown]:
    """Articles by day; of each story the first one that matches, of those in `passed` none."""
    page: list[_Shown] = []
    oldest = asked.order is Order.OLDEST
    while len(page) < wanted:
        rows = engine.listed(connection, asked.query, limit=BATCH, after=after, oldest_first=oldest)
        chosen = _firsts(connection, engine, asked, rows) if asked.fold else rows
        chosen = _without(connection, chosen, passed, fold=asked.fold) if passed else chosen
        page += [_Shown(row.article_id, 0.0, cursors.Place(key=row.key)) for row in chosen]
        if len(rows) < BATCH:
            break
        after = rows[-1].key
    return page[:wanted]


def _without(
    connection: Connection, rows: Sequence[Listed], passed: frozenset[int], *, fold: bool
) -> list[Listed]:
    stories = stories_of(connection, [row.article_id for row in rows]) if fold else {}
    return [row for row in rows if stories.get(row.article_id, -row.article_id) not in passed]


def _firsts(
    connection: Connection, engine: SearchEngine, asked: Asking, rows: Sequence[Listed]
) -> list[Listed]:
    stories = stories_of(connection, [row.article_id for row in rows])
    members = members_of(connection, stories.values())
    keys = engine.among(connection, asked.query, [each for ids in members.values() for each in ids])
    edge = min if asked.order is Order.OLDEST else max

    def is_first(row: Listed) -> bool:
        story = stories.get(row.article_id)
        standing = [keys[each] for each in members.get(story, ()) if each in keys] if story else []
        return not standing or row.key == edge(standing)

    return [row for row in rows if is_first(row)]


def _hits(connection: Connection, page: Sequence[_Shown], fold: bool) -> tuple[Told, ...]:
    ids = [each.article_id for each in page]
    stories = stories_of(connection, ids)
    copies = copies_of(connection, ids, stories) if fold else {}
    return tuple(
        Told(each.article_id, each.score, stories.get(each.article_id), copies.get(each.article_id, ()))
        for each in page
    )
