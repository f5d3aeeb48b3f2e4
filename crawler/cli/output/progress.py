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

LINE_EVERY = 15.0  # seconds between two plain lines
log = logging.getLogger("congdoan")


def watcher(console: Console, *, by_site: bool = True) -> Callable[[CrawlSession], Awaitable[None]]:
    """The progress display of a night: a live table on a terminal, else log lines, by site or in total."""
    if console.is_terminal:
        return _Live(console).watch
    return _lines if by_site else _total_lines


class _Live:
    def __init__(self, console: Console) -> None:
        self._console = console
        self._done: dict[str, dict[str, float]] = {}

    async def watch(self, session: CrawlSession) -> None:
        with Live(console=self._console, refresh_per_second=4, transient=True) as live:
            while True:
                live.update(self._table(session))
                await asyncio.sleep(0.5)

    def _table(self, session: CrawlSession) -> Table:
        for site, visit in session.site_runs.items():
            self._done[site] = dict(visit.progress_numbers())
        table = Table(title=f"night {session.night.name}", title_justify="left")
        for name in ("site", "pages", "new", "errors", "waiting", "pages/s", "ETA"):
            table.add_column(name, justify="left" if name == "site" else "right")
        for site in session.profiles:
            numbers = self._done.get(site)
            running = site in session.site_runs
            table.add_row(*(row(site, numbers, running=running) if numbers else (site, *("",) * 6)))
        return table


def row(site: str, numbers: dict[str, float], *, running: bool) -> tuple[str, ...]:
    """One site's cells: pages, new, errors, waiting, pages a second, time left."""
    rate = numbers["pages"] / numbers["seconds"] if numbers["seconds"] else 0.0
    left = numbers["waiting"] / rate if rate and running else 0.0
    eta = time.strftime("%H:%M:%S", time.gmtime(left)) if running else "done"
    counts = (f"{numbers[name]:.0f}" for name in ("pages", "new", "errors", "waiting"))
    return (site, *counts, f"{rate:.1f}", eta)


async def _lines(session: CrawlSession) -> None:
    while True:
        await asyncio.sleep(LINE_EVERY)
        for site, visit in list(session.site_runs.items()):
            log.info("%s", line(site, visit))


def line(site: str, visit: SiteRun) -> str:
    """One site's progress as a plain line."""
    _, pages, new, errors, waiting, rate, eta = row(site, dict(visit.progress_numbers()), running=True)
    return f"{site}: {pages} pages, {new} new, {errors} errors, {waiting} waiting, {rate} pages/s, ETA {eta}"


async def _total_lines(session: CrawlSession) -> None:
    while True:
        await asyncio.sleep(2 * LINE_EVERY)
        totals: Counter[str] = Counter()
        for visit in list(session.site_runs.values()):
            totals.update({name: int(number) for name, number in visit.progress_numbers().items()})
        log.info(
            "%d sites: %d pages, %d new, %d errors, %d waiting",
            *(len(session.site_runs), totals["pages"], totals["new"], totals["errors"], totals["waiting"]),
        )
