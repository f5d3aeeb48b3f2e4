"""Selection of an export: which articles it holds, and in which order they are read."""

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

CHUNK_ARTICLES = 1000  # read at once: some 10 MB
PARTITIONS = ("site", "year")


@dataclass(frozen=True, slots=True)
class Selection:
    """Restrictions of an export; an empty field restricts nothing."""

    sites: tuple[str, ...] = ()  # keys: articles that are, or were, shown on one of these sites
    places: tuple[str, ...] = ()  # keys, with the units below: of the article, else of its site
    first_day: date | None = None  # of publication, inclusive; leaves out undated articles
    last_day: date | None = None  # inclusive
    query: str | None = None  # in the query language of the search
    after: int | None = None  # a cursor: only articles changed after it; None = everything

    @property
    def is_restricted(self) -> bool:
        """Whether anything but the cursor restricts the export."""
        return any((self.sites, self.places, self.first_day, self.last_day, self.query))

    def as_dict(self) -> dict[str, Any]:
        """Return the restrictions for JSON, without the cursor."""
        selection_values = {
            name: selection_value
            for name, selection_value in asdict(self).items()
            if selection_value and name != "after"
        }
        return {
            name: selection_value.isoformat() if isinstance(selection_value, date) else selection_value
            for name, selection_value in selection_values.items()
        }


@dataclass(frozen=True, slots=True)
class Partition:
    """The articles of one directory of an export."""

    by: str  # site or year
    value: str | None  # None: without a day of publication

    @property
    def name(self) -> str:
        """Directory name, as readers of hive partitions expect it."""
        return f"{self.by}={self.value or 'undated'}"

    def condition(self) -> ColumnElement[bool]:
        """Return the SQL condition for articles of this partition."""
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
    no_longer_selected: frozenset[int]  # of them: were in the selection, and are no longer
    end: int  # position behind the chunk: an article id, or with a cursor a change number


class SelectedArticles:
    """The articles of a selection in one snapshot of the archive.

    Raises ExportError for a site the archive does not know, CursorError for a cursor beyond its end.
    """

    def __init__(self, connection: Connection, selection: Selection) -> None:
        self.connection = connection
        self.selection = selection
        self.cursor = newest(connection)  # the first statement: the snapshot begins here
        self.archive = identity(connection)
        if selection.after is not None:
            require_cursor(selection.after, self.cursor)
        _require_sites(connection, selection.sites)
        self._conditions = _selection_conditions(selection)
        self._matching_ids = _matching_ids(connection, selection.query)

    def partitions(self, by: str) -> list[Partition]:
        """Return the partitions by `site` or by `year`, in order; some may turn out to be empty."""
        partition_column = articles.c.site if by == "site" else extract("year", articles.c.day)
        partition_keys = self.connection.scalars(select(partition_column).distinct()).all()
        selection_values = [
            None if selection_value is None else str(selection_value) for selection_value in partition_keys
        ]
        return [
            Partition(by, selection_value)
            for selection_value in sorted(selection_values, key=lambda selection_value: selection_value or "")
        ]

    def chunks(
        self, partition: Partition | None = None, begin: int = 0, chunk_size: int = CHUNK_ARTICLES
    ) -> Iterator[ArticleChunk]:
        """Yield the selected articles after position `begin`: by id, or after a cursor by last change."""
        while selection_chunk := self._next_chunk(partition, begin, chunk_size):
            begin = selection_chunk.end
            if selection_chunk.ids:
                yield selection_chunk

    def _next_chunk(self, partition: Partition | None, begin: int, chunk_size: int) -> ArticleChunk | None:
        if self.selection.after is not None:
            return self._next_changed(partition, max(begin, self.selection.after), chunk_size)
        article_select = select(articles.c.id).order_by(articles.c.id)
        if partition:
            article_select = article_select.where(partition.condition())
        if self._matching_ids is not None:
            return self._next_matching(article_select, begin, chunk_size)
        article_select = (
            _with_conditions(article_select, self._conditions).where(articles.c.id > begin).limit(chunk_size)
        )
        selected_ids = tuple(self.connection.scalars(article_select))
        return ArticleChunk(selected_ids, frozenset(), selected_ids[-1]) if selected_ids else None

    def _next_matching(self, article_select: Select[Any], begin: int, chunk_size: int) -> ArticleChunk | None:
        assert self._matching_ids is not None
        matching_start = bisect_right(self._matching_ids, begin)
        matching_chunk = self._matching_ids[matching_start : matching_start + chunk_size]
        if not matching_chunk:
            return None
        article_select = _with_conditions(article_select, self._conditions).where(
            articles.c.id.in_(list(matching_chunk))
        )
        return ArticleChunk(tuple(self.connection.scalars(article_select)), frozenset(), matching_chunk[-1])

    def _next_changed(self, partition: Partition | None, begin: int, chunk_size: int) -> ArticleChunk | None:
        """Return the next changed articles, each once, in the order of their last changes."""
        later_changes = changes.alias()
        same_article = select(later_changes.c.seq).where(later_changes.c.article_id == changes.c.article_id)
        last_changes = select(changes.c.seq, changes.c.article_id).where(
            changes.c.seq > begin, ~same_article.where(later_changes.c.seq > changes.c.seq).exists()
        )
        if partition:
            in_partition = last_changes.join(articles, articles.c.id == changes.c.article_id)
            last_changes = in_partition.where(partition.condition())
        changed_rows = self.connection.execute(last_changes.order_by(changes.c.seq).limit(chunk_size)).all()
        if not changed_rows:
            return None
        article_ids = [changed_row.article_id for changed_row in changed_rows]
        selected_ids, no_longer_selected = self.split_by_selection(article_ids, self.selection.after or 0)
        return ArticleChunk(selected_ids, no_longer_selected, changed_rows[-1].seq)

    def split_by_selection(
        self, selected_ids: Sequence[int], after: int
    ) -> tuple[tuple[int, ...], frozenset[int]]:
        """Return the articles to export, and those of them that are no longer selected.

        An article that is not selected is exported when it existed at the cursor `after`: a consumer may
        hold it and has to remove it.
        """
        selected = self._selected_among(selected_ids)
        others = [article_id for article_id in selected_ids if article_id not in selected]
        if not others:
            return tuple(selected_ids), frozenset()
        existed = select(changes.c.article_id).where(changes.c.article_id.in_(others), changes.c.seq <= after)
        no_longer_selected = frozenset(self.connection.scalars(existed))
        exported = selected | no_longer_selected
        return tuple(article_id for article_id in selected_ids if article_id in exported), no_longer_selected

    def _selected_among(self, selected_ids: Sequence[int]) -> frozenset[int]:
        if not self.selection.is_restricted:
            return frozenset(selected_ids)
        matching_chunk = [article_id for article_id in selected_ids if self._matches_query(article_id)]
        article_select = select(articles.c.id).where(articles.c.id.in_(matching_chunk))
        return frozenset(self.connection.scalars(_with_conditions(article_select, self._conditions)))

    def _matches_query(self, article_id: int) -> bool:
        if self._matching_ids is None:
            return True
        index = bisect_left(self._matching_ids, article_id)
        return index < len(self._matching_ids) and self._matching_ids[index] == article_id


def require_cursor(after: int, end: int) -> None:
    """Raise CursorError for a cursor that lies beyond the archive's end."""
    if not 0 <= after <= end:
        raise CursorError(
            f"cursor {after}: this archive's last change is {end}; was it rebuilt, or is this another one? "
            "Take a full export and go on from its cursor"
        )


def _require_sites(connection: Connection, keys: tuple[str, ...]) -> None:
    for selected_key in keys:
        selected_site = select(sites.c.key).where(sites.c.key == selected_key)
        appearance = select(appearances.c.id).where(appearances.c.site == selected_key).limit(1)
        if connection.scalar(selected_site) is None and connection.scalar(appearance) is None:
            raise ExportError(
                f"site {selected_key}: the archive has nothing of it; `congdoan site list` names them"
            )


def _matching_ids(connection: Connection, query: str | None) -> array[int] | None:
    """Return the ids of all articles a query finds, in order: eight bytes each, eight MB for a million."""
    if query is None:
        return None
    return array("q", sorted(engine_for(connection).matching_ids(connection, parse(query))))


def _with_conditions(
    article_select: Select[Any], selection_conditions: Sequence[ColumnElement[bool]]
) -> Select[Any]:
    if not selection_conditions:
        return article_select
    with_revision = article_select.join(revisions, revisions.c.id == articles.c.revision_id)
    return with_revision.outerjoin(sites, sites.c.key == articles.c.site).where(*selection_conditions)


def _selection_conditions(selection: Selection) -> list[ColumnElement[bool]]:
    selection_conditions: list[ColumnElement[bool]] = []
    if selection.sites:
        selected_on_sites = select(appearances.c.article_id).where(appearances.c.site.in_(selection.sites))
        selection_conditions.append(articles.c.id.in_(selected_on_sites))
    if selection.places:
        selected_place = func.coalesce(revisions.c.record["place"].as_string(), sites.c.place)
        units_below = (
            selected_place.startswith(f"{selected_key}/", autoescape=True)
            for selected_key in selection.places
        )
        selection_conditions.append(or_(selected_place.in_(selection.places), *units_below))
    if selection.first_day:
        selection_conditions.append(articles.c.day >= selection.first_day)
    if selection.last_day:
        selection_conditions.append(articles.c.day <= selection.last_day)
    return selection_conditions
