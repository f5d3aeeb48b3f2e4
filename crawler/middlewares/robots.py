"""Downloader middleware that reads robots.txt once a run, day and host, and obeys it (RFC 9309)."""

from __future__ import annotations

import asyncio
from time import monotonic
from urllib.parse import urlsplit

from protego import Protego
from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.http import Response
from scrapy.http.request import NO_CALLBACK

from crawler.extensions.politeness import Politeness
from crawler.site_run import site_run_of, utc_now
from spiders.responses.failures import RobotsDenied, RobotsUnavailable, failure_reason

ROBOTS_LIFETIME_SECONDS = 86_400.0  # seconds; RFC 9309, 2.4: no copy is used for longer
UNAVAILABLE_STATUSES = frozenset({429, *range(500, 600)})  # the stored text does not tell what is allowed
MAX_ROBOTS_BYTES = 512_000  # RFC 9309, 2.5: at least 500 KiB must be parsed


class RobotsMiddleware:
    """Status 200: obeyed. 4xx: everything is allowed. 5xx, 429: nothing is. No response: unreachable."""

    def __init__(self, crawler: Crawler) -> None:
        self.crawler = crawler
        self._rules: dict[str, asyncio.Future[Protego]] = {}
        self._read_at: dict[str, float] = {}

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> RobotsMiddleware:
        """Build the middleware for a crawler."""
        return cls(crawler)

    async def process_request(self, request: Request) -> None:
        """Let an allowed request pass; raises RobotsDenied, RobotsUnavailable, or a failure to read it."""
        if request.meta.get("robots"):
            return
        parts = urlsplit(request.url)
        home = f"{parts.scheme}://{parts.netloc}"
        if home not in self._rules or monotonic() - self._read_at[home] > ROBOTS_LIFETIME_SECONDS:
            self._rules[home] = asyncio.ensure_future(self._read_robots(home))
            self._read_at[home] = monotonic()
        rules = await asyncio.shield(self._rules[home])
        if not rules.can_fetch(request.url, self.crawler.settings["USER_AGENT"]):
            raise RobotsDenied(f"{home}/robots.txt forbids it")
        if politeness := self.crawler.get_extension(Politeness):
            politeness.apply_gap(request.meta.get("download_slot") or parts.hostname or "")

    async def _read_robots(self, home: str) -> Protego:
        url, host = f"{home}/robots.txt", urlsplit(home).hostname or ""
        if (stored_body := self._stored_robots(host)) is not None:
            return self._parse(stored_body, home)
        if politeness := self.crawler.get_extension(Politeness):
            politeness.apply_gap(host)
        meta = {"robots": True, "url": url, "kind": "seed"}
        robots_request = Request(url, priority=1000, meta=meta, callback=NO_CALLBACK)
        assert self.crawler.engine
        try:
            response = await self.crawler.engine.download_async(robots_request)
        except Exception as error:
            reason, detail = failure_reason(error)
            self._stop_visit(home, "unreachable", f"{home}: {reason}: {detail}")
            raise
        self._store_robots(response, host)
        if response.status >= 500 or response.status == 429:
            detail = f"{url} answered HTTP {response.status}: the site is left alone until it can be read"
            self._stop_visit(home, "robots_unavailable", detail)
            raise RobotsUnavailable(detail)
        return self._parse(response.body if response.status == 200 else b"", home)

    def _stored_robots(self, host: str) -> bytes | None:
        """Return the robots.txt an earlier process of this run has read, so that it is not fetched twice."""
        visit = site_run_of(self.crawler)
        stored_host = visit.hosts.get(host)
        if (
            stored_host is None
            or stored_host.robots_at is None
            or stored_host.robots_status is None
            or visit.run.attempts == 1
        ):
            return None
        age = (utc_now() - stored_host.robots_at).total_seconds()
        if (
            stored_host.robots_at < visit.run.started_at
            or not 0 <= age < ROBOTS_LIFETIME_SECONDS
            or stored_host.robots_status in UNAVAILABLE_STATUSES
        ):
            return None
        visit.context.frontier.progress.repeated_requests -= 1
        return (stored_host.robots or "").encode()

    def _store_robots(self, response: Response, host: str) -> None:
        text = response.body[:MAX_ROBOTS_BYTES].decode("utf-8", "replace") if response.status == 200 else None
        status, now = response.status, utc_now()
        if text is not None:
            text = text.replace("\x00", "")  # PostgreSQL keeps no such text
        site_run_of(self.crawler).record_robots(host, status, text, now)

    def _stop_visit(self, home: str, ending: str, detail: str) -> None:
        """Stop the visit when `home` is the site's first host; for a further host only its own pages fail."""
        profile = getattr(self.crawler.spider, "profile", None)
        first = urlsplit(profile.seeds[0]).hostname if profile else None
        if first is None or _without_www(urlsplit(home).hostname) == _without_www(first):
            site_run_of(self.crawler).stop(ending, detail)

    def _parse(self, body: bytes, home: str) -> Protego:
        text = body[:MAX_ROBOTS_BYTES].decode("utf-8", "replace")
        profile = getattr(self.crawler.spider, "profile", None)
        if profile and profile.urls.fold_case:  # then every requested URL is in lower case, too
            text = text.lower()
        rules = Protego.parse(text.lstrip("\ufeff"))
        crawl_delay = rules.crawl_delay(self.crawler.settings["USER_AGENT"])
        politeness = self.crawler.get_extension(Politeness)
        if crawl_delay and politeness:
            politeness.widen_gap(urlsplit(home).hostname or "", float(crawl_delay))
        return rules


def _without_www(host: str | None) -> str:
    return (host or "").lower().removeprefix("www.")
