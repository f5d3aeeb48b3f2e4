"""Scrapy extension for politeness: crawl delay, back-off and Retry-After, by host.

The gap between two requests to a host only grows while a crawl runs.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from time import monotonic
from urllib.parse import urlsplit

from scrapy import Request, signals
from scrapy.core.downloader import Slot
from scrapy.crawler import Crawler
from scrapy.http import Response

from crawler.site_run import site_run_of, utc_now

MAX_GAP_SECONDS = 300.0  # a site that asks for a longer gap is not fetched until then
MIN_BACKOFF_SECONDS = 1.0
MAX_RETRY_AFTER_SECONDS = 400 * 86_400.0  # storage.frontier.hosts caps it further
MAX_REFUSALS_IN_A_ROW = 5  # status 429 or 503, then the visit ends


class Politeness:
    """Keeps at least the crawl delay between requests to a host, and backs off at status 429 or 503."""

    def __init__(self, crawler: Crawler) -> None:
        self.crawler = crawler
        self._refusals = 0
        self._min_gaps: dict[str, float] = {}  # seconds by host; Scrapy drops the slot of an idle host
        self._turns: dict[str, asyncio.Semaphore] = {}
        self._last_sent: dict[str, float] = {}  # by host: monotonic time of the last request

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Politeness:
        """Build the extension and connect it to received responses."""
        extension = cls(crawler)
        crawler.signals.connect(extension.response_received, signals.response_received)
        return extension

    def apply_gap(self, host: str) -> None:
        """Set the gap of the host's download slot, before a request enters it.

        Scrapy drops the slot of a host that was idle for a minute, and its gap with it.
        """
        host = host.lower()
        stored_host = site_run_of(self.crawler).hosts.get(host)
        if stored_host and host not in self._min_gaps and stored_host.gap:
            self._min_gaps[host] = min(stored_host.gap, MAX_GAP_SECONDS)  # learned in an earlier run
        if host in self._min_gaps:
            self._slot(host)

    def widen_gap(self, host: str, seconds: float) -> None:
        """Keep at least this gap, in seconds, between requests to the host from now on."""
        assert self.crawler.engine
        self._min_gaps[host.lower()] = max(
            self._min_gaps.get(host.lower(), 0.0), min(seconds, MAX_GAP_SECONDS)
        )
        for key, slot in self.crawler.engine.downloader.slots.items():
            if key.lower() == host.lower():
                slot.delay = max(slot.delay, min(seconds, MAX_GAP_SECONDS))

    async def wait_for_gap(self, request: Request) -> None:
        """Wait until the gap to the last request that was sent to the host is over.

        Scrapy keeps the gap between the moments requests leave its queue; a busy process sends them some
        milliseconds later, and the next one then comes too soon (tests/year measured 5 ms of 20).
        """
        host = request.meta.get("download_slot") or ""
        assert self.crawler.engine
        slot = self.crawler.engine.downloader.slots.get(host)
        if slot is None or not slot.delay:
            return
        while (remaining := self._last_sent.get(host, 0.0) + slot.delay - monotonic()) > 0:
            await asyncio.sleep(remaining)
        self._last_sent[host] = monotonic()

    @asynccontextmanager
    async def wait_turn(self, host: str) -> AsyncIterator[None]:
        """Wait for the host's gap and hold the turn: for sub-requests of a page that is being rendered.

        The page's own request occupies the host's slot meanwhile, so sub-requests do not queue there; they
        keep the same gap, and the slot's next request comes a gap after the last of them.
        """
        slot = self._slot(host)
        turns = self._turns.setdefault(host, asyncio.Semaphore(slot.concurrency))
        async with turns:
            while (remaining := slot.lastseen + slot.delay - monotonic()) > 0:
                await asyncio.sleep(remaining)
            slot.lastseen = monotonic()
            yield

    def _slot(self, host: str) -> Slot:
        assert self.crawler.engine
        downloader = self.crawler.engine.downloader
        delay = self.crawler.settings.getfloat("DOWNLOAD_DELAY")
        slot = downloader.slots.setdefault(host, Slot(downloader.domain_concurrency, delay, 0.0))
        slot.delay = max(slot.delay, self._min_gaps.get(host, 0.0))
        return slot

    def stop_waiting(self) -> None:
        """Set all gaps to zero: the visit is stopped, waiting requests are refused without a wait."""
        assert self.crawler.engine
        for slot in self.crawler.engine.downloader.slots.values():
            slot.delay = slot.lastseen = 0.0

    def response_received(self, response: Response, request: Request) -> None:
        """Back off at status 429 or 503; end the visit after several in a row or a long Retry-After."""
        if response.status not in {429, 503}:
            self._refusals = 0
            return
        self._refusals += 1
        visit = site_run_of(self.crawler)
        visit.later += 1
        line = f"{request.url}: HTTP {response.status}"
        retry_after_seconds = retry_after(response.headers.get("Retry-After"), utc_now())
        self._back_off(request, retry_after_seconds, line)
        if retry_after_seconds > MAX_GAP_SECONDS:
            visit.stop("throttled", f"{line}, to be asked again in {retry_after_seconds:.0f} s")
        elif self._refusals >= MAX_REFUSALS_IN_A_ROW:
            visit.stop("throttled", f"{line} {self._refusals} times in a row")

    def _back_off(self, request: Request, retry_after_seconds: float, line: str) -> None:
        host = (request.meta.get("download_slot") or urlsplit(request.url).hostname or "").lower()
        slot = self._slot(host)
        self.widen_gap(host, max(slot.delay * 2, MIN_BACKOFF_SECONDS))
        if retry_after_seconds <= MAX_GAP_SECONDS:  # the requested wait once, then the wider gap
            slot.lastseen = max(slot.lastseen, monotonic() + retry_after_seconds - slot.delay)
        site_run_of(self.crawler).record_back_off(host, self._min_gaps[host], retry_after_seconds, line)


def retry_after(value: bytes | None, now: datetime) -> float:
    """Return the seconds a Retry-After header (number or date) asks to wait; 0 when absent or invalid."""
    text = (value or b"").decode("latin-1").strip()
    if text.isascii() and text.isdecimal():
        return min(float(text), MAX_RETRY_AFTER_SECONDS)
    try:
        then = parsedate_to_datetime(text)
    except ValueError:
        return 0.0
    then = then if then.tzinfo else then.replace(tzinfo=UTC)
    return min(max(0.0, (then - now).total_seconds()), MAX_RETRY_AFTER_SECONDS)
