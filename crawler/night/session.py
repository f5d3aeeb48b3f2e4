"""CrawlSession: what the crawls of a process share - database, writer, reader processes, browser, budget."""

from __future__ import annotations

import asyncio
import logging
import platform
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Any, TypeVar

import scrapy
from sqlalchemy import Connection, Engine

from crawler.browser.process import Chromium, require_browser
from crawler.budget import BudgetUsage
from crawler.config import Config, ConfigError
from crawler.health.findings import Failure, Sign
from crawler.night.plan import due_sites, host_wait
from crawler.night.report import build_report
from crawler.reprocess.boilerplate_removal import remove_learned_boilerplate
from crawler.site_run import SiteRun, utc_now
from crawler.version import VERSION
from pipelines.reader_pool import ReaderPool
from pipelines.settle_links import SettleContext, discovered_urls
from spiders.items import Link, LinkKind
from spiders.profile.site_profile import SiteProfile
from spiders.urls.classify import site_url
from storage.articles import boilerplate_lines
from storage.articles.queries import committed_ends
from storage.articles.store import ArticleStore
from storage.database.engine import open_database, reading, require_current
from storage.database.writer import Writer
from storage.frontier import hosts, leases
from storage.frontier.hosts import HostRecord
from storage.frontier.queue import Frontier
from storage.frontier.rescue import RescueFrontier, lacks_files
from storage.frontier.revisit_budget import RevisitBudget
from storage.frontier.soft_404 import reset_soft_404s
from storage.runs import runs
from storage.runs.runs import Run, SiteRow
from storage.search.engine import engine_for
from storage.warc.errors import WarcError
from storage.warc.recover import recover
from storage.warc.write import WarcWriter

SOFTWARE = f"congdoan-archive/{VERSION} scrapy/{scrapy.__version__} python/{platform.python_version()}"
REPEATED = 2  # requests that a process that died cost: robots.txt, and the one in flight
PILED_UP = 2  # requests kept free for articles of the nights on which a site could not be seen
log = logging.getLogger("congdoan")
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class NightSettings:
    """Settings of one night."""

    name: str
    as_of: datetime  # due dates are reckoned from this instant; evidence carries the true time
    revisit_all: bool = False
    rescue: bool = False  # everything a site has, the most precious first (storage.frontier.rescue)
    until: datetime | None = None  # it ends then, whatever waits
    only_due: bool = False  # a site that another process has visited meanwhile is left out


class NotDueError(Exception):
    """Another process has visited the site since the night was planned."""


class HostWaitsError(Exception):
    """A host of the site asked us to come again later."""


def user_agent(config: Config) -> str:
    """An honest name with an address where webmasters reach us."""
    return f"congdoan-archive/{VERSION} (+{config.contact or 'replica'})"


@dataclass(slots=True)
class CrawlSession:
    """Opened once a process, closed at its end; crawls begin and end their site_runs here."""

    config: Config
    profiles: Mapping[str, SiteProfile]
    night: NightSettings
    engine: Engine
    writer: Writer
    reader: ReaderPool
    chromium: Chromium
    site_runs: dict[str, SiteRun] = field(default_factory=dict)
    ended_runs: list[int] = field(default_factory=list)  # runs this process has closed
    usage: BudgetUsage = field(
        default_factory=BudgetUsage
    )  # what all site_runs have used of the night's budget
    stopping: tuple[str, str] | None = None  # (ending, detail) once told to stop

    @classmethod
    def open(cls, config: Config, profiles: Mapping[str, SiteProfile], night: NightSettings) -> CrawlSession:
        """Open the archive; what a crashed process left in the WARC directory is finished first.

        Raises DatabaseError, WarcError.
        """
        engine = open_database(config.database_url)
        require_current(engine)
        _finish_warcs(config, engine)
        site_runs: dict[str, SiteRun] = {}
        writer = Writer(engine, partial(_sync, site_runs))
        search = engine_for(engine.dialect.name)
        memory = config.reader_memory
        reader = ReaderPool(profiles, config.workers, config.read_timeout, search, memory=memory)
        return cls(config, profiles, night, engine, writer, reader, Chromium(config.chromium), site_runs)

    async def begin_run(self, profile: SiteProfile) -> SiteRun:
        """Take the site's lease, start or resume its run, make its roots known and due URLs pending.

        Raises SiteBusyError, NotDueError, HostWaitsError, WarcError, DatabaseError, BrowserMissingError.
        """
        now = utc_now()
        dialled = bool(set(self.config.dial) & profile.hosts)
        require_askable(profile, self.config, dialled=dialled)
        if profile.fetch.browser:
            require_browser(profile.key, self.config.chromium)
        run, host_records = await self._written(
            partial(self._open, profile=profile, now=now, dialled=dialled)
        )
        allowance = await self._written(partial(_revisit_budget, profile=profile, run=run))
        frontier = Frontier(profile.key, run.id, run.as_of, allowance, profile.fetch.backfill)
        frontier.progress.repeated_requests = REPEATED * (run.attempts - 1)
        if self.night.rescue:
            frontier = RescueFrontier.from_frontier(frontier)
        warc = WarcWriter(
            self.config.warcs,
            f"{profile.key}-{run.id:06d}-{run.attempts:02d}",
            software=SOFTWARE,
            operator=self.config.contact or None,
            user_agent=user_agent(self.config),
        )
        store = ArticleStore(run.id, engine_for(self.engine.dialect.name))
        context = SettleContext(frontier, store)
        boilerplate = await self._written(partial(boilerplate_lines.active_keys, site=profile.key))
        site_run = SiteRun(self.config, profile, run, context, self.writer, self.reader, warc, boilerplate)
        site_run.chromium, site_run.night_usage, site_run.hosts = self.chromium, self.usage, host_records
        self.site_runs[profile.key] = site_run
        await self._written(partial(self._seed, frontier=frontier, profile=profile, now=now))
        if self.stopping:  # told while the visit was being opened
            site_run.stop(*self.stopping)
        return site_run

    async def _written(self, work: Callable[[Connection], T]) -> T:
        """What the writer makes of a job; the other crawls go on while it is at it."""
        return await asyncio.wrap_future(self.writer.submit(work, urgent=True))

    def _open(
        self, connection: Connection, profile: SiteProfile, now: datetime, *, dialled: bool
    ) -> tuple[Run, Mapping[str, HostRecord]]:
        """Take the lease and begin the run, unless the site is not to be visited now after all."""
        leases.acquire(connection, profile.key, now)
        host_records = hosts.read_hosts(connection, profile.hosts)
        if line := host_wait(profile, host_records, now):
            raise HostWaitsError(f"site {profile.key}: {line}")
        if self.night.only_due:
            last = runs.last_visits(connection)
            if not due_sites({profile.key: profile}, last, self.night.as_of, self.config.dial):
                raise NotDueError(f"site {profile.key}: another process has visited it meanwhile")
        night = self.night
        wanted = Run(0, profile.key, night.name, night.as_of, now, None, 1, dialled, None, None, None)
        return _begin(connection, profile, wanted, now), host_records

    def _seed(self, connection: Connection, frontier: Frontier, profile: SiteProfile, now: datetime) -> None:
        frontier.seed(connection, discovered_urls(roots(profile)), now)
        frontier.make_due(connection, revisit_all=self.night.revisit_all)
        if isinstance(frontier, RescueFrontier) and lacks_files(connection, profile.key):
            frontier.refetch_articles(connection)

    def renew_lease(self, site: str) -> None:
        """Keep the site's lease alive."""
        self.writer.submit(partial(leases.acquire, site=site, now=utc_now()))

    async def end_run(self, site_run: SiteRun, ending: str) -> None:
        """Close the visit's WARC, write its report, give the lease back."""
        try:
            site_run.warc.close()
        except WarcError as error:
            site_run.fail(error)
        self.site_runs.pop(site_run.profile.key, None)
        if self.writer.failure is not None:
            return  # the run stays open: the next one goes on with it
        await self._remove_boilerplate(site_run)
        ending = site_run.ending or ending
        await self._written(partial(_end, site_run=site_run, ending=ending))
        self.ended_runs.append(site_run.run.id)

    async def _remove_boilerplate(self, site_run: SiteRun) -> None:
        """Learn the site's boilerplate lines from what was read, and remove them from stored articles."""
        site, known_keys = site_run.profile.key, site_run.boilerplate
        if site_run.broken or not (learned := site_run.lines.boilerplate_lines()):
            return
        removal = partial(
            remove_learned_boilerplate, context=site_run.context, counts=site_run.lines, known_keys=known_keys
        )
        new, changed = await self._written(removal)
        if new:
            lines = "; ".join(repr(learned[key][0]) for key in sorted(new))
            log.info("%s: learned %s as boilerplate; %s articles re-extracted", site, lines, changed)

    def stop(self, ending: str, detail: str) -> None:
        """Let every running visit end once what is in flight is settled; none begins any more."""
        self.stopping = (ending, detail)
        for site_run in self.site_runs.values():
            site_run.stop(ending, detail)
            site_run.wake_scheduler()

    def close(self) -> None:
        """End reader processes and writer; a second call does nothing."""
        self.reader.stop()
        self.writer.close()
        for site_run in self.site_runs.values():
            site_run.warc.close()
        self.engine.dispose()


def _revisit_budget(connection: Connection, profile: SiteProfile, run: Run) -> RevisitBudget:
    """What a run may ask besides its news; when the one before saw nothing, there is more of it."""
    fetch = profile.fetch
    before = runs.finished_runs_before(connection, profile.key, run.id, 1)
    report = (before[0].report or {}) if before else {}
    layout = profile.layout[0]
    return RevisitBudget(
        fetch.revisits,
        fetch.courtesy,
        spared=0 if _saw_the_site(report) else PILED_UP,
        # every second day: so the bound has room on nights with mishaps
        sampling=_doubtful(report) or run.as_of.toordinal() % 2 == 0,
        hinted=layout.date is None and layout.as_json is None,
    )


def _saw_the_site(report: Mapping[str, Any]) -> bool:
    """Whether a run saw what its site has, as far as its report tells."""
    failing = (report.get("health") or {}).get("failing") or {}
    return bool(report.get("article_links", 1)) and failing.get("kind") != Failure.SOFT_404


def _doubtful(report: Mapping[str, Any]) -> bool:
    """Whether a run found its site's pages changed: the next one looks at another article."""
    findings = (report.get("health") or {}).get("findings", ())
    return any(finding["sign"] in {Sign.LAYOUT, Sign.ONE_PAGE} for finding in findings)


def require_askable(profile: SiteProfile, config: Config, *, dialled: bool) -> None:
    """Raise ConfigError when the site may not be asked as things are."""
    if dialled:
        return
    if profile.status == "unidentified":
        raise ConfigError(
            f"site {profile.key}: its home is not identified ({profile.domain} is a reserved name); "
            "it can only be crawled with --dial"
        )
    if not config.contact:
        raise ConfigError(
            f"site {profile.key}: live sites are only asked with a contact address for their webmasters; "
            "set `contact` in congdoan.toml or CONGDOAN_CONTACT"
        )


def roots(profile: SiteProfile) -> list[Link]:
    """The URLs a profile names itself."""
    named: tuple[tuple[LinkKind, tuple[str, ...]], ...] = (
        ("seed", profile.seeds),
        ("feed", profile.discover.feeds),
        ("sitemap", profile.discover.sitemaps),
        ("listing", profile.discover.listings),
    )
    home = profile.seeds[0]  # a listing may be told by its path alone
    return [Link(site_url(url, profile, home), kind, "profile") for kind, listed in named for url in listed]


def _begin(connection: Connection, profile: SiteProfile, wanted: Run, now: datetime) -> Run:
    identity = (profile.key, profile.name, profile.domain, profile.level, profile.place, profile.status)
    row = SiteRow(*identity, profile.platform)
    runs.save_site(connection, row, now)
    return runs.begin_run(connection, wanted)


def _end(connection: Connection, site_run: SiteRun, ending: str) -> None:
    site_run.context.frontier.release(connection)
    if not site_run.later:
        hosts.relax_gaps(connection, site_run.profile.hosts)
    report = build_report(connection, site_run, ending)
    if (report.health["failing"] or {}).get("kind") == Failure.SOFT_404:
        reset_soft_404s(connection, site_run.profile.key, site_run.run.id, site_run.run.as_of)
    end = runs.RunEnding(utc_now(), ending, report.healthy, report.counts, report.as_dict())
    runs.finish_run(connection, site_run.run.id, end)
    leases.release(connection, site_run.profile.key)


def _sync(site_runs: Mapping[str, SiteRun]) -> None:
    for site_run in list(site_runs.values()):
        site_run.warc.sync()


def _finish_warcs(config: Config, engine: Engine) -> None:
    config.warcs.mkdir(parents=True, exist_ok=True)
    with reading(engine) as connection:
        ends = committed_ends(connection)
    left = {path.name.removesuffix(".open") for path in config.warcs.glob("*.open")}
    for row in recover(config.warcs, {name: end for name, end in ends.items() if name in left}):
        log.warning(
            "%s: a crash left it open; kept %s bytes, cut %s, lost %s",
            row.warc_file,
            row.kept_bytes,
            row.cut_bytes,
            row.lost_bytes,
        )
