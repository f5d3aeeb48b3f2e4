"""FrontierScheduler: Scrapy's scheduler as a thin adapter of the frontier, without a queue of its own."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from functools import partial
from typing import cast

from scrapy import Request, Spider
from scrapy.core.scheduler import BaseScheduler
from scrapy.crawler import Crawler
from scrapy.utils.defer import deferred_from_coro
from twisted.internet.defer import Deferred

from crawler.extensions.politeness import Politeness
from crawler.night.spider_loader import close_run, open_run
from crawler.site_run import SiteRun
from spiders.items import Hints, HintSource
from spiders.site_spider import SiteSpider
from storage.frontier.leases import LEASE_TERM
from storage.frontier.tasks import LeasedUrl
from storage.records import UrlKind

BATCH = 48  # URLs leased at once
LOW = 12  # below this many in hand the next batch is fetched


class FrontierScheduler(BaseScheduler):
    """Leases batches of URLs from the frontier through the one writer, and wakes the engine."""

    _spider: SiteSpider
    _run: SiteRun

    def __init__(self, crawler: Crawler) -> None:
        self.crawler = crawler
        self._again: deque[Request] = deque()  # retries: their rows are still leased
        self._ready: deque[LeasedUrl] = deque()
        self._leasing: asyncio.Task[None] | None = None
        self._empty_at = -1  # how many visits were settled when the frontier last had nothing
        self._renewed = time.monotonic()

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> FrontierScheduler:
        """Scrapy's way to make the scheduler."""
        return cls(crawler)

    def open(self, spider: Spider) -> Deferred[None] | None:
        """Open the run of the spider's site (Scrapy calls this)."""
        return deferred_from_coro(self._open(spider))

    async def _open(self, spider: Spider) -> None:
        self._spider = cast("SiteSpider", spider)
        self._run = await open_run(self._spider)
        self._run.wake_scheduler = self._wake

    def close(self, reason: str) -> Deferred[None] | None:
        """Close the run: every visit is settled by now."""
        return deferred_from_coro(self._close(reason))

    async def _close(self, reason: str) -> None:
        await close_run(self._spider, reason)

    def enqueue_request(self, request: Request) -> bool:
        """Take back a request that a middleware wants repeated."""
        self._again.append(request)
        return True

    def next_request(self) -> Request | None:
        """Return the next request, or None while a batch is being leased or nothing is pending."""
        if self._run.halted:
            self._ready.clear()
            self._again.clear()
            if politeness := self.crawler.get_extension(Politeness):
                politeness.stop_waiting()
        if self._again:
            return self._again.popleft()
        if len(self._ready) < LOW:
            self._lease()
        return self._request(self._ready.popleft()) if self._ready else None

    def has_pending_requests(self) -> bool:
        """Whether anything may still come."""
        in_hand = not self._run.halted and bool(self._again or self._ready)
        return in_hand or self._leasing is not None or not self._drained

    @property
    def _drained(self) -> bool:
        """Nothing was pending, and nothing has been settled since that could have added links."""
        return self._run.exhausted or self._empty_at == self._run.settled_count

    def _lease(self) -> None:
        """Lease the next batch, after all that is queued for the writer: a slow writer slows the crawl."""
        if self._leasing is None and not self._drained:
            self._leasing = asyncio.ensure_future(self._lease_batch())

    async def _lease_batch(self) -> None:
        settled = self._run.settled_count
        frontier = self._run.context.frontier
        try:
            batch = partial(frontier.lease_batch, limit=min(BATCH, self._run.page_allowance))
            future = self._run.writer.submit(batch, urgent=True)
            tasks, self._run.waiting = await asyncio.wrap_future(future)
            if tasks:
                self._run.hand_out(tasks)
                self._ready.extend(tasks)
                self._run.check_page_budget()
            else:
                self._empty_at = settled
        except Exception as error:  # noqa: BLE001 - the visit ends, loudly: see the report
            self._run.errors.append(f"frontier: {error}")
            self._run.stop("error", str(error))
        finally:
            self._leasing = None
            self._keep_lease()
            self._wake()

    def _keep_lease(self) -> None:
        if time.monotonic() - self._renewed > LEASE_TERM.total_seconds() / 3:
            self._renewed = time.monotonic()
            self._spider.session.renew_lease(self._spider.name)

    def _wake(self) -> None:
        """Let the engine ask again now: left alone it polls every 5 s (tests/crawler/test_scheduler.py)."""
        slot = getattr(self.crawler.engine, "_slot", None)
        if slot is not None:
            slot.nextcall.schedule()

    def _most(self, task: LeasedUrl) -> dict[str, int]:
        """Images have a limit of their own."""
        if task.kind is not UrlKind.IMAGE:
            return {}
        config = self._run.config
        return {"download_maxsize": min(config.max_image_bytes, config.max_bytes)}

    def _request(self, task: LeasedUrl) -> Request:
        hints = Hints(
            title=task.title_hint,
            date=task.date_hint,
            source=cast("HintSource | None", task.hint_source),
            form=task.hint_form,
            lastmod=task.lastmod,
        )
        return Request(
            task.url,
            callback=self._spider.parse,
            errback=self._spider.failed,
            dont_filter=True,
            meta={
                "url": task.url,
                "kind": task.kind.value,
                "hints": hints,
                "task": task,
                **self._most(task),
                "verbatim_url": True,
                "handle_httpstatus_all": True,
            },
        )
