"""ReaderPool: the reading half of the chain in worker processes that a bad page may kill."""

from __future__ import annotations

import asyncio
import multiprocessing
from collections.abc import Callable, Mapping
from concurrent.futures import TimeoutError as ReadTimeout
from dataclasses import dataclass, replace
from typing import Any

from pebble import ProcessExpired, ProcessPool

from pipelines.read import ReadResult, read
from spiders.candidates import Outlink
from spiders.discovery import from_pairs
from spiders.items import Link, Page
from spiders.profile import SiteProfile
from storage.records import Article, Reason
from storage.search.engine import Prepared, SearchEngine, Words

TASKS_A_PROCESS = 2000  # then it is replaced: parsers keep memory
_profiles: Mapping[str, SiteProfile] = {}
_search: SearchEngine | None = None


@dataclass(frozen=True, slots=True)
class Sheet:
    """A page that has been read: the reading, the links found on it, its words as the index wants them."""

    result: ReadResult
    links: tuple[Link, ...] = ()
    offsite: int = 0
    prepared: Prepared | None = None  # of an article, when an engine was given
    outlinks: tuple[Outlink, ...] = ()


def _prepare(profiles: Mapping[str, SiteProfile], search: SearchEngine | None) -> None:
    global _profiles, _search
    _profiles, _search = profiles, search


def _work(page: Page, furniture: frozenset[str]) -> Sheet:
    return read_page(page, _profiles[page.site], _search, furniture)


def read_page(
    page: Page,
    profile: SiteProfile,
    search: SearchEngine | None = None,
    furniture: frozenset[str] = frozenset(),
) -> Sheet:
    """Read one page and classify its links: what a worker process does."""
    result = read(page, profile, furniture)
    found = from_pairs(result.links, page, profile)
    prepared = search.prepare(page.site, _words(result.article)) if search and result.article else None
    return Sheet(replace(result, links=()), found.links, found.offsite, prepared, found.outlinks)


def _words(article: Article) -> Words:
    return Words.of(article.title, article.lead, article.body, article.author)


def _unread(reason: Reason, detail: str) -> Sheet:
    return Sheet(ReadResult(None, None, reason, detail, (), 0.0))


class ReaderPool:
    """Reads pages in `workers` processes; a page that hangs or kills its process harms only itself."""

    def __init__(
        self,
        profiles: Mapping[str, SiteProfile],
        workers: int,
        timeout: float = 30.0,
        search: SearchEngine | None = None,
        work: Callable[[Page, frozenset[str]], Sheet] = _work,
    ) -> None:
        context = multiprocessing.get_context("forkserver")
        context.set_forkserver_preload(["pipelines.reader"])
        self._timeout = timeout
        self._work = work
        self._pool: Any = ProcessPool(  # pebble carries no types
            max_workers=workers,
            max_tasks=TASKS_A_PROCESS,
            initializer=_prepare,
            initargs=(dict(profiles), search),
            context=context,
        )
        self.cpu_ms = 0.0

    async def read(self, page: Page, furniture: frozenset[str] = frozenset()) -> Sheet:
        """Read one page; a failure of the reading is a reason, never an exception."""
        args = (replace(page, capture=None), furniture)
        task = self._pool.schedule(self._work, args=args, timeout=self._timeout)
        try:
            sheet: Sheet = await asyncio.wrap_future(task)
        except ReadTimeout:
            return _unread(Reason.READ_TIMEOUT, f"reading took over {self._timeout:.0f} s")
        except ProcessExpired as error:
            return _unread(Reason.POISON, f"the page ended its reader process (exit code {error.exitcode})")
        except asyncio.CancelledError:
            raise
        except Exception as error:  # noqa: BLE001 - whatever a page did to its reader, the run goes on
            return _unread(Reason.UNREADABLE, f"{type(error).__name__}: {error}"[:300])
        self.cpu_ms += sheet.result.cpu_ms
        return sheet

    def close(self) -> None:
        """End the worker processes."""
        self._pool.close()
        self._pool.join()

    def stop(self) -> None:
        """End the worker processes at once, whatever they do."""
        self._pool.stop()
        self._pool.join()
