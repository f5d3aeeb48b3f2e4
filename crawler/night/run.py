"""Run a night: crawl the due sites side by side, stop on signals, return the runs."""

from __future__ import annotations

import asyncio
import logging
import signal
import threading
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any

from scrapy.crawler import AsyncCrawlerRunner
from scrapy.settings import Settings
from sqlalchemy import Connection

from crawler.browser.process import BrowserMissingError
from crawler.config import Config
from crawler.night.plan import due_sites as due_sites
from crawler.night.session import CrawlSession, HostWaitsError, NightSettings, NotDueError
from crawler.night.spider_loader import spider_class
from crawler.night.watchdog import watch_limits
from crawler.site_run import utc_now
from spiders.profile.site_profile import SiteProfile
from storage.frontier.leases import SiteBusyError
from storage.runs.runs import Run, run_by_id
from storage.warc.errors import WarcError

log = logging.getLogger("congdoan")


@dataclass(frozen=True, slots=True)
class NightResult:
    """The runs of a night, and the sites that did not begin."""

    night: str
    runs: tuple[Run, ...]
    errors: tuple[str, ...]  # sites that could not even begin, one line each
    left: tuple[str, ...] = ()  # sites left out in good order, one line each

    @property
    def healthy(self) -> bool:
        """Whether every run is healthy and none failed to begin."""
        begun = bool(self.runs) or bool(self.left)
        return not self.errors and begun and all(run.healthy for run in self.runs)


def crawl(
    config: Config,
    chosen: Iterable[SiteProfile],
    night: NightSettings,
    watch: Callable[[CrawlSession], Awaitable[None]] | None = None,
    settings: Mapping[str, Any] | None = None,
) -> NightResult:
    """Visit the sites side by side and report; `watch` runs beside them (the progress display).

    `settings` go over every other Scrapy setting (a recording puts its cassette below the handlers).
    Raises DatabaseError, WarcError, ConfigError before anything is asked.
    """
    profiles = {profile.key: profile for profile in chosen}
    session = CrawlSession.open(config, profiles, night)
    try:
        return asyncio.run(_crawl(session, watch, settings or {}))
    finally:
        session.close()


async def _crawl(
    session: CrawlSession, watch: Callable[[CrawlSession], Awaitable[None]] | None, over: Mapping[str, Any]
) -> NightResult:
    runner = AsyncCrawlerRunner(_settings(over))
    gate = asyncio.Semaphore(session.config.sites_at_once)
    watchers = [asyncio.ensure_future(watch_limits(session, utc_now))]
    if watch:
        watchers.append(asyncio.ensure_future(watch(session)))
    crawls = [_visit(runner, session, profile, gate) for profile in session.profiles.values()]
    with _stopping(session):
        not_begun = [error for error in await asyncio.gather(*crawls) if error]
    for task in watchers:
        task.cancel()
    for failure in await asyncio.gather(*watchers, return_exceptions=True):
        if isinstance(failure, Exception):
            raise failure  # nobody looked at the clock, or the display broke: a fault of ours
    if session.writer.failure is not None:
        raise session.writer.failure
    ended = session.writer.submit(partial(_ended_runs, ids=session.ended_runs), urgent=True)
    runs = await asyncio.wrap_future(ended)
    errors = tuple(str(error) for error in not_begun if not _in_order(error, session.night))
    left = tuple(str(error) for error in not_begun if _in_order(error, session.night))
    return NightResult(session.night.name, tuple(sorted(runs, key=lambda run: run.id)), errors, left)


def _ended_runs(connection: Connection, ids: Sequence[int]) -> list[Run]:
    found_runs = (run_by_id(connection, run_id) for run_id in ids)
    return [run for run in found_runs if run]


def _in_order(error: Exception, night: NightSettings) -> bool:
    """Whether a site was left out as it should be: of two nights at a time only one visits it."""
    return isinstance(error, (NotDueError, LeftOverError)) or (
        night.only_due and isinstance(error, (SiteBusyError, HostWaitsError))
    )


class LeftOverError(Exception):
    """The night ended before the site's turn came."""


@contextmanager
def _stopping(session: CrawlSession) -> Iterator[None]:
    """The first SIGINT or SIGTERM ends the night in order, the second at once (nothing is lost by it)."""
    loop = asyncio.get_running_loop()
    names = (signal.SIGINT, signal.SIGTERM)

    def on_signal(name: signal.Signals) -> None:
        log.warning("%s: finishing what is in flight; once more to end at once", name.name)
        session.stop("shutdown", f"{name.name}: what waits is asked in the next run")
        for handled in names:
            loop.remove_signal_handler(handled)

    main = threading.current_thread() is threading.main_thread()
    for name in names if main else ():
        loop.add_signal_handler(name, on_signal, name)
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
    runner: AsyncCrawlerRunner, session: CrawlSession, profile: SiteProfile, gate: asyncio.Semaphore
) -> Exception | None:
    async with gate:
        if session.stopping:
            return LeftOverError(f"site {profile.key}: not begun ({session.stopping[0]}); first in the next")
        spider = spider_class(profile, session.config)
        try:
            await runner.crawl(spider, session=session)
        except (SiteBusyError, NotDueError, HostWaitsError, WarcError, BrowserMissingError) as error:
            level = logging.INFO if _in_order(error, session.night) else logging.ERROR
            log.log(level, "%s", error)  # one line for the operator; the trace says no more
            return error
    return None
