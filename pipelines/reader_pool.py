"""ReaderPool: pages and files are read in worker processes, which a bad page may kill."""

from __future__ import annotations

import asyncio
import multiprocessing
import resource
from collections.abc import Callable, Mapping
from concurrent.futures import TimeoutError as ReadTimeout
from contextlib import suppress
from dataclasses import replace
from typing import Any, TypeVar

from pebble import ProcessExpired, ProcessPool

from pipelines.attachments.file_type import UNKNOWN_TYPE
from pipelines.attachments.text import IMAGE_HEAD_BYTES
from pipelines.read import ReadResult
from pipelines.read_page import ReadPage, read_file_bytes, read_page
from spiders.items import Page
from spiders.profile.site_profile import SiteProfile
from storage.records import FileReading, FileStatus, Reason
from storage.search.engine import SearchEngine

TASKS_A_PROCESS = 2000  # then it is replaced: parsers keep memory
MEMORY = 3_000_000_000  # bytes of address space of one process; idle it has half a billion
Result = TypeVar("Result")
_profiles: Mapping[str, SiteProfile] = {}
_search: SearchEngine | None = None


def _prepare(profiles: Mapping[str, SiteProfile], search: SearchEngine | None, memory: int) -> None:
    global _profiles, _search
    _profiles, _search = profiles, search
    _limit_memory(memory)


def _limit_memory(limit: int) -> None:
    """A page or file that wants more ends its own process, not the machine."""
    if not limit:
        return
    _, most = resource.getrlimit(resource.RLIMIT_AS)
    with suppress(ValueError, OSError):  # macOS has the name and refuses the number
        resource.setrlimit(resource.RLIMIT_AS, (limit if most < 0 else min(limit, most), most))


def _work(page: Page, boilerplate: frozenset[str]) -> ReadPage:
    return read_page(page, _profiles[page.site], _search, boilerplate)


def _bare(page: Page) -> Page:
    """The page without its capture, which a reader has no use for."""
    return replace(page, capture=None)


def _work_file(page: Page) -> FileReading:
    return read_file_bytes(page)


def _unread(reason: Reason, detail: str) -> ReadPage:
    return ReadPage(ReadResult(None, None, reason, detail, (), 0.0))


UNREAD_FILE = {Reason.READ_TIMEOUT: FileStatus.TIMEOUT, Reason.POISON: FileStatus.POISON}


def _unread_file(reason: Reason, detail: str) -> FileReading:
    status = UNREAD_FILE.get(reason, FileStatus.BROKEN)
    if detail.startswith("MemoryError"):
        status = FileStatus.BOMB
    return FileReading(status, UNKNOWN_TYPE, detail=detail)


class ReaderPool:
    """Reads pages in `workers` processes; a page that hangs or kills its process harms only itself."""

    def __init__(
        self,
        profiles: Mapping[str, SiteProfile],
        workers: int,
        timeout: float = 30.0,
        search: SearchEngine | None = None,
        work: Callable[[Page, frozenset[str]], ReadPage] = _work,
        memory: int = MEMORY,
    ) -> None:
        context = multiprocessing.get_context("forkserver")
        context.set_forkserver_preload(["pipelines.reader_pool"])
        self._timeout = timeout
        self._work = work
        self._pool: Any = ProcessPool(  # pebble carries no types
            max_workers=workers,
            max_tasks=TASKS_A_PROCESS,
            initializer=_prepare,
            initargs=(dict(profiles), search, memory),
            context=context,
        )
        self.cpu_ms = 0.0

    async def read(self, page: Page, boilerplate: frozenset[str] = frozenset()) -> ReadPage:
        """Read one page; a failure of the reading is a reason, never an exception."""
        sheet = await self._in_process(self._work, (_bare(page), boilerplate), _unread)
        self.cpu_ms += sheet.result.cpu_ms
        return sheet

    async def read_file(self, page: Page, work: Callable[[Page], FileReading] = _work_file) -> FileReading:
        """Read one attachment or image; a failure of the reading is a status, never an exception."""
        if page.kind == "image":
            page = replace(page, body=page.body[:IMAGE_HEAD_BYTES])
        return await self._in_process(work, (_bare(page),), _unread_file)

    async def _in_process(
        self, work: Callable[..., Result], args: tuple[object, ...], unread: Callable[[Reason, str], Result]
    ) -> Result:
        task = self._pool.schedule(work, args=args, timeout=self._timeout)
        try:
            result: Result = await asyncio.wrap_future(task)
        except ReadTimeout:
            return unread(Reason.READ_TIMEOUT, f"reading took over {self._timeout:.0f} s")
        except ProcessExpired as error:
            return unread(Reason.POISON, f"the page ended its reader process (exit code {error.exitcode})")
        except asyncio.CancelledError:
            raise
        except Exception as error:  # noqa: BLE001 - whatever a page did to its reader, the run goes on
            return unread(Reason.UNREADABLE, f"{type(error).__name__}: {error}"[:300])
        return result

    def close(self) -> None:
        """End the worker processes."""
        self._pool.close()
        self._pool.join()

    def stop(self) -> None:
        """End the worker processes at once, whatever they do."""
        self._pool.stop()
        self._pool.join()
