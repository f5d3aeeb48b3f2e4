"""Progress: a live table on a terminal, plain lines elsewhere."""

from __future__ import annotations

import asyncio
import logging
import time
from collections import Counter
from collections.abc import Awaitable, Callable

from rich.console import Console
from rich.live import Live
from rich.table import Table

from crawler.night.session import CrawlSession
from crawler.site_run import SiteRun

PROGRESS_SECONDS = 15.0  # seconds between two plain lines
progress_log = logging.getLogger("congdoan")


def watcher(console: Console, *, by_site: bool = True) -> Callable[[CrawlSession], Awaitable[None]]:
    """The progress display of a night: a live table on a terminal, else log lines, by site or in total."""
    if console.is_terminal:
        return _LiveProgress(console).watch
    return _log_progress if by_site else _log_total_progress


class _LiveProgress:
    def __init__(self, console: Console) -> None:
        self._console = console
        self._last_progress: dict[str, dict[str, float]] = {}

    async def watch(self, session: CrawlSession) -> None:
        with Live(console=self._console, refresh_per_second=4, transient=True) as live_progress:
            while True:
                live_progress.update(self._progress_table(session))
                await asyncio.sleep(0.5)

    def _progress_table(self, session: CrawlSession) -> Table:
        for site, site_run in session.site_runs.items():
            self._last_progress[site] = dict(site_run.progress_numbers())
        progress_table = Table(title=f"night {session.night.name}", title_justify="left")
        for name in ("site", "pages", "new", "errors", "waiting", "pages/s", "ETA"):
            progress_table.add_column(name, justify="left" if name == "site" else "right")
        for site in session.profiles:
            site_progress = self._last_progress.get(site)
            in_progress = site in session.site_runs
            progress_table.add_row(
                *(
                    progress_row(site, site_progress, in_progress=in_progress)
                    if site_progress
                    else (site, *("",) * 6)
                )
            )
        return progress_table


def progress_row(site: str, site_progress: dict[str, float], *, in_progress: bool) -> tuple[str, ...]:
    """One site's cells: pages, new, errors, waiting, pages a second, time left."""
    progress_rate = site_progress["pages"] / site_progress["seconds"] if site_progress["seconds"] else 0.0
    seconds_left = site_progress["waiting"] / progress_rate if progress_rate and in_progress else 0.0
    eta = time.strftime("%H:%M:%S", time.gmtime(seconds_left)) if in_progress else "done"
    progress_counts = (f"{site_progress[name]:.0f}" for name in ("pages", "new", "errors", "waiting"))
    return (site, *progress_counts, f"{progress_rate:.1f}", eta)


async def _log_progress(session: CrawlSession) -> None:
    while True:
        await asyncio.sleep(PROGRESS_SECONDS)
        for site, site_run in list(session.site_runs.items()):
            progress_log.info("%s", progress_line(site, site_run))


def progress_line(site: str, site_run: SiteRun) -> str:
    """One site's progress as a plain line."""
    _, pages, new, errors, waiting, speed, eta = progress_row(
        site, dict(site_run.progress_numbers()), in_progress=True
    )
    return f"{site}: {pages} pages, {new} new, {errors} errors, {waiting} waiting, {speed} pages/s, ETA {eta}"


async def _log_total_progress(session: CrawlSession) -> None:
    while True:
        await asyncio.sleep(2 * PROGRESS_SECONDS)
        progress_totals: Counter[str] = Counter()
        for site_run in list(session.site_runs.values()):
            progress_totals.update(
                {name: int(number) for name, number in site_run.progress_numbers().items()}
            )
        progress_log.info(
            "%d sites: %d pages, %d new, %d errors, %d waiting",
            *(
                len(session.site_runs),
                progress_totals["pages"],
                progress_totals["new"],
                progress_totals["errors"],
                progress_totals["waiting"],
            ),
        )
