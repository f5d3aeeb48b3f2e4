"""Alarms: an error in our own code makes the run unhealthy, whatever else went well."""

from __future__ import annotations

from scrapy import signals
from scrapy.crawler import Crawler
from scrapy.http import Response
from twisted.python.failure import Failure

from crawler.site_run import site_run_of


class ErrorLog:
    """Notes every spider and pipeline error in the visit, whose report then asks for a person."""

    def __init__(self, crawler: Crawler) -> None:
        self.crawler = crawler

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> ErrorLog:
        """Scrapy's way to make the extension."""
        extension = cls(crawler)
        crawler.signals.connect(extension.raised, signals.spider_error)
        crawler.signals.connect(extension.raised, signals.item_error)
        return extension

    def raised(self, failure: Failure, response: Response | None) -> None:
        """Take note; the URL's row was not settled, so it is asked again in the next run."""
        where = response.url if response is not None else "item"
        error = failure.value or RuntimeError("an error without a value")
        site_run_of(self.crawler).record_error(where, error)
