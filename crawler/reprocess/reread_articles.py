"""Reprocessing: what is stored is read again, by a better profile or a better reader, from what is kept."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Connection, Engine

from crawler.reprocess.boilerplate_removal import BATCH, keep
from crawler.reprocess.compare import page_of
from crawler.reprocess.reread_files import refile
from pipelines.attachments.text import FILE_READER_VERSION
from pipelines.read import read
from pipelines.read_page import offered_links
from pipelines.settle import SettleContext, offer
from spiders.items import Page
from spiders.profile.site_profile import SiteProfile
from storage.articles import boilerplate_lines, files
from storage.articles import queries as catalogue
from storage.articles.queries import StoredUrl
from storage.articles.store import ArticleStore
from storage.frontier import leases
from storage.frontier.queue import Frontier
from storage.records import Article
from storage.runs import runs
from storage.search.engine import engine_for
from storage.warc.errors import WarcError


@dataclass(slots=True)
class ReprocessResult:
    """What reading a site's captures again came to."""

    pages: int = 0
    changed: list[str] = field(default_factory=list)  # URLs of articles that are read otherwise now
    no_longer: list[str] = field(default_factory=list)  # URL and reason: left as they are stored
    asked_again: list[str] = field(default_factory=list)  # URLs that were no article and may be one now
    unread: list[str] = field(default_factory=list)  # captures that could not be had, one line each
    files: int = 0  # attachments and images read again, or for the first time


def reprocess(engine: Engine, warcs: Path, profile: SiteProfile) -> ReprocessResult:
    """Read a site's newest whole captures again with its profile, and store what is read otherwise.

    Nothing is asked of the site. A page that is no article any more is only told of. Raises SiteBusyError
    while the site is being crawled, LookupError when it never was.
    """
    found = ReprocessResult()
    with engine.begin() as connection:
        leases.acquire(connection, profile.key, datetime.now(UTC))
        run = runs.newest_run(connection, profile.key)
        known = boilerplate_lines.active_keys(connection, profile.key)
        rows = list(catalogue.captured_article_urls(connection, profile.key))
    try:
        if run is None:
            raise LookupError(
                f"site {profile.key}: nothing of it is stored; `congdoan crawl {profile.key}` first"
            )
        context = (
            ArticleStore(run.id, engine_for(engine.dialect.name)),
            Frontier(profile.key, run.id, run.as_of),
        )
        for batch in _batches(rows):
            with engine.begin() as connection:
                leases.acquire(connection, profile.key, datetime.now(UTC))
                for row in batch:
                    _again(connection, context, row, (warcs, profile, known), found)
        _files_again(engine, SettleContext(context[1], context[0]), warcs, found)
    finally:
        with engine.begin() as connection:
            leases.release(connection, profile.key)
    return found


def _batches(rows: list[StoredUrl]) -> Iterator[list[StoredUrl]]:
    for start in range(0, len(rows), BATCH):
        yield rows[start : start + BATCH]


def _again(
    connection: Connection,
    context: tuple[ArticleStore, Frontier],
    row: StoredUrl,
    by: tuple[Path, SiteProfile, frozenset[str]],
    found: ReprocessResult,
) -> None:
    (store, frontier), (warcs, profile, known) = context, by
    try:
        page = page_of(row, warcs, profile)
    except WarcError as error:
        found.unread.append(f"{row.url}: {error}")
        return
    found.pages += 1
    result = read(page, profile, known)
    before = catalogue.article_on_site_at(connection, profile.key, row.url)
    if result.article is None and before is not None:
        found.no_longer.append(f"{row.url}: {result.reason}")
    elif result.article is not None and before is None:
        frontier.clear_validators(connection, row.url)
        found.asked_again.append(row.url)
    elif result.article is not None:
        if result.article != before and keep(connection, store, result.article):
            found.changed.append(row.url)
        _files(connection, SettleContext(frontier, store), page, result.article, profile)


def _files(
    connection: Connection, context: SettleContext, page: Page, article: Article, profile: SiteProfile
) -> None:
    """Tie the article's files to it; what is not known of them yet is asked for in the next run."""
    number = catalogue.article_id_on_site(connection, page.site, page.url)
    if number is None:
        return
    offer(connection, context, page, number, offered_links(page, article, profile))


def _files_again(engine: Engine, context: SettleContext, warcs: Path, found: ReprocessResult) -> None:
    """Read the kept bytes of files that the reader of today has not read."""
    with engine.connect() as connection:
        rows = files.unread(connection, context.frontier.site, FILE_READER_VERSION)
    for start in range(0, len(rows), BATCH):
        with engine.begin() as connection:
            leases.acquire(connection, context.frontier.site, datetime.now(UTC))
            for row in rows[start : start + BATCH]:
                problem = refile(connection, context, warcs, row)
                found.files += problem is None
                found.unread += [problem] if problem else []
