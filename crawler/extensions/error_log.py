"""Scrapy extension that logs errors of our own code in the site run, which makes the run unhealthy."""

from __future__ import annotations

from scrapy import signals
from scrapy.crawler import Crawler
from scrapy.http import Response
from twisted.python.failure import Failure

from crawler.site_run import site_run_of


class ErrorLog:
    """Records every spider and pipeline error in the site run; its report then lists them as problems."""

    def __init__(self, crawler: Crawler) -> None:
        self.crawler = crawler

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> ErrorLog:
        """Build the extension and connect it to spider and item errors."""
        extension = cls(crawler)
        crawler.signals.connect(extension.raised, signals.spider_error)
        crawler.signals.connect(extension.raised, signals.item_error)
        return extension

    def raised(self, failure: Failure, response: Response | None) -> None:
        """Record one error; the frontier row was not settled, so the next run fetches the URL again."""
        where = response.url if response is not None else "item"
        error = failure.value or RuntimeError("an error without a value")
        site_run_of(self.crawler).record_error(where, error)
