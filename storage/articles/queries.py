"""Queries on articles: their revisions, appearances and captures, as the store wrote them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import Connection, Row, Select, case, exists, func, not_, select

from storage.database.schema import appearances, articles, captures, revisions, urls
from storage.records import Appearance, Article, Capture, Revision, UrlKind, UrlState

ARTICLE = TypeAdapter(Article)
HINTS = ("title_hint", "date_hint", "hint_source", "hint_form", "lastmod", "reason")
PATTERNED = (UrlKind.ARTICLE, UrlKind.LISTING, UrlKind.ATTACHMENT)


def appearance_rows() -> Select[Any]:
    """Select appearances with the first URL of their article."""
    return select(
        appearances,
        articles.c.site.label("first_site"),
        articles.c.url.label("first_url"),
    ).join(articles, articles.c.id == appearances.c.article_id)


def as_appearance(row: Row[Any]) -> Appearance:
    """Return a row of appearance_rows() as a record."""
    page = ARTICLE.validate_python({"body": "", **row.record})
    return Appearance(
        id=row.id,
        article_id=row.article_id,
        revision_id=row.revision_id,
        site=row.site,
        url=row.url,
        first_seen=row.first_seen,
        last_seen=row.last_seen,
        gone_at=row.gone_at,
        author=page.author,
        published=page.published,
        capture_id=row.capture_id,
        primary=(row.first_site, row.first_url) == (row.site, row.url),
    )


def appearances_of(connection: Connection, article_id: int) -> tuple[Appearance, ...]:
    """Return every appearance of an article, the first seen first."""
    rows = connection.execute(
        appearance_rows().where(appearances.c.article_id == article_id).order_by(appearances.c.id)
    )
    return tuple(as_appearance(row) for row in rows)


def revisions_of(connection: Connection, article_id: int) -> tuple[Revision, ...]:
    """Return every revision of an article, oldest first."""
    query = select(revisions).where(revisions.c.article_id == article_id).order_by(revisions.c.number)
    return tuple(as_revision(row) for row in connection.execute(query))


def current_revisions(connection: Connection, article_ids: Iterable[int]) -> dict[int, Revision]:
    """Return the current revision of each article, by article id."""
    joined = revisions.join(articles, articles.c.revision_id == revisions.c.id)
    query = select(revisions).select_from(joined).where(articles.c.id.in_(list(article_ids)))
    return {row.article_id: as_revision(row) for row in connection.execute(query)}


def as_revision(row: Row[Any]) -> Revision:
    """Return a row of `revisions` as a record."""
    return Revision(
        id=row.id,
        article_id=row.article_id,
        number=row.number,
        exact=row.exact,
        content=row.content,
        article=ARTICLE.validate_python({**row.record, "body": row.body}),
        capture_id=row.capture_id,
        noticed_at=row.noticed_at,
    )


def capture(connection: Connection, capture_id: int) -> Capture | None:
    """Return one capture by its id."""
    row = connection.execute(select(captures).where(captures.c.id == capture_id)).one_or_none()
    return as_capture(row) if row else None


def as_capture(row: Row[Any]) -> Capture:
    """Return a row of `captures` as a record."""
    return Capture(
        record_id=row.record_id,
        url=row.url,
        fetched_at=row.fetched_at,
        status=row.status,
        content_type=row.content_type,
        payload_digest=row.payload_digest,
        warc_file=row.warc_file,
        offset=row.offset,
        length=row.length,
        revisit=row.revisit,
        dialled=row.dialled,
    )


def article_id_at(connection: Connection, url: str) -> int | None:
    """Return the id of the article at a URL, on whatever site."""
    return connection.scalar(
        select(appearances.c.article_id).where(appearances.c.url == url).order_by(appearances.c.id).limit(1)
    )


def article_id_on_site(connection: Connection, site: str, url: str) -> int | None:
    """Return the id of the article a site shows at a URL."""
    return connection.scalar(
        select(appearances.c.article_id).where(appearances.c.site == site, appearances.c.url == url)
    )


def all_articles(connection: Connection, batch: int = 500) -> Iterator[tuple[int, datetime | None]]:
    """Yield (id, gone at) of every article, oldest first, in bounded memory."""
    last = 0
    query = select(articles.c.id, articles.c.gone_at).order_by(articles.c.id).limit(batch)
    while rows := connection.execute(query.where(articles.c.id > last)).all():
        for row in rows:
            yield row.id, row.gone_at
        last = rows[-1].id


def committed_ends(connection: Connection) -> dict[str, int]:
    """Return, per WARC file, the end offset in bytes of the last record the database refers to."""
    end = func.max(captures.c.offset + captures.c.length)
    rows = connection.execute(select(captures.c.warc_file, end).group_by(captures.c.warc_file))
    return {name: int(last) for name, last in rows}


def articles_on_site(connection: Connection, site: str) -> Iterator[tuple[Article, datetime | None]]:
    """Yield every article as a site shows it, and when its URL was found gone; in the order discovered."""
    query = (
        select(appearances.c.record, appearances.c.gone_at, revisions.c.body)
        .join(revisions, revisions.c.id == appearances.c.revision_id)
        .where(appearances.c.site == site)
        .order_by(appearances.c.id)
    )
    for row in connection.execute(query):
        yield ARTICLE.validate_python({**row.record, "body": row.body}), row.gone_at


def appearance_urls(
    connection: Connection, site: str, after: int = 0, limit: int = 200
) -> list[tuple[int, str]]:
    """Return (appearance id, URL) of a site's articles in the order discovered, from the id after `after`."""
    query = select(appearances.c.id, appearances.c.url).where(
        appearances.c.site == site, appearances.c.id > after
    )
    return [(row.id, row.url) for row in connection.execute(query.order_by(appearances.c.id).limit(limit))]


def article_on_site_at(connection: Connection, site: str, url: str) -> Article | None:
    """Return the article as a site shows it at one URL."""
    query = (
        select(appearances.c.record, revisions.c.body)
        .join(revisions, revisions.c.id == appearances.c.revision_id)
        .where(appearances.c.site == site, appearances.c.url == url)
    )
    row = connection.execute(query).one_or_none()
    return ARTICLE.validate_python({**row.record, "body": row.body}) if row else None


@dataclass(frozen=True, slots=True)
class FilledFields:
    """The fields that one article was read with."""

    dated: bool
    authored: bool
    lead: bool
    sectioned: bool
    chars: int  # of the body
    copied: bool  # a copy: its text stood elsewhere before, word for word or changed a little


def filled_fields(connection: Connection, run: int) -> Iterator[FilledFields]:
    """Yield the fields of what a run stored: new articles, copies and revisions, as their pages showed them.

    The database looks into the records: a run may have brought in more articles than memory holds.
    """
    record = appearances.c.record
    older = articles.alias()
    first = (articles.c.site == appearances.c.site) & (articles.c.url == appearances.c.url)
    story_is_older = exists().where(older.c.story_id == articles.c.story_id, older.c.id < articles.c.id)
    query = (
        select(
            record["published"].as_string().is_not(None),
            record["author"].as_string().is_not(None),
            record["lead"].as_string().is_not(None),
            record["section"].as_string() != "[]",
            func.length(revisions.c.body),
            not_(first) | story_is_older,
        )
        .join(articles, articles.c.id == appearances.c.article_id)
        .join(revisions, revisions.c.id == appearances.c.revision_id)
        .join(captures, captures.c.id == appearances.c.capture_id)
        .where(captures.c.run_id == run)
    )
    for row in connection.execute(query):
        yield FilledFields(*row)


def full_response_counts(connection: Connection, site: str) -> dict[str, int]:
    """Return, per URL, how many responses with a body (HTTP 200) a site has given."""
    query = select(captures.c.url, func.count()).where(captures.c.site == site, captures.c.status == 200)
    return {url: int(count) for url, count in connection.execute(query.group_by(captures.c.url))}


@dataclass(frozen=True, slots=True)
class StoredUrl:
    """An article URL that was visited, with its hints and its newest complete capture."""

    url: str
    title_hint: str | None
    date_hint: str | None
    hint_source: str | None
    hint_form: str | None
    lastmod: str | None
    reason: str | None  # why it is no article, when it is none
    capture: Capture


def captured_article_urls(connection: Connection, site: str, limit: int | None = None) -> Iterator[StoredUrl]:
    """Yield the article URLs of a site whose page is in the WARCs, in the order discovered."""
    query = (
        select(captures, urls.c.url.label("asked"), *(urls.c[name] for name in HINTS))
        .join(urls, urls.c.capture_id == captures.c.id)
        .where(urls.c.site == site, urls.c.kind == UrlKind.ARTICLE, captures.c.status == 200)
        .order_by(urls.c.id)
        .limit(limit)
    )
    for row in connection.execute(query):
        hints = {name: getattr(row, name) for name in HINTS}
        yield StoredUrl(url=row.asked, capture=as_capture(row), **hints)


def classified_urls(connection: Connection, site: str) -> Iterator[tuple[str, str, str | None]]:
    """Yield (URL, kind, reason it is refused) of every URL that a profile's patterns classified."""
    refused = case((urls.c.state == UrlState.REFUSED, urls.c.reason))
    query = select(urls.c.url, urls.c.kind, refused).where(
        urls.c.site == site,
        urls.c.root.is_(False),
        urls.c.kind.in_(PATTERNED),
        urls.c.reason.is_distinct_from("robots"),
    )
    for row in connection.execute(query.order_by(urls.c.id)):
        yield row[0], row[1], row[2]
