"""The night: which sites are due (pure), the crawls side by side, the exit code."""

from __future__ import annotations

import asyncio
import logging
import signal
import threading
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from scrapy.crawler import AsyncCrawlerRunner
from scrapy.settings import Settings

from crawler.config import Config
from crawler.handlers.chromium import BrowserMissingError
from crawler.loader import spider_class
from crawler.workshop import Night, Workshop
from spiders.profile import SiteProfile
from storage.leases import SiteBusyError
from storage.runs import Run, get
from storage.warc.errors import WarcError

log = logging.getLogger("congdoan")
SLACK = timedelta(hours=2)  # a timer that fires a little early still finds its site due
NEVER_ASKED = {"dark", "hijacked", "unidentified", "unknown"}  # unknown: until a person has looked


@dataclass(frozen=True, slots=True)
class Result:
    """What a night came to."""

    night: str
    runs: tuple[Run, ...]
    errors: tuple[str, ...]  # sites that could not even begin, one line each

    @property
    def healthy(self) -> bool:
        """Whether every run is healthy and none failed to begin."""
        return not self.errors and bool(self.runs) and all(run.healthy for run in self.runs)


def due_sites(
    profiles: Mapping[str, SiteProfile],
    last: Mapping[str, tuple[datetime, bool]],
    as_of: datetime,
    dialled: Iterable[str] = (),
) -> tuple[SiteProfile, ...]:
    """The sites to visit tonight, the longest unvisited first (pure).

    `last` has each site's newest run: its as-of instant, and whether it was finished. An unfinished
    run is always due. Sites dark, or without a home that is known to answer, are due only when dialled.
    """
    hosts = set(dialled)

    def is_due(profile: SiteProfile) -> bool:
        if profile.status in NEVER_ASKED and not hosts & profile.hosts:
            return False
        visited = last.get(profile.key)
        if visited is None or not visited[1] or visited[0] > as_of:  # in the future: a clock was wrong then
            return True
        return as_of - visited[0] >= profile.interval - SLACK

    def waited(profile: SiteProfile) -> float:
        visited = last.get(profile.key)
        return visited[0].timestamp() if visited else 0.0

    return tuple(sorted(filter(is_due, profiles.values()), key=lambda p: (waited(p), p.key)))


def crawl(
    config: Config,
    chosen: Iterable[SiteProfile],
    night: Night,
    watch: Callable[[Workshop], Awaitable[None]] | None = None,
    settings: Mapping[str, Any] | None = None,
) -> Result:
    """Visit the sites side by side and report; `watch` runs beside them (the progress display).

    `settings` go over every other Scrapy setting (a recording puts its cassette below the handlers).
    Raises DatabaseError, WarcError, ConfigError before anything is asked.
    """
    profiles = {profile.key: profile for profile in chosen}
    workshop = Workshop.open(config, profiles, night)
    try:
        return asyncio.run(_crawl(workshop, watch, settings or {}))
    finally:
        workshop.close()


async def _crawl(
    workshop: Workshop, watch: Callable[[Workshop], Awaitable[None]] | None, over: Mapping[str, Any]
) -> Result:
    runner = AsyncCrawlerRunner(_settings(over))
    gate = asyncio.Semaphore(workshop.config.sites_at_once)
    watching = asyncio.ensure_future(watch(workshop)) if watch else None
    crawls = [_visit(runner, workshop, profile, gate) for profile in workshop.profiles.values()]
    with _stopping(workshop):
        errors = [line for line in await asyncio.gather(*crawls) if line]
    if watching:
        watching.cancel()
        await asyncio.gather(watching, return_exceptions=True)
    if workshop.writer.failure is not None:
        raise workshop.writer.failure
    ended = workshop.writer.submit(lambda c: [get(c, run) for run in workshop.ended], urgent=True)
    runs = [run for run in await asyncio.wrap_future(ended) if run]
    return Result(workshop.night.name, tuple(sorted(runs, key=lambda run: run.id)), tuple(errors))


@contextmanager
def _stopping(workshop: Workshop) -> Iterator[None]:
    """The first SIGINT or SIGTERM ends the night in order, the second at once (nothing is lost by it)."""
    loop = asyncio.get_running_loop()
    names = (signal.SIGINT, signal.SIGTERM)

    def asked(name: signal.Signals) -> None:
        log.warning("%s: finishing what is in flight; once more to end at once", name.name)
        workshop.stop("shutdown", f"{name.name}: what waits is asked in the next run")
        for each in names:
            loop.remove_signal_handler(each)

    main = threading.current_thread() is threading.main_thread()
    for name in names if main else ():
        loop.add_signal_handler(name, asked, name)
    try:
        yield
    finally:
        for name in names if main else ():
            loop.remove_signal_handler(name)


def _settings(over: Mapping[str, Any]) -> Settings:
    settings = Settings()
    settings.setmodule("crawler.settings", priority="project")
    # the spiders are made here, from the profiles already loaded
    settings.set("SPIDER_LOADER_CLASS", "scrapy.spiderloader.DummySpiderLoader", priority="cmdline")
    settings.setdict(over, priority="cmdline")
    return settings


async def _visit(
    runner: AsyncCrawlerRunner, workshop: Workshop, profile: SiteProfile, gate: asyncio.Semaphore
) -> str | None:
    async with gate:
        if workshop.stopping:
            return None
        spider = spider_class(profile, workshop.config)
        try:
            await runner.crawl(spider, workshop=workshop)
        except (SiteBusyError, WarcError, BrowserMissingError) as error:
            log.error("%s", error)  # noqa: TRY400 - one line for the operator; the trace says no more
            return str(error)
    return None
