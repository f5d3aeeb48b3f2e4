"""Scrapy's own scheduler with a job directory: its disk queues and its filter of what was seen."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from scrapy import Spider
from scrapy.core.scheduler import Scheduler
from scrapy.utils.misc import build_from_crawler
from scrapy.utils.test import get_crawler

from benchmarks.frontier import driving, graph


def opened(folder: Path) -> Scheduler:
    """The scheduler as a crawl with `-s JOBDIR=…` opens it."""
    settings: dict[str, Any] = {
        "JOBDIR": str(folder / "job"),
        "SCHEDULER_PRIORITY_QUEUE": "scrapy.pqueues.ScrapyPriorityQueue",  # the other asks a running engine
        "TWISTED_REACTOR_ENABLED": False,
    }
    crawler = get_crawler(Spider, settings)
    crawler.spider = Spider.from_crawler(crawler, "congdoan")
    scheduler = build_from_crawler(Scheduler, crawler)
    scheduler.open(crawler.spider)
    return scheduler


def fill(folder: Path, count: int) -> None:
    """Enqueue `count` requests."""
    scheduler = opened(folder)
    rate, last = driving.fill(scheduler, count)
    graph.say({"rate": rate, "last": last, "mb": graph.resident()})


def crawl(folder: Path, count: int) -> None:
    """Ask every page once, so many in flight."""
    driving.drain(opened(folder), graph.Book(folder), count)
    graph.say({"drained": 1})


if __name__ == "__main__":
    {"fill": fill, "crawl": crawl}[sys.argv[1]](Path(sys.argv[2]), int(sys.argv[3]))
