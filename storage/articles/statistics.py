"""Statistics of the archive: counts of articles over time and by site; summaries for lists."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, Any

from sqlalchemy import Connection, Row, Select, extract, func, select
from typing_extensions import Doc

from storage.database.schema import appearances, articles, captures, changes, sites
from storage.records import ChangeKind


@dataclass(frozen=True, slots=True)
class ArchiveStatistics:
    """The whole archive in a few numbers."""

    articles: int
    addresses: Annotated[int, Doc("that show, or showed, them")]
    stories: Annotated[int, Doc("told in more than one article")]
    sites: Annotated[int, Doc("that articles are kept of")]
    captures: Annotated[int, Doc("answers in the WARC files")]
    first: Annotated[date | None, Doc("day of the oldest dated article")]
    last: date | None
    seen: Annotated[datetime | None, Doc("when the archive last brought something in")]


@dataclass(frozen=True, slots=True)
class ArticleSummary:
    """One article as lists show it."""

    id: int
    site: Annotated[str, Doc("key of the site it was first seen on")]
    site_name: str
    title: str
    lead: str | None
    author: str | None
    day: date | None
    first_seen: datetime
    gone_at: datetime | None


@dataclass(frozen=True, slots=True)
class SiteSummary:
    """One site, with counts of its articles."""

    key: str
    name: str
    domain: str
    level: str
    place: str | None
    status: str
    articles: Annotated[int, Doc("first seen there")]
    first: Annotated[date | None, Doc("days of the oldest and the newest dated article")]
    last: date | None


def archive_statistics(connection: Connection) -> ArchiveStatistics:
    """Return the whole archive in a few numbers."""
    row = connection.execute(
        select(
            func.count(),
            func.count(func.distinct(articles.c.story_id)),
            func.count(func.distinct(articles.c.site)),
            func.min(articles.c.day),
            func.max(articles.c.day),
            func.max(articles.c.first_seen),
        )
    ).one()
    addresses = connection.scalar(select(func.count()).select_from(appearances)) or 0
    answers = connection.scalar(select(func.count()).select_from(captures)) or 0
    return ArchiveStatistics(row[0], addresses, row[1], row[2], answers, row[3], row[4], row[5])


Years = tuple[tuple[int | None, int], ...]
"""(year of publication, articles), the first year first, without gaps; undated ones last under None."""


def by_year(connection: Connection, site: str | None = None) -> Years:
    """Return how many articles there are of each year, of one site or of all."""
    year = extract("year", articles.c.day)
    query = select(year, func.count()).group_by(year)
    if site is not None:
        query = query.where(articles.c.site == site)
    return without_gaps({row[0]: row[1] for row in connection.execute(query)})


def without_gaps(count_by_year: dict[int | None, int]) -> Years:
    """Return the counts with a zero for years in between that have no article."""
    years = sorted(int(year) for year in count_by_year if year is not None)
    counts: list[tuple[int | None, int]] = []
    if years:
        counts += [(year, count_by_year.get(year, 0)) for year in range(years[0], years[-1] + 1)]
    return (*counts, *([(None, count_by_year[None])] if None in count_by_year else []))


def by_month(connection: Connection, site: str) -> dict[tuple[int, int], int]:
    """Return (year, month) of publication → dated articles of a site."""
    year, month = extract("year", articles.c.day), extract("month", articles.c.day)
    query = select(year, month, func.count()).where(articles.c.site == site, articles.c.day.is_not(None))
    rows = connection.execute(query.group_by(year, month))
    return {(int(row[0]), int(row[1])): int(row[2]) for row in rows}


def article_summary_rows() -> Select[Any]:
    """Select articles as lists show them."""
    columns = (articles.c[name] for name in ("id", "site", "title", "lead", "author", "day"))
    name = func.coalesce(sites.c.name, articles.c.site).label("site_name")
    return select(*columns, articles.c.first_seen, articles.c.gone_at, name).outerjoin(
        sites, sites.c.key == articles.c.site
    )


def as_article_summary(row: Row[Any]) -> ArticleSummary:
    """A row of held_rows() as a record."""
    return ArticleSummary(**row._asdict())


def newest(connection: Connection, limit: int = 10, site: str | None = None) -> tuple[ArticleSummary, ...]:
    """Return the articles stored last, the newest first."""
    query = article_summary_rows().order_by(articles.c.id.desc()).limit(limit)
    if site is not None:
        query = query.where(articles.c.site == site)
    return tuple(as_article_summary(row) for row in connection.execute(query))


def article_summaries(connection: Connection, ids: list[int]) -> dict[int, ArticleSummary]:
    """Return summaries of articles, by id."""
    rows = connection.execute(article_summary_rows().where(articles.c.id.in_(ids)))
    return {row.id: as_article_summary(row) for row in rows}


def site_summaries(connection: Connection) -> tuple[SiteSummary, ...]:
    """Return a summary of every site, by name."""
    counted = (
        select(
            articles.c.site,
            func.count().label("articles"),
            func.min(articles.c.day).label("first"),
            func.max(articles.c.day).label("last"),
        )
        .group_by(articles.c.site)
        .subquery()
    )
    columns = (sites.c[name] for name in ("key", "name", "domain", "level", "place", "status"))
    query = select(
        *columns, func.coalesce(counted.c.articles, 0).label("articles"), counted.c.first, counted.c.last
    ).outerjoin(counted, counted.c.site == sites.c.key)
    return tuple(SiteSummary(**row._asdict()) for row in connection.execute(query.order_by(sites.c.name)))


def site_names(connection: Connection) -> dict[str, str]:
    """Return the name of each site by its key."""
    return {row.key: row.name for row in connection.execute(select(sites.c.key, sites.c.name))}


@dataclass(frozen=True, slots=True)
class RecentChange:
    """An article that was edited, or removed from the web."""

    kind: ChangeKind
    article_id: int
    title: str
    site_name: str
    at: datetime  # when the archive noticed


RECENT_CHANGE_KINDS = (ChangeKind.REVISED, ChangeKind.REMOVED)
MAX_CHANGES_READ = 5000  # changes: a feed of nothing but new articles is not read to its beginning


def recent_changes(connection: Connection, limit: int) -> tuple[RecentChange, ...]:
    """Return recent edits and removals, the latest first."""
    last = connection.scalar(select(func.max(changes.c.seq))) or 0
    name = func.coalesce(sites.c.name, changes.c.site).label("site_name")
    query = (
        select(changes.c.kind, changes.c.article_id, articles.c.title, name, changes.c.at)
        .join(articles, articles.c.id == changes.c.article_id)
        .outerjoin(sites, sites.c.key == changes.c.site)
        .where(changes.c.kind.in_(RECENT_CHANGE_KINDS), changes.c.seq > last - MAX_CHANGES_READ)
        .order_by(changes.c.seq.desc())
        .limit(limit)
    )
    return tuple(RecentChange(ChangeKind(row.kind), *row[1:]) for row in connection.execute(query))


def gone_from(connection: Connection, site: str) -> int:
    """Return how many of a site's URLs show their article no more."""
    gone = select(func.count()).where(appearances.c.site == site, appearances.c.gone_at.is_not(None))
    return connection.scalar(gone) or 0


@dataclass(frozen=True, slots=True)
class SharedTexts:
    """How many texts a site has in common with another."""

    key: Annotated[str, Doc("of the other site")]
    name: str
    exact: Annotated[int, Doc("word for word")]
    stories: Annotated[int, Doc("changed a little")]


def shared_texts(connection: Connection, site: str) -> tuple[SharedTexts, ...]:
    """Return the sites that share texts with a site, those with most of them first."""
    site_articles = select(appearances.c.article_id).where(appearances.c.site == site)
    exact = (
        select(appearances.c.site, func.count(func.distinct(appearances.c.article_id)))
        .where(appearances.c.article_id.in_(site_articles), appearances.c.site != site)
        .group_by(appearances.c.site)
    )
    # Not as a join: SQLite would begin it at the other sites, and read the archive once for each article.
    stories = select(articles.c.story_id).where(articles.c.site == site, articles.c.story_id.is_not(None))
    same_stories = (
        select(articles.c.site, func.count(func.distinct(articles.c.story_id)))
        .where(articles.c.story_id.in_(stories), articles.c.site != site)
        .group_by(articles.c.site)
    )
    same = {row[0]: int(row[1]) for row in connection.execute(exact)}
    rewritten = {row[0]: int(row[1]) for row in connection.execute(same_stories)}
    names = site_names(connection)
    shared = [
        SharedTexts(key, names.get(key, key), same.get(key, 0), rewritten.get(key, 0))
        for key in {*same, *rewritten}
    ]
    return tuple(sorted(shared, key=lambda other: (-other.exact - other.stories, other.key)))
