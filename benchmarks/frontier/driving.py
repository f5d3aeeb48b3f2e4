"""What is asked of a scheduler of Scrapy's kind; apart from the graph, which ours is measured with."""

from __future__ import annotations

import time
from typing import Any

from scrapy import Request

from benchmarks.frontier.graph import IN_FLIGHT, Book, batches, links, number_of, url


def fill(scheduler: Any, count: int) -> tuple[float, float]:  # noqa: ANN401 - any of Scrapy's kind
    """Enqueue `count` requests; requests a second, of all and of the last tenth."""
    began = last = time.perf_counter()
    for at, numbers in enumerate(batches(count)):
        if at == int(count * 0.9 / 50):
            last = time.perf_counter()
        for number in numbers:
            scheduler.enqueue_request(Request(url(number)))
    ended = time.perf_counter()
    return count / (ended - began), count * 0.1 / (ended - last)


def drain(scheduler: Any, book: Book, count: int) -> None:  # noqa: ANN401 - any of Scrapy's kind
    """Ask every page once, so many in flight; a start request is never filtered, as in Scrapy."""
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
