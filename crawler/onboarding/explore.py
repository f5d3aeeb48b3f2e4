"""Explore an unknown site on the web: fetch pages for the survey, read samples with its profile."""

from __future__ import annotations

import asyncio
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from scrapy import Request, Spider
from scrapy.crawler import AsyncCrawlerRunner
from scrapy.http import Response
from scrapy.settings import Settings
from twisted.python.failure import Failure

from crawler.config import Config, ConfigError
from crawler.night.session import SOFTWARE, user_agent
from pipelines.read import ReadResult, read
from spiders.discovery.discover import discover
from spiders.explore.page import FrontPage, host_of
from spiders.explore.survey import Survey
from spiders.items import Hints, LinkKind, Page
from spiders.profile.site_profile import SiteProfile
from spiders.responses.failures import failure_reason
from spiders.urls.classify import BadUrl, canonical, site_url
from storage.frontier.hosts import HostRecord
from storage.records import Capture
from storage.warc.exchange import Exchange, Original
from storage.warc.write import WarcWriter

MAX_EXPLORE_REQUESTS = 40  # robots.txt among them
EXPLORE_SETTINGS: Mapping[str, Any] = {
    "SPIDER_LOADER_CLASS": "scrapy.spiderloader.DummySpiderLoader",
    "SCHEDULER": "scrapy.core.scheduler.Scheduler",  # there is no frontier yet
    "ITEM_PIPELINES": {},
    "RETRY_ENABLED": False,  # every request counts
    "CONCURRENT_REQUESTS": 1,
}


@dataclass(slots=True)
class ExploreVisit:
    """One running exploration, with the interface that handlers and middlewares expect of a site run."""

    config: Config
    survey: Survey
    warc: WarcWriter
    request_count: int = 0
    later: int = 0  # responses 429 or 503, as a site run counts them
    ending: str | None = None
    hosts: Mapping[str, HostRecord] = field(default_factory=dict)  # an unknown site has no stored hosts

    @property
    def halted(self) -> bool:
        """True once the exploration was stopped."""
        return self.ending is not None

    def record_robots(self, host: str, status: int, text: str | None, at: datetime) -> None:
        """Do nothing: an exploration has no archive to store robots.txt in."""

    def record_back_off(self, host: str, gap: float, wait: float, why: str) -> None:
        """Do nothing: an exploration has no archive to store delays in."""

    def count_repeated_request(self) -> None:
        """Do nothing: an exploration counts every request alike."""

    @property
    def askable_hosts(self) -> frozenset[str]:
        """Every host that may be requested."""
        return self.survey.home.hosts

    def record(self, exchange: Exchange, original: Original | None) -> Capture:
        """Write an exchange to the WARC; give robots.txt to the survey."""
        self.request_count += 1
        if exchange.url.endswith("/robots.txt") and exchange.status == 200:
            self.survey.robots += exchange.body.decode("utf-8", "replace") + "\n"
        return self.warc.write(exchange, original)

    def stop(self, ending: str, detail: str) -> None:
        """Stop; only the first reason is stored."""
        self.ending = self.ending or f"{ending}: {detail}"

    def fail(self, error: BaseException) -> None:
        """Stop because the WARC cannot be written."""
        self.stop("error", str(error))

    def record_error(self, where: str, error: BaseException) -> None:
        """Stop because of an error in our own code."""
        self.stop("error", f"{where}: {type(error).__name__}: {error}")


class ExploreSpider(Spider):
    """Fetches the page the survey wants next, one at a time."""

    name = "scout"
    run: ExploreVisit

    async def start(self) -> Any:  # noqa: ANN401 - Scrapy's own signature
        """Request the front page."""
        for request in self._next_request():
            yield request

    def parse(self, response: Response) -> Iterator[Request]:
        """Give the page to the survey and request the next one."""
        explored_page = Page.from_response("new", response)
        self.run.survey.add_page(explored_page)
        yield from self._next_request()

    def page_failed(self, failure: Failure) -> Iterator[Request]:
        """Report the failed page to the survey and request the next one."""
        failed_request: Request = failure.request  # type: ignore[attr-defined]  # scrapy sets it
        reason, detail = failure_reason(failure.value or RuntimeError("no error given"))
        if reason not in ("robots", "robots_denied"):
            self.run.request_count += 1
        self.run.survey.record_failure(failed_request.meta["url"], f"{reason}: {detail}")
        yield from self._next_request()

    def _next_request(self) -> Iterator[Request]:
        requests_left = self.run.request_count < MAX_EXPLORE_REQUESTS - (not self.run.request_count)
        survey_url = self.run.survey.next_url() if requests_left and self.run.ending is None else None
        if survey_url:
            meta = {"url": survey_url, "kind": "seed"}
            yield Request(survey_url, self.parse, errback=self.page_failed, dont_filter=True, meta=meta)


@dataclass(frozen=True, slots=True)
class ExploreResult:
    """A finished survey, and the source of its pages."""

    survey: Survey
    source: str  # for the profile's `verified`
    requests: int
    trouble: str | None = None  # why it ended early


def home_page_of(url: str) -> FrontPage:
    """Return the front page of a typed address and the hosts of its site; raises ConfigError."""
    try:
        home_url = canonical(url if "://" in url else f"https://{url}")
    except BadUrl as error:
        raise ConfigError(f"{error}; give the address of the site's front page") from error
    host = host_of(home_url).removeprefix("www.")
    return FrontPage(home_url, frozenset((host, f"www.{host}")))


def explore_web(config: Config, url: str, now: datetime) -> ExploreResult:
    """Fetch at most 40 pages of the site, politely; every exchange goes into a WARC file of its own.

    Raises ConfigError when the site may not be crawled, WarcError when nothing can be written.
    """
    home_page = home_page_of(url)
    dialled = bool(set(config.dial) & home_page.hosts)
    if not dialled and not config.contact:
        raise ConfigError(
            f"{home_page.url}: live sites are only asked with a contact address for their webmasters; "
            "set `contact` in congdoan.toml or CONGDOAN_CONTACT, or explore saved pages with --from"
        )
    explore_warc_name = f"explore-{re.sub('[^a-z0-9]+', '-', host_of(home_page.url))}-{now:%Y%m%dT%H%M%S%fZ}"
    explore_agent = user_agent(config)
    config.warcs.mkdir(parents=True, exist_ok=True)
    explore_warc = WarcWriter(
        config.warcs, explore_warc_name, software=SOFTWARE, operator=config.contact, user_agent=explore_agent
    )
    explore_visit = ExploreVisit(config, Survey(home_page), explore_warc)
    try:
        asyncio.run(_run_spider(explore_visit, explore_agent))
    finally:
        explore_warc.close()
    origin = "a replica through --dial" if dialled else "the live site"
    explored_source = f"{explore_visit.request_count} requests to {origin}"
    return ExploreResult(
        explore_visit.survey, explored_source, explore_visit.request_count, explore_visit.ending
    )


async def _run_spider(explore_visit: ExploreVisit, explore_agent: str) -> None:
    explore_settings = Settings()
    explore_settings.setmodule("crawler.settings", priority="project")
    config = explore_visit.config
    explore_run_settings = {
        "USER_AGENT": explore_agent,
        "DOWNLOAD_DELAY": config.delay,
        "DOWNLOAD_TIMEOUT": config.timeout,
        "DOWNLOAD_MAXSIZE": config.max_bytes,
    }
    explore_settings.setdict({**EXPLORE_SETTINGS, **explore_run_settings}, priority="cmdline")
    explore_middlewares = {**explore_settings.getdict("DOWNLOADER_MIDDLEWARES")}
    explore_middlewares["crawler.middlewares.conditional_get.ConditionalGetMiddleware"] = (
        None  # nothing was fetched before
    )
    explore_settings.set("DOWNLOADER_MIDDLEWARES", explore_middlewares, priority="cmdline")
    await AsyncCrawlerRunner(explore_settings).crawl(ExploreSpider, run=explore_visit)


def load_platforms(folder: Path) -> Mapping[str, Mapping[str, Any]]:
    """Return the rules of every platform by its name."""
    platform_files = sorted(folder.glob("*.toml"))
    return {path.stem: tomllib.loads(path.read_text(encoding="utf-8")) for path in platform_files}


@dataclass(frozen=True, slots=True)
class SampleReading:
    """One article page read with a proposed profile."""

    url: str
    result: ReadResult


def read_samples(explored: Survey, profile: SiteProfile, max_samples: int = 5) -> tuple[SampleReading, ...]:
    """Read some article pages of the survey, evenly spread, as a crawl with the profile would."""
    explored_hints = _discovered_hints(explored, profile)
    article_looks = explored.graph.article_pages
    sample_looks = article_looks[:: max(1, len(article_looks) // max_samples)][:max_samples]
    sample_readings = []
    for sample_look in sample_looks:
        sample_url = site_url(sample_look.url, profile)
        sample_page = replace(
            sample_look.source,
            site=profile.key,
            url=sample_url,
            kind="article",
            hints=explored_hints.get(sample_url) or Hints(),
        )
        sample_readings.append(SampleReading(sample_url, read(sample_page, profile)))
    return tuple(sample_readings)


def _discovered_hints(explored: Survey, profile: SiteProfile) -> dict[str, Hints]:
    """Return the hints of feeds, sitemaps and listings by article URL."""
    explored_hints: dict[str, Hints] = {}
    explored_pages: list[tuple[LinkKind, Page]] = [
        ("listing", look.source) for look in explored.pages.values()
    ]
    explored_pages += [
        ("sitemap" if b"<urlset" in explored_page.body else "feed", explored_page)
        for explored_page in explored.feed_pages
    ]
    for kind, explored_page in explored_pages:
        for link in discover(replace(explored_page, kind=kind), profile).links:
            earlier_hints = explored_hints.get(link.url)
            if link.kind == "article" and (
                earlier_hints is None or (not earlier_hints.date and link.hints.date)
            ):
                explored_hints[link.url] = link.hints
    return explored_hints
