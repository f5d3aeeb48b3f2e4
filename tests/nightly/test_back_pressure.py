"""A writer that cannot keep up: asking rests until it has caught up, instead of memory filling."""

from __future__ import annotations

import sqlite3
import threading
import time
from pathlib import Path

from crawler.night.scheduler import BATCH, LOW
from storage.runs.runs import FRONTIER_EMPTY
from tests.stand_in_server import Answer, Archive, Asked, article_page, profile_of, serving

ARTICLES = 220
HELD = 2.0  # seconds for which somebody else keeps the database
IN_FLIGHT = 8


class Site:
    """A long front page; once `after` articles were asked the database is taken away for a while."""

    def __init__(self, database: Path, after: int = 40) -> None:
        self.database, self.after = database, after
        self.asked = 0
        self.during = 0
        self._holder: threading.Thread | None = None

    def __call__(self, asked: Asked) -> Answer:
        if asked.path == "/robots.txt":
            return Answer("", status=404)
        if asked.path == "/":
            links = "".join(f'<a href="/bai-{n}.html">Tin {n}</a>' for n in range(1, ARTICLES + 1))
            return Answer(f"<html><h1>Tin tức</h1>{links}</html>")
        self.asked += 1
        if self.asked == self.after:
            held = threading.Event()
            self._holder = threading.Thread(target=self._hold, args=(held,))
            self._holder.start()
            held.wait(10)
        return Answer(article_page(int(asked.path.removeprefix("/bai-").removesuffix(".html"))))

    def _hold(self, held: threading.Event) -> None:
        with sqlite3.connect(self.database, timeout=10, isolation_level=None) as connection:
            connection.execute("BEGIN IMMEDIATE")
            held.set()
            before = self.asked
            time.sleep(HELD)
            self.during = self.asked - before
            connection.execute("ROLLBACK")

    def join(self) -> None:
        assert self._holder, "the database was never taken"
        self._holder.join()


def test_a_writer_that_waits_for_the_database_makes_the_asking_wait(tmp_path: Path) -> None:
    archive = Archive(tmp_path)
    site = Site(tmp_path / "archive.db")
    with serving(site) as server:
        result = archive.crawl(server, profile_of(layout=[{"title": ["h1"], "body": ["div.noidung"]}]))
    site.join()
    (run,) = result.runs
    assert (result.errors, run.ending) == ((), FRONTIER_EMPTY)
    assert len(archive.articles()) == ARTICLES
    # what was leased is asked; the next batch is leased by the writer, behind all that waits for it
    assert 0 < site.during <= BATCH + LOW + IN_FLIGHT
