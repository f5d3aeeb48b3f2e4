"""What is measured: the whole chain, bare Scrapy, trafilatura alone; each runs in a process of its own.

The imports stand in the functions: they are part of what a contender's start costs.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from benchmarks.usage import Usage

if TYPE_CHECKING:
    from crawler.night.session import CrawlSession

SCRAPY_HTTP = "scrapy.core.downloader.handlers._aiohttp.AiohttpDownloadHandler"  # ours is made from it
IN_FLIGHT = 20  # requests: what five replica sites side by side, four each, come to


@dataclass(frozen=True, slots=True)
class Spent:
    """What one contender spent between its first page and its last."""

    pages: int
    seconds: float  # wall
    main: float  # CPU seconds of the main process, all threads
    workers: float  # CPU seconds of reader processes
    start: float  # CPU seconds before the first page: imports, opening the archive
    wrong: tuple[str, ...] = ()  # what makes the figures worthless, one line each

    @classmethod
    def between(cls, start: Usage, end: Usage, pages: int, wrong: Sequence[str] = ()) -> Spent:
        """What was spent from one instant to another."""
        return cls(
            pages=pages,
            seconds=end.wall - start.wall,
            main=end.own - start.own,
            workers=end.workers - start.workers,
            start=start.own + end.helpers,
            wrong=tuple(wrong),
        )

    @property
    def total(self) -> float:
        """CPU seconds of all processes."""
        return self.main + self.workers


def whole_chain(data: Path, dial: Mapping[str, str]) -> Spent:
    """A first night over every dialled site, into a new archive at `data`."""
    from scrapy.utils.misc import load_object

    from crawler import config as configuration
    from crawler.handlers.warc_record import HTTP_HANDLER
    from crawler.night.run import crawl
    from crawler.night.session import NightSettings
    from spiders.profile.site_profile import load_profiles
    from storage.database.engine import open_database, upgrade

    load_object(HTTP_HANDLER)  # Scrapy would import it with the first request
    config = configuration.load({"data": data, "dial": dict(dial), "delay": 0.0}, {})
    profiles = [profile for profile in load_profiles().values() if profile.hosts & set(dial)]
    upgrade(open_database(config.database_url))
    clock = _Clock()
    result = crawl(config, profiles, NightSettings("throughput", datetime.now(UTC)), clock.watch)
    unwell = [f"{run.site}: {(run.report or {}).get('problems')}" for run in result.runs if not run.healthy]
    return Spent.between(clock.marks[0], clock.marks[-1], clock.pages, (*result.errors, *unwell))


class _Clock:
    """Reads the time when the crawls begin and when the last has ended, while its workers still live."""

    def __init__(self) -> None:
        self.marks: list[Usage] = []
        self.pages = 0

    async def watch(self, session: CrawlSession) -> None:
        visits = dict(session.site_runs)
        self.marks.append(Usage.now())
        try:
            while True:
                visits |= session.site_runs
                await asyncio.sleep(0.5)
        finally:
            self.marks.append(Usage.now())
            self.pages = sum(visit.answers for visit in visits.values())


def bare_scrapy(urls: Sequence[str], dial: Mapping[str, str]) -> Spent:
    """The same URLs by a spider that only takes the bodies: Scrapy as it comes, without its reactor."""
    from scrapy.crawler import AsyncCrawlerRunner
    from scrapy.utils.misc import load_object

    from benchmarks.bare_spider import BareSpider

    load_object(SCRAPY_HTTP)
    settings = {
        "TWISTED_REACTOR_ENABLED": False,
        "DOWNLOAD_HANDLERS": {"http": SCRAPY_HTTP},
        "CONCURRENT_REQUESTS": IN_FLIGHT,
        "CONCURRENT_REQUESTS_PER_DOMAIN": IN_FLIGHT,
        "DOWNLOAD_DELAY": 0,
        "ROBOTSTXT_OBEY": False,
        "REDIRECT_ENABLED": False,  # the targets are in the list
        "COOKIES_ENABLED": False,  # it would fetch the list of public suffixes
        "TELNETCONSOLE_ENABLED": False,
        "REMOTE_CONTROL_ENABLED": False,
        "LOG_LEVEL": "WARNING",
    }
    asked = [(_replica(url, dial), urlsplit(url).netloc) for url in urls]
    taken: list[int] = []

    async def crawl() -> None:
        await AsyncCrawlerRunner(settings).crawl(BareSpider, asked=asked, taken=taken)

    start = Usage.now()
    asyncio.run(crawl())
    lost = len(urls) - len(taken)
    return Spent.between(start, Usage.now(), len(urls), [f"{lost} pages were not fetched"] if lost else [])


def _replica(url: str, dial: Mapping[str, str]) -> str:
    parts = urlsplit(url)
    return parts._replace(scheme="http", netloc=dial[parts.netloc]).geturl()


def trafilatura_alone(articles: Sequence[tuple[str, bytes]]) -> Spent:
    """Text and metadata of the same article pages, as `trafilatura.bare_extraction` gives them."""
    import trafilatura

    start = Usage.now()
    empty = sum(
        trafilatura.bare_extraction(body, url=url, with_metadata=True) is None for url, body in articles
    )
    # A page may rightly have no text (a soft 404); all of them cannot.
    wrong = [f"trafilatura gave nothing for {empty} pages"] if empty > len(articles) / 2 else []
    return Spent.between(start, Usage.now(), len(articles), wrong)
