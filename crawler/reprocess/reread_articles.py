"""Reprocess a site: read its kept captures again with its present profile, and store what changes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Connection, Engine

from crawler.reprocess.compare import captured_page
from crawler.reprocess.reread_files import reread_file
from pipelines.attachments.text import FILE_READER_VERSION
from pipelines.read_page import read_page
from pipelines.settle import Reread, settle
from pipelines.settle_links import SettleContext
from spiders.profile.site_profile import SiteProfile
from storage.articles import boilerplate_lines, files
from storage.articles import queries as article_queries
from storage.articles.queries import StoredUrl
from storage.articles.store import ArticleStore
from storage.frontier import leases
from storage.frontier.queue import Frontier
from storage.records import Outcome
from storage.runs import runs
from storage.search.engine import engine_for
from storage.warc.errors import WarcError

CAPTURES_PER_TRANSACTION = 100


@dataclass(slots=True)
class ReprocessResult:
    """Outcome of reading a site's captures again."""

    pages: int = 0  # captures read
    changed: list[str] = field(default_factory=list)  # URLs of articles that are read otherwise now
    no_longer: list[str] = field(default_factory=list)  # URL and reason: left as they are stored
    asked_again: list[str] = field(default_factory=list)  # URLs that were no article: fetched in the next run
    unread: list[str] = field(default_factory=list)  # captures that could not be read, one line each
    files: int = 0  # attachments and images read again, or for the first time


@dataclass(frozen=True, slots=True)
class _Reprocessing:
    """One site being reprocessed."""

    warcs: Path
    profile: SiteProfile
    boilerplate: frozenset[str]  # keys of the site's boilerplate lines
    context: SettleContext
    result: ReprocessResult


def reprocess(engine: Engine, warcs: Path, profile: SiteProfile) -> ReprocessResult:
    """Read a site's newest complete captures again with its profile, and store what is read otherwise.

    Nothing is fetched. A page that is no article any more is only reported. Raises SiteBusyError while the
    site is being crawled, LookupError when it never was.
    """
    with engine.begin() as connection:
        leases.acquire(connection, profile.key, datetime.now(UTC))
        run = runs.newest_run(connection, profile.key)
        boilerplate = boilerplate_lines.active_keys(connection, profile.key)
        rows = list(article_queries.captured_article_urls(connection, profile.key))
    try:
        if run is None:
            raise LookupError(
                f"site {profile.key}: nothing of it is stored; `congdoan crawl {profile.key}` first"
            )
        store = ArticleStore(run.id, engine_for(engine.dialect.name))
        context = SettleContext(Frontier(profile.key, run.id, run.as_of), store)
        work = _Reprocessing(warcs, profile, boilerplate, context, ReprocessResult())
        for batch in _batches(rows):
            with engine.begin() as connection:
                leases.acquire(connection, profile.key, datetime.now(UTC))
                for row in batch:
                    _reread_article(connection, work, row)
        _reread_files(engine, work)
        return work.result
    finally:
        with engine.begin() as connection:
            leases.release(connection, profile.key)


def _batches(rows: list[StoredUrl]) -> Iterator[list[StoredUrl]]:
    for start in range(0, len(rows), CAPTURES_PER_TRANSACTION):
        yield rows[start : start + CAPTURES_PER_TRANSACTION]


def _reread_article(connection: Connection, work: _Reprocessing, row: StoredUrl) -> None:
    result = work.result
    try:
        page = captured_page(row, work.warcs, work.profile)
    except WarcError as error:
        result.unread.append(f"{row.url}: {error}")
        return
    result.pages += 1
    reading = read_page(page, work.profile, boilerplate=work.boilerplate)
    reread = Reread(row.url, datetime.now(UTC), page)
    verdict = settle(connection, work.context, reread, reading, None)
    if verdict.outcome is Outcome.NOT_AN_ARTICLE:
        result.no_longer.append(f"{row.url}: {verdict.reason}")
    elif verdict.outcome is Outcome.NEW:
        result.asked_again.append(row.url)
    elif verdict.outcome is Outcome.REVISED:
        result.changed.append(row.url)


def _reread_files(engine: Engine, work: _Reprocessing) -> None:
    """Read the kept bytes of files that the present reader has not read."""
    site = work.profile.key
    with engine.connect() as connection:
        rows = files.unread(connection, site, FILE_READER_VERSION)
    for start in range(0, len(rows), CAPTURES_PER_TRANSACTION):
        with engine.begin() as connection:
            leases.acquire(connection, site, datetime.now(UTC))
            for row in rows[start : start + CAPTURES_PER_TRANSACTION]:
                problem = reread_file(connection, work.context, work.warcs, row)
                work.result.files += problem is None
                work.result.unread += [problem] if problem else []
