"""SiteVisit: one run at one site while it goes on - what its Scrapy components share."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, cast

from scrapy.crawler import Crawler
from sqlalchemy import Connection

from crawler.browser.process import Chromium
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
from storage.frontier.hosts import HostRecord
from storage.frontier.tasks import LeasedUrl
from storage.records import Capture, Outcome, Verdict
from storage.runs.runs import Run
from storage.warc.exchange import Conversion, Exchange, Original
from storage.warc.write import WarcWriter

if TYPE_CHECKING:
    from collections.abc import Callable


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
    boilerplate: frozenset[str] = frozenset()  # keys of lines known to be no article's text
    lines: LineCounts = field(default_factory=LineCounts)  # of the articles read
    noted_links: set[str] = field(default_factory=set)
    outcomes: Counter[Outcome] = field(default_factory=Counter)
    usage: BudgetUsage = field(
        default_factory=BudgetUsage
    )  # what this process has used of the visit's budget
    night_usage: BudgetUsage = field(default_factory=BudgetUsage)  # and all visits together of the night's
    hosts: Mapping[str, HostRecord] = field(
        default_factory=dict
    )  # what the site's hosts told in earlier runs
    later: int = 0  # answers that said "later" (429, 503)
    answers: int = 0  # responses recorded by this process
    waiting: int = 0  # rows pending, as last counted
    offsite: int = 0
    ending: str | None = None  # why the visit ends before the frontier is empty
    ending_detail: str = ""
    errors: list[str] = field(default_factory=list)  # failures of our own, one line each
    chromium: Chromium | None = None  # of the whole process; none = outside of a session
    browser: Counter[str] = field(default_factory=Counter)  # what the browser did, and was refused
    broken: bool = False  # disk or database failed
    began: float = field(default_factory=time.monotonic)
    wake_scheduler: Callable[[], None] = lambda: None  # wakes the scheduler
    _tasks: dict[str, LeasedUrl] = field(default_factory=dict)
    _captures: dict[str, int] = field(default_factory=dict)

    @property
    def askable_hosts(self) -> frozenset[str]:
        """Every host that may be asked in this visit, by whatever part of it."""
        fetch = self.profile.fetch
        return (
            self.profile.hosts | declared_hosts(self.profile) | {host.lower() for host in fetch.browser_hosts}
        )

    def hand_out(self, tasks: tuple[LeasedUrl, ...]) -> None:
        """Remember what was leased until it is settled."""
        self.usage.pages += len(tasks)
        self.night_usage.pages += len(tasks)
        self._tasks.update({task.url: task for task in tasks})

    def task_digest(self, url: str) -> str | None:
        """The payload digest a URL had when it was leased."""
        task = self._tasks.get(url)
        return task.payload_digest if task else None

    def record(self, exchange: Exchange, original: Original | None) -> Capture:
        """Write an exchange to the WARC and its capture to the database's queue."""
        capture = self.warc.write(exchange, original)
        self.answers += 1
        self.usage.size += len(exchange.body)
        self.night_usage.size += len(exchange.body)
        self.writer.submit(lambda connection: self._keep(connection, capture))
        return capture

    def count_repeated_request(self) -> None:
        """A request is sent once more: it counts, though its row counts once."""
        self.context.frontier.progress.repeated_requests += 1

    def convert(self, conversion: Conversion) -> Capture:
        """Write what the browser made of a response to the WARC, and its capture to the database's queue."""
        capture = self.warc.write_conversion(conversion)
        self.writer.submit(lambda connection: self._keep(connection, capture))
        return capture

    def count_browser_event(self, event: str) -> None:
        """Count something the browser did, or was refused."""
        self.browser[event] += 1

    def _keep(self, connection: Connection, capture: Capture) -> None:
        self._captures[capture.record_id] = self.context.store.capture(connection, self.profile.key, capture)

    def capture_id(self, visit: Visit) -> int | None:
        """The row id of a visit's capture; the writer stored it before."""
        capture = cast("Capture | None", visit.capture)
        return self._captures.get(capture.record_id) if capture else None

    def settled(self, visit: Visit, verdict: Verdict, sheet: ReadPage | None) -> None:
        """Take note of a visit that has ended in the store."""
        self._tasks.pop(visit.url, None)
        self._captures.pop(getattr(visit.capture, "record_id", ""), None)
        self.outcomes[verdict.outcome] += 1
        if sheet and sheet.result.article:
            self.lines.count_lines(sheet.result.article)
        if isinstance(visit, Page):
            self.offsite += visit.offsite + (sheet.offsite if sheet else 0)
        self.wake_scheduler()

    @property
    def settled_count(self) -> int:
        """How many visits this process has brought to an end."""
        return sum(self.outcomes.values())

    def stop(self, ending: str, detail: str) -> None:
        """Hand out nothing more: the run ends once what is in flight is settled."""
        if self.ending is None:
            self.ending, self.ending_detail = ending, detail

    def fail(self, error: BaseException) -> None:
        """End the visit for a failure of our own disk or database: nothing more may be settled."""
        if not self.broken:
            self.broken = True
            self.errors.append(f"{type(error).__name__}: {error}")
        self.stop("error", str(error))

    def record_error(self, where: str, error: BaseException) -> None:
        """Note a failure of our own that harmed one URL: it stays pending, and the run is not healthy."""
        if self.writer.failure is not None:
            self.fail(self.writer.failure)
        else:
            self.errors.append(f"{where}: {type(error).__name__}: {error}")

    @property
    def exhausted(self) -> bool:
        """Whether nothing more may be asked."""
        return self.ending is not None

    def note(self, work: Callable[[Connection], object], *, urgent: bool = False) -> None:
        """Keep what a host told, in the next transaction; an urgent one does not wait for more."""
        self.writer.submit(work, urgent=urgent)

    @property
    def halted(self) -> bool:
        """Whether even what was leased already is not to be asked (a spent budget was leased in full)."""
        return self.ending not in {None, "budget"} and not self._leased_in_full

    @property
    def _leased_in_full(self) -> bool:
        return self.ending == "night_budget" and not remaining_pages(
            self.night_usage, BudgetLimits.of_night(self.config)
        )

    @property
    def page_allowance(self) -> int:
        """How many pages the budget still allows this process."""
        ours = remaining_pages(self.usage, BudgetLimits.of_site(self.profile, self.config))
        return min(ours, remaining_pages(self.night_usage, BudgetLimits.of_night(self.config)))

    def check_page_budget(self) -> None:
        """End the visit when its pages, or the night's, are spent; what was leased is asked still."""
        if self.page_allowance:
            return
        if remaining_pages(self.usage, BudgetLimits.of_site(self.profile, self.config)):
            self.stop("night_budget", f"{self.night_usage.pages} pages asked, the budget of the night")
        else:
            self.stop("budget", f"{self.usage.pages} pages asked, the profile's budget of one run")

    def progress_numbers(self) -> Mapping[str, float]:
        """Where the visit stands, for the progress display."""
        new = self.outcomes[Outcome.NEW] + self.outcomes[Outcome.COPY] + self.outcomes[Outcome.REVISED]
        return {
            "pages": self.settled_count,
            "new": new,
            "errors": self.outcomes[Outcome.FAILED] + len(self.errors),
            "waiting": self.waiting,
            "seconds": time.monotonic() - self.began,
        }


def site_run_of(crawler: Crawler) -> SiteRun:
    """The running visit of a crawler."""
    visit = getattr(crawler.spider, "run", None)
    if visit is None:
        raise RuntimeError(f"spider {crawler.spider}: no visit is open; the scheduler opens it")
    return cast("SiteRun", visit)


def utc_now() -> datetime:
    """The current instant."""
    return datetime.now(UTC)
