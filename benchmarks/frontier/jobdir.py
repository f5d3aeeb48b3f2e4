"""Scrapy's own scheduler with a job directory: its disk queues and its filter of what was seen."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import Any

from scrapy import Request, Spider
from scrapy.core.scheduler import Scheduler
from scrapy.utils.misc import build_from_crawler
from scrapy.utils.test import get_crawler

from benchmarks.frontier.graph import IN_FLIGHT, Book, batches, links, number_of, resident, say, url


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
    began = last = time.perf_counter()
    for at, numbers in enumerate(batches(count)):
        if at == int(count * 0.9 / 50):
            last = time.perf_counter()
        for number in numbers:
            scheduler.enqueue_request(Request(url(number)))
    ended = time.perf_counter()
    say({"rate": count / (ended - began), "last": count * 0.1 / (ended - last), "mb": resident()})


def crawl(folder: Path, count: int) -> None:
    """Ask every page once, so many in flight; a start request is never filtered, as in Scrapy."""
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
