"""Politeness: the gap between two requests to a host only ever grows while a crawl runs."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from time import monotonic

from scrapy import Request, signals
from scrapy.core.downloader import Slot
from scrapy.crawler import Crawler
from scrapy.http import Response

from crawler.visit import visit_of

LONGEST = 300.0  # seconds; a site that asks for more is left for the next run
SHORTEST_BACKOFF = 1.0
PATIENCE = 5  # answers of "later" in a row, then the visit ends


class Politeness:
    """Crawl-delay as a floor, and back-off when the site says 429 or 503."""

    def __init__(self, crawler: Crawler) -> None:
        self.crawler = crawler
        self._later = 0
        self._floors: dict[str, float] = {}  # seconds by host; Scrapy forgets hosts it has not asked for long
        self._gates: dict[str, asyncio.Semaphore] = {}
        self._sent: dict[str, float] = {}  # by host: when the last request went out

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Politeness:
        """Scrapy's way to make the extension."""
        extension = cls(crawler)
        crawler.signals.connect(extension.heard, signals.response_received)
        return extension

    def slow(self, host: str, seconds: float) -> None:
        """Keep at least this gap to the host from now on."""
        assert self.crawler.engine
        self._floors[host.lower()] = max(self._floors.get(host.lower(), 0.0), min(seconds, LONGEST))
        for key, slot in self.crawler.engine.downloader.slots.items():
            if key.lower() == host.lower():
                slot.delay = max(slot.delay, min(seconds, LONGEST))

    async def gap(self, request: Request) -> None:
        """Wait until the gap to the last request that was really sent to the host is over.

        Scrapy keeps the gap between the moments requests leave its queue; a busy process sends them some
        milliseconds later, and the next one then comes too soon (tests/year measured 5 ms of 20).
        """
        host = request.meta.get("download_slot") or ""
        assert self.crawler.engine
        slot = self.crawler.engine.downloader.slots.get(host)
        if slot is None or not slot.delay:
            return
        while (left := self._sent.get(host, 0.0) + slot.delay - monotonic()) > 0:
            await asyncio.sleep(left)
        self._sent[host] = monotonic()

    @asynccontextmanager
    async def turn(self, host: str) -> AsyncIterator[None]:
        """Wait until the host may be asked, and hold the turn: for what a page asks while it is shown.

        Its own request holds the host's slot until then, so these do not queue there; but they are sent
        in the same gap, and the slot's next request comes a gap after the last of them.
        """
        slot = self._slot(host)
        gate = self._gates.setdefault(host, asyncio.Semaphore(slot.concurrency))
        async with gate:
            while (left := slot.lastseen + slot.delay - monotonic()) > 0:
                await asyncio.sleep(left)
            slot.lastseen = monotonic()
            yield

    def _slot(self, host: str) -> Slot:
        assert self.crawler.engine
        downloader = self.crawler.engine.downloader
        told = self.crawler.settings.getfloat("DOWNLOAD_DELAY")
        slot = downloader.slots.setdefault(host, Slot(downloader.domain_concurrency, told, 0.0))
        slot.delay = max(slot.delay, self._floors.get(host, 0.0))
        return slot

    def heard(self, response: Response, request: Request) -> None:
        """Back off when told to come later."""
        if response.status not in {429, 503}:
            self._later = 0
            return
        self._later += 1
        self._back_off(response, request)
        if self._later >= PATIENCE:
            told = f"{request.url}: HTTP {response.status} {self._later} times in a row"
            visit_of(self.crawler).stop("throttled", told)

    def _back_off(self, response: Response, request: Request) -> None:
        host = request.meta.get("download_slot") or ""
        assert self.crawler.engine
        slot = self.crawler.engine.downloader.slots.get(host)
        told = response.headers.get("Retry-After", b"") or b""
        wished = float(told) if told.isdigit() else 0.0
        if slot is not None:
            self.slow(host, max(wished, slot.delay * 2, SHORTEST_BACKOFF))
