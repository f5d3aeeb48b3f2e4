"""scrapy-redis in an environment of its own: its scheduler's queue and filter on a Redis server."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import Any

import redis
from scrapy import Request, Spider
from scrapy.utils.test import get_crawler
from scrapy_redis.scheduler import Scheduler

sys.path.insert(0, str(Path(__file__).parents[3]))
from benchmarks.frontier.graph import (
    IN_FLIGHT,
    Book,
    batches,
    links,
    number_of,
    resident,
    say,
    url,
)

FILTER = "scrapy_redis.dupefilter.RFPDupeFilter"


def opened(folder: Path) -> Any:  # noqa: ANN401 - it has no types
    """The scheduler as a crawl with SCHEDULER = scrapy_redis.scheduler.Scheduler opens it."""
    address = (folder / "redis").read_text(encoding="ascii")
    settings = {"REDIS_URL": address, "SCHEDULER_PERSIST": True, "DUPEFILTER_CLASS": FILTER}
    crawler = get_crawler(Spider, settings)
    crawler.spider = Spider.from_crawler(crawler, "congdoan")
    scheduler = Scheduler.from_crawler(crawler)
    scheduler.open(crawler.spider)
    return scheduler


def fill(folder: Path, count: int) -> None:
    """Enqueue `count` requests; the server's memory counts, too."""
    scheduler = opened(folder)
    began = last = time.perf_counter()
    for at, numbers in enumerate(batches(count)):
        if at == int(count * 0.9 / 50):
            last = time.perf_counter()
        for number in numbers:
            scheduler.enqueue_request(Request(url(number)))
    ended = time.perf_counter()
    server = redis.Redis.from_url((folder / "redis").read_text(encoding="ascii")).info("memory")
    mb = resident() + server["used_memory_rss"] / 2**20
    say({"rate": count / (ended - began), "last": count * 0.1 / (ended - last), "mb": mb})


def crawl(folder: Path, count: int) -> None:
    """Ask every page once, so many in flight."""
    scheduler, book = opened(folder), Book(folder)
    scheduler.enqueue_request(Request(url(0), dont_filter=True))
    flying: list[Request] = []
    while True:
        while len(flying) < IN_FLIGHT and (request := scheduler.next_request()):
            flying.append(request)
        if not flying:
            break
        number = number_of(flying.pop(0).url)
        for link in links(number, count):
            scheduler.enqueue_request(Request(url(link)))
        book.settle(number)
    say({"drained": 1})


if __name__ == "__main__":
    {"fill": fill, "crawl": crawl}[sys.argv[1]](Path(sys.argv[2]), int(sys.argv[3]))
