"""scrapy-redis in an environment of its own: its scheduler's queue and filter on a Redis server."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import redis
from scrapy import Spider
from scrapy.utils.test import get_crawler
from scrapy_redis.scheduler import Scheduler

sys.path.insert(0, str(Path(__file__).parents[3]))
from benchmarks.frontier import driving, graph

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
    rate, last = driving.fill(scheduler, count)
    server = redis.Redis.from_url((folder / "redis").read_text(encoding="ascii")).info("memory")
    graph.say({"rate": rate, "last": last, "mb": graph.resident() + server["used_memory_rss"] / 2**20})


def crawl(folder: Path, count: int) -> None:
    """Ask every page once, so many in flight."""
    driving.drain(opened(folder), graph.Book(folder), count)
    graph.say({"drained": 1})


if __name__ == "__main__":
    {"fill": fill, "crawl": crawl}[sys.argv[1]](Path(sys.argv[2]), int(sys.argv[3]))
