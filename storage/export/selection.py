"""Selection: which articles an export is to hold, and the order they are read in."""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, extract, func, or_, select

from storage.articles.changes import identity, newest
from storage.database.schema import appearances, articles, changes, revisions, sites
from storage.export.errors import CursorError, ExportError
from storage.search.engine import engine_for
from storage.search.query.parse import parse

CHUNK_ARTICLES = 1000  # articles read at once: some 10 MB
PARTITIONS = ("site", "year")


@dataclass(frozen=True, slots=True)
class Selection:
    """What is asked for; what is not said is not restricted."""

    sites: tuple[str, ...] = ()  # keys: an article that stands, or stood, on one of them
    places: tuple[str, ...] = ()  # keys, those below included: of the article, else of its site
    first_day: date | None = None  # of publication, inclusive; undated articles are then left out
    last_day: date | None = None  # inclusive
    query: str | None = None  # in the language of the search
    after: int | None = None  # a cursor: what changed after it; none = everything

    @property
    def narrow(self) -> bool:
        """Whether anything but the cursor restricts it."""
        return any((self.sites, self.places, self.first_day, self.last_day, self.query))

    def as_dict(self) -> dict[str, Any]:
        """JSON-ready, without the cursor."""
        told = {name: value for name, value in asdict(self).items() if value and name != "after"}
        return {name: value.isoformat() if isinstance(value, date) else value for name, value in told.items()}


@dataclass(frozen=True, slots=True)
class Partition:
    """The articles that one directory of an export holds."""

    by: str  # site or year
    value: str | None  # none: without a day of publication

    @property
    def name(self) -> str:
        """As readers of hive directories expect it."""
        return f"{self.by}={self.value or 'undated'}"

    def condition(self) -> ColumnElement[bool]:
        """What an article of it fulfils."""
        if self.by == "site":
            return articles.c.site == self.value
        if self.value is None:
            return articles.c.day.is_(None)
        year = int(self.value)
        return articles.c.day.between(date(year, 1, 1), date(year, 12, 31))


@dataclass(frozen=True, slots=True)
class ArticleChunk:
    """Articles to be read at once."""

    ids: tuple[int, ...]
    left: frozenset[int]  # those that were in the selection and are no longer
    last: int  # where the next chunk begins


class SelectedArticles:
    """A selection over one snapshot of an archive; raises ExportError for what the archive does not know."""

    def __init__(self, connection: Connection, wanted: Selection) -> None:
        self.connection = connection
        self.wanted = wanted
        self.cursor = newest(connection)  # the first statement: the snapshot begins here
        self.archive = identity(connection)
        if wanted.after is not None:
            require_cursor(wanted.after, self.cursor)
        _require_sites(connection, wanted.sites)
        self._conditions = _selection_conditions(wanted)
        self._matched = _matching_ids(connection, wanted.query)

    def partitions(self, by: str) -> list[Partition]:
        """The directories an export may have, in order."""
        column = articles.c.site if by == "site" else extract("year", articles.c.day)
        found = self.connection.scalars(select(column).distinct()).all()
        values = sorted((None if value is None else str(value) for value in found), key=lambda v: v or "")
        return [Partition(by, value) for value in values]

    def chunks(
        self, within: Partition | None = None, begin: int = 0, size: int = CHUNK_ARTICLES
    ) -> Iterator[ArticleChunk]:
        """What is to be exported, after the place `begin`: by article, or by change after a cursor."""
        while chunk := self._next(within, begin, size):
            begin = chunk.last
            if chunk.ids:
                yield chunk

    def _next(self, within: Partition | None, begin: int, size: int) -> ArticleChunk | None:
        if self.wanted.after is not None:
            return self._changed(within, max(begin, self.wanted.after), size)
        chosen = select(articles.c.id).order_by(articles.c.id)
        if within:
            chosen = chosen.where(within.condition())
        if self._matched is not None:
            return self._of_matched(chosen, begin, size)
        chosen = _with_conditions(chosen, self._conditions).where(articles.c.id > begin).limit(size)
        ids = tuple(self.connection.scalars(chosen))
        return ArticleChunk(ids, frozenset(), ids[-1]) if ids else None

    def _of_matched(self, chosen: Select[Any], begin: int, size: int) -> ArticleChunk | None:
        assert self._matched is not None
        at = bisect_right(self._matched, begin)
        some = self._matched[at : at + size]
        if not some:
            return None
        fit = _with_conditions(chosen, self._conditions).where(articles.c.id.in_(list(some)))
        return ArticleChunk(tuple(self.connection.scalars(fit)), frozenset(), some[-1])

    def _changed(self, within: Partition | None, begin: int, size: int) -> ArticleChunk | None:
        """Each article once, where its last change stands."""
        later = changes.alias()
        again = select(later.c.seq).where(later.c.article_id == changes.c.article_id)
        chosen = select(changes.c.seq, changes.c.article_id).where(
            changes.c.seq > begin, ~again.where(later.c.seq > changes.c.seq).exists()
        )
        if within:
            chosen = chosen.join(articles, articles.c.id == changes.c.article_id).where(within.condition())
        rows = self.connection.execute(chosen.order_by(changes.c.seq).limit(size)).all()
        if not rows:
            return None
        ids, left = self.sifted([row.article_id for row in rows], self.wanted.after or 0)
        return ArticleChunk(ids, left, rows[-1].seq)

    def sifted(self, ids: Sequence[int], known: int) -> tuple[tuple[int, ...], frozenset[int]]:
        """Those of `ids` that fit, and those that do not but may have up to the change `known`."""
        fit = self._fitting(ids)
        others = [key for key in ids if key not in fit]
        if not others:
            return tuple(ids), frozenset()
        earlier = select(changes.c.article_id).where(changes.c.article_id.in_(others), changes.c.seq <= known)
        left = frozenset(self.connection.scalars(earlier))
        return tuple(key for key in ids if key in fit or key in left), left

    def _fitting(self, ids: Sequence[int]) -> frozenset[int]:
        if not self.wanted.narrow:
            return frozenset(ids)
        among = [key for key in ids if self._matches(key)]
        chosen = select(articles.c.id).where(articles.c.id.in_(among))
        return frozenset(self.connection.scalars(_with_conditions(chosen, self._conditions)))

    def _matches(self, key: int) -> bool:
        if self._matched is None:
            return True
        at = bisect_left(self._matched, key)
        return at < len(self._matched) and self._matched[at] == key


def require_cursor(after: int, end: int) -> None:
    """Raise CursorError for a cursor that lies beyond the archive's end."""
    if not 0 <= after <= end:
        raise CursorError(
            f"cursor {after}: this archive's last change is {end}; was it rebuilt, or is this another one? "
            "Take a full export and go on from its cursor"
        )


def _require_sites(connection: Connection, wanted: tuple[str, ...]) -> None:
    for key in wanted:
        known = select(sites.c.key).where(sites.c.key == key)
        shown = select(appearances.c.id).where(appearances.c.site == key).limit(1)
        if connection.scalar(known) is None and connection.scalar(shown) is None:
            raise ExportError(f"site {key}: the archive has nothing of it; `congdoan site list` names them")


def _matching_ids(connection: Connection, query: str | None) -> array[int] | None:
    """The ids of all that match, in order: eight bytes each, so a million take eight megabytes."""
    if query is None:
        return None
    return array("q", sorted(engine_for(connection).matching_ids(connection, parse(query))))


def _with_conditions(chosen: Select[Any], conditions: Sequence[ColumnElement[bool]]) -> Select[Any]:
    if not conditions:
        return chosen
    told = chosen.join(revisions, revisions.c.id == articles.c.revision_id)
    return told.outerjoin(sites, sites.c.key == articles.c.site).where(*conditions)


def _selection_conditions(wanted: Selection) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if wanted.sites:
        shown = select(appearances.c.article_id).where(appearances.c.site.in_(wanted.sites))
        found.append(articles.c.id.in_(shown))
    if wanted.places:
        place = func.coalesce(revisions.c.record["place"].as_string(), sites.c.place)
        below = (place.startswith(f"{key}/", autoescape=True) for key in wanted.places)
        found.append(or_(place.in_(wanted.places), *below))
    if wanted.first_day:
        found.append(articles.c.day >= wanted.first_day)
    if wanted.last_day:
        found.append(articles.c.day <= wanted.last_day)
    return found
