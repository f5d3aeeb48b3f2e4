"""SiteRun: one run at one site while it goes on, shared by the Scrapy components of its crawl."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any, Protocol, cast

from scrapy.crawler import Crawler
from sqlalchemy import Connection

from crawler.budget import BudgetLimits, BudgetUsage, remaining_pages
from crawler.config import Config
from pipelines.extract.boilerplate import LineCounts
from pipelines.read_page import ReadPage
from pipelines.reader_pool import ReaderPool
from pipelines.settle_links import SettleContext
from spiders.items import Page, Visit
from spiders.profile.site_profile import SiteProfile
from spiders.urls.classify import declared_hosts
from storage.database.writer import Writer
from storage.frontier import hosts
from storage.frontier.hosts import HostRecord
from storage.frontier.tasks import LeasedUrl
from storage.records import Capture, Outcome, Verdict
from storage.runs.runs import Run
from storage.warc.exchange import Conversion, Exchange, Original
from storage.warc.write import WarcWriter


class Browser(Protocol):
    """The browser process of a session (crawler.browser.process.Chromium fits)."""

    @property
    def version_name(self) -> str:
        """Name and version."""

    def acquire(self) -> None:
        """Keep it running until `release`."""

    async def release(self) -> None:
        """End it when no crawl holds it any more."""

    def context(self, agent: str) -> AbstractAsyncContextManager[Any]:
        """Open an empty browser context with a user agent."""


def no_scheduler() -> None:
    """Do nothing: no scheduler waits for this run."""


@dataclass(slots=True)
class SiteRun:
    """One run at one site while it goes on."""

    config: Config
    profile: SiteProfile
    run: Run
    context: SettleContext
    writer: Writer
    reader: ReaderPool
    warc: WarcWriter
    boilerplate: frozenset[str] = frozenset()  # keys of the site's boilerplate lines
    lines: LineCounts = field(default_factory=LineCounts)  # of the articles read
    noted_links: set[str] = field(default_factory=set)  # URLs, and hosts of outlinks, already in the frontier
    outcomes: Counter[Outcome] = field(default_factory=Counter)  # of the visits settled by this process
    usage: BudgetUsage = field(default_factory=BudgetUsage)  # of the run's budget, by this process
    night_usage: BudgetUsage = field(default_factory=BudgetUsage)  # of the night's budget, by all runs
    hosts: Mapping[str, HostRecord] = field(default_factory=dict)  # as earlier runs recorded them
    later: int = 0  # responses that asked to come later (429, 503)
    answers: int = 0  # responses recorded by this process
    waiting: int = 0  # rows pending, as last counted
    offsite: int = 0  # links to other sites
    ending: str | None = None  # why the run ends before the frontier is empty
    ending_detail: str = ""
    errors: list[str] = field(default_factory=list)  # errors of our own software, one line each
    chromium: Browser | None = None  # of the whole process; None outside of a session
    browser: Counter[str] = field(default_factory=Counter)  # what the browser did, and was refused
    broken: bool = False  # disk or database failed: nothing more may be settled
    began: float = field(default_factory=time.monotonic)  # monotonic seconds
    wake_scheduler: Callable[[], None] = no_scheduler
    _leased: dict[str, LeasedUrl] = field(default_factory=dict)  # by URL, until settled
    _capture_ids: dict[str, int] = field(default_factory=dict)  # by WARC record id, until settled

    @property
    def askable_hosts(self) -> frozenset[str]:
        """Every host that may be requested in this run, by whatever part of it."""
        fetch = self.profile.fetch
        browser_hosts = {host.lower() for host in fetch.browser_hosts}
        return self.profile.hosts | declared_hosts(self.profile) | browser_hosts

    def hand_out(self, leased: tuple[LeasedUrl, ...]) -> None:
        """Count leased URLs against the budgets, and remember them until they are settled."""
        self.usage.pages += len(leased)
        self.night_usage.pages += len(leased)
        self._leased.update({url.url: url for url in leased})

    def task_digest(self, url: str) -> str | None:
        """Return the payload digest a URL had when it was leased."""
        leased = self._leased.get(url)
        return leased.payload_digest if leased else None

    def record(self, exchange: Exchange, original: Original | None) -> Capture:
        """Write an exchange to the WARC, and queue its capture for the database; return the capture."""
        capture = self.warc.write(exchange, original)
        self.answers += 1
        self.usage.size += len(exchange.body)
        self.night_usage.size += len(exchange.body)
        self.writer.submit(partial(self._store_capture, capture=capture))
        return capture

    def count_repeated_request(self) -> None:
        """Count a request that is sent once more: its row counts once."""
        self.context.frontier.progress.repeated_requests += 1

    def convert(self, conversion: Conversion) -> Capture:
        """Write a rendered document to the WARC, and queue its capture for the database."""
        capture = self.warc.write_conversion(conversion)
        self.writer.submit(partial(self._store_capture, capture=capture))
        return capture

    def count_browser_event(self, event: str) -> None:
        """Count something the browser did or was refused."""
        self.browser[event] += 1

    def _store_capture(self, connection: Connection, capture: Capture) -> None:
        self._capture_ids[capture.record_id] = self.context.store.capture(
            connection, self.profile.key, capture
        )

    def capture_id(self, visit: Visit) -> int | None:
        """Return the row id of a visit's capture, which the writer stored before."""
        capture = cast("Capture | None", visit.capture)
        return self._capture_ids.get(capture.record_id) if capture else None

    def visit_settled(self, visit: Visit, verdict: Verdict, reading: ReadPage | None) -> None:
        """Count a visit that is committed, and let the scheduler lease more."""
        self._leased.pop(visit.url, None)
        self._capture_ids.pop(getattr(visit.capture, "record_id", ""), None)
        self.outcomes[verdict.outcome] += 1
        if reading and reading.result.article:
            self.lines.count_lines(reading.result.article)
        if isinstance(visit, Page):
            self.offsite += visit.offsite + (reading.offsite if reading else 0)
        self.wake_scheduler()

    @property
    def settled_count(self) -> int:
        """How many visits this process has settled."""
        return sum(self.outcomes.values())

    def stop(self, ending: str, detail: str) -> None:
        """Lease nothing more: the run ends once what is in flight is settled."""
        if self.ending is None:
            self.ending, self.ending_detail = ending, detail

    def fail(self, error: BaseException) -> None:
        """End the run for a failure of our disk or database: nothing more may be settled."""
        if not self.broken:
            self.broken = True
            self.errors.append(f"{type(error).__name__}: {error}")
        self.stop("error", str(error))

    def record_error(self, where: str, error: BaseException) -> None:
        """Record an error of our own that harmed one URL: it stays pending, the run is not healthy."""
        if self.writer.failure is not None:
            self.fail(self.writer.failure)
        else:
            self.errors.append(f"{where}: {type(error).__name__}: {error}")

    @property
    def exhausted(self) -> bool:
        """Whether nothing more may be leased."""
        return self.ending is not None

    def record_robots(self, host: str, status: int, text: str | None, at: datetime) -> None:
        """Store a host's robots.txt before anything else of it is requested; `text` of a 200 alone."""
        work = partial(hosts.record_robots, host=host, status=status, text=text, at=at)
        self.writer.submit(work, urgent=True)

    def record_back_off(self, host: str, gap: float, wait: float, why: str) -> None:
        """Store the gap to a host that asked to come later, and the seconds it asked to wait (0: none)."""
        self.writer.submit(partial(hosts.record_gap, host=host, gap=gap, why=why))
        if wait:
            now = utc_now()
            until = now + timedelta(seconds=wait)
            retry = f"{why}, Retry-After"
            self.writer.submit(partial(hosts.record_retry_after, host=host, until=until, now=now, why=retry))

    @property
    def halted(self) -> bool:
        """Whether leased URLs must be returned unfetched (a spent page budget was leased in full)."""
        return self.ending not in {None, "budget"} and not self._leased_in_full

    @property
    def _leased_in_full(self) -> bool:
        return self.ending == "night_budget" and not remaining_pages(
            self.night_usage, BudgetLimits.of_night(self.config)
        )

    @property
    def page_allowance(self) -> int:
        """How many pages the budgets of the run and the night still allow."""
        site_pages = remaining_pages(self.usage, BudgetLimits.of_site(self.profile, self.config))
        return min(site_pages, remaining_pages(self.night_usage, BudgetLimits.of_night(self.config)))

    def check_page_budget(self) -> None:
        """End the run when its pages, or the night's, are spent; what was leased is still fetched."""
        if self.page_allowance:
            return
        if remaining_pages(self.usage, BudgetLimits.of_site(self.profile, self.config)):
            self.stop("night_budget", f"{self.night_usage.pages} pages asked, the budget of the night")
        else:
            self.stop("budget", f"{self.usage.pages} pages asked, the profile's budget of one run")

    def progress_numbers(self) -> Mapping[str, float]:
        """Return counts and seconds of the run so far, for the progress display."""
        new = self.outcomes[Outcome.NEW] + self.outcomes[Outcome.COPY] + self.outcomes[Outcome.REVISED]
        return {
            "pages": self.settled_count,
            "new": new,
            "errors": self.outcomes[Outcome.FAILED] + len(self.errors),
            "waiting": self.waiting,
            "seconds": time.monotonic() - self.began,
        }


def site_run_of(crawler: Crawler) -> SiteRun:
    """Return the site run of a crawler's spider; raises RuntimeError before the scheduler has opened it."""
    site_run = getattr(crawler.spider, "run", None)
    if site_run is None:
        raise RuntimeError(f"spider {crawler.spider}: no run is open; the scheduler opens it")
    return cast("SiteRun", site_run)


def utc_now() -> datetime:
    """Return the current instant."""
    return datetime.now(UTC)
