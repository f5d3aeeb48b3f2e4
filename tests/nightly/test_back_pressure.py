"""A writer that cannot keep up: asking rests until it has caught up, instead of memory filling."""

from __future__ import annotations

import sqlite3
import threading
import time
from pathlib import Path

from crawler.night.scheduler import BATCH, LOW
from storage.runs.runs import FRONTIER_EMPTY
from tests.stand_in_server import (
    CrawlArchive,
    ReceivedRequest,
    SiteReply,
    article_page,
    running_server,
    stand_in_profile,
)

ARTICLES = 220
IN_FLIGHT = 8
MOST_REQUESTS = BATCH + LOW + IN_FLIGHT  # what was leased is still requested; the next lease waits
QUIET_SECONDS = 1.5  # without a request: the crawl waits
PATIENCE_SECONDS = 90  # for what never comes


class Site:
    """A long front page; once `after` articles were requested the database is locked until requests rest."""

    def __init__(self, database: Path, after: int = 40) -> None:
        self.database, self.after = database, after
        self.requests = 0
        self.requests_while_locked = 0
        self._locker: threading.Thread | None = None

    def __call__(self, asked: ReceivedRequest) -> SiteReply:
        if asked.path == "/robots.txt":
            return SiteReply("", status=404)
        if asked.path == "/":
            links = "".join(f'<a href="/bai-{n}.html">Tin {n}</a>' for n in range(1, ARTICLES + 1))
            return SiteReply(f"<html><h1>Tin tức</h1>{links}</html>")
        self.requests += 1
        if self.requests == self.after:
            locked = threading.Event()
            self._locker = threading.Thread(target=self._lock_database, args=(locked,))
            self._locker.start()
            locked.wait(PATIENCE_SECONDS)
        return SiteReply(article_page(int(asked.path.removeprefix("/bai-").removesuffix(".html"))))

    def _lock_database(self, locked: threading.Event) -> None:
        with sqlite3.connect(self.database, timeout=60, isolation_level=None) as connection:
            connection.execute("BEGIN IMMEDIATE")
            before = self.requests
            locked.set()
            limit = time.monotonic() + PATIENCE_SECONDS
            while time.monotonic() < limit:
                count = self.requests
                time.sleep(QUIET_SECONDS)
                rests = self.requests == count > before
                if rests or self.requests - before > MOST_REQUESTS:
                    break
            self.requests_while_locked = self.requests - before
            connection.execute("ROLLBACK")

    def join(self) -> None:
        assert self._locker, "the database was never locked"
        self._locker.join()


def test_a_writer_that_waits_for_the_database_makes_the_asking_wait(tmp_path: Path) -> None:
    archive = CrawlArchive(tmp_path)
    site = Site(tmp_path / "archive.db")
    with running_server(site) as server:
        result = archive.crawl(
            server, stand_in_profile(layout=[{"title": ["h1"], "body": ["div.noidung"]}]), timeout=60.0
        )
    site.join()
    (run,) = result.runs
    assert (result.errors, run.ending) == ((), FRONTIER_EMPTY)
    assert len(archive.articles()) == ARTICLES
    # what was leased is requested; the next batch is leased by the writer, behind all that waits for it
    assert 0 < site.requests_while_locked <= MOST_REQUESTS
