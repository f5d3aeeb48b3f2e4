"""storage.frontier.queue by the path of a crawl: links and visits as jobs of the one writer, in groups."""

from __future__ import annotations

import sys
import time
from collections import deque
from concurrent.futures import Future
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks.frontier.graph import IN_FLIGHT, Book, batches, links, number_of, resident, say, url
from crawler.night.scheduler import BATCH
from storage.database.engine import open_database, upgrade
from storage.database.writer import Writer
from storage.frontier.queue import Frontier, VisitRecord
from storage.records import DiscoveredUrl, Outcome, UrlKind, Verdict
from storage.runs import runs

NOW = datetime(2026, 3, 1, tzinfo=UTC)
SITE = "congdoan"
WAITING = 64  # pages whose links wait for their commit: a writer's group


def opened(folder: Path) -> tuple[Writer, Frontier]:
    """A writer on a new or known database, and the frontier of a run of its site."""
    engine = open_database(f"sqlite:///{folder / 'archive.db'}")
    upgrade(engine)
    with engine.begin() as connection:
        wanted = runs.Run(0, SITE, "night", NOW, NOW, None, 1, False, None, None, None)
        run = runs.begin_run(connection, wanted)
    return Writer(engine), Frontier(SITE, run.id, NOW)


def found(numbers: range) -> list[DiscoveredUrl]:
    """Links as discovery hands them on, with a title and a day from the listing."""
    return [
        DiscoveredUrl(
            url=url(number),
            kind=UrlKind.ARTICLE,
            found_on=url(number // 50),
            title_hint=f"Hội nghị cán bộ, công chức, viên chức, người lao động năm {number}",
            date_hint="12/03/2025",
            hint_source="listing",
        )
        for number in numbers
    ]


def fill(folder: Path, count: int) -> None:
    """Make `count` URLs known; a page's links are acknowledged when their transaction is committed."""
    writer, frontier = opened(folder)
    waiting: deque[Future[Any]] = deque()
    began = last = time.perf_counter()
    for at, numbers in enumerate(batches(count)):
        if at == int(count * 0.9 / 50):
            last = time.perf_counter()
        listed = found(numbers)
        waiting.append(writer.submit(lambda c, listed=listed: frontier.add(c, listed, NOW)))  # type: ignore[misc]
        if len(waiting) >= WAITING:
            waiting.popleft().result()
    while waiting:
        waiting.popleft().result()
    ended = time.perf_counter()
    say({"rate": count / (ended - began), "last": count * 0.1 / (ended - last), "mb": resident()})
    writer.close()


def crawl(folder: Path, count: int) -> None:
    """Ask every page once, as the scheduler does: leased in batches, settled with the links found on it."""
    writer, frontier = opened(folder)
    book, flying = Book(folder), deque[tuple[int, Future[Any]]]()
    writer.submit(lambda c: frontier.seed(c, found(range(1)), NOW), urgent=True).result()
    writer.submit(lambda c: frontier.make_due(c), urgent=True).result()
    while tasks := writer.submit(lambda c: frontier.lease(c, BATCH), urgent=True).result():
        for task in tasks:
            number = number_of(task.url)
            end = VisitRecord(task.url, Verdict(Outcome.NEW), NOW)

            def settle(connection: Any, number: int = number, end: VisitRecord = end) -> None:  # noqa: ANN401
                frontier.add(connection, found(links(number, count)), NOW)
                frontier.record_visit(connection, end)

            flying.append((number, writer.submit(settle)))
            if len(flying) >= IN_FLIGHT:
                land(book, flying)
        while flying:
            land(book, flying)
    say({"drained": 1})
    writer.close()


def land(book: Book, flying: deque[tuple[int, Future[Any]]]) -> None:
    """Wait for the oldest page in flight."""
    number, future = flying.popleft()
    future.result()
    book.settle(number)


if __name__ == "__main__":
    {"fill": fill, "crawl": crawl}[sys.argv[1]](Path(sys.argv[2]), int(sys.argv[3]))
