"""ReaderPool: the reading half of the chain in worker processes that a bad page may kill."""

from __future__ import annotations

import asyncio
import multiprocessing
import resource
from collections.abc import Callable, Mapping
from concurrent.futures import TimeoutError as ReadTimeout
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any, TypeVar
from urllib.parse import urlsplit

from pebble import ProcessExpired, ProcessPool

from pipelines.attachments.file_type import UNKNOWN
from pipelines.attachments.text import IMAGE_HEAD, Mend, read_file, read_image
from pipelines.decode.legacy_text import mend
from pipelines.duplicates.shingles import ShingleSample, sample_article
from pipelines.read import ReadResult, read
from spiders.discovery.discover import from_pairs, of_article
from spiders.items import Link, Page
from spiders.outlinks import Outlink
from spiders.profile.site_profile import SiteProfile
from storage.records import Article, FileReading, FileStatus, Reason
from storage.search.engine import IndexEntry, SearchDoc, SearchEngine

TASKS_A_PROCESS = 2000  # then it is replaced: parsers keep memory
MEMORY = 3_000_000_000  # bytes of address space of one process; idle it has half a billion
MEND: Mend = mend  # repairs text in legacy fonts (TCVN3, VNI), in files as in pages
Result = TypeVar("Result")
_profiles: Mapping[str, SiteProfile] = {}
_search: SearchEngine | None = None


@dataclass(frozen=True, slots=True)
class Sheet:
    """A page that has been read: the reading, the links found on it, its words as the index wants them."""

    result: ReadResult
    links: tuple[Link, ...] = ()
    offsite: int = 0
    prepared: IndexEntry | None = None  # of an article, when an engine was given
    outlinks: tuple[Outlink, ...] = ()
    sample: ShingleSample | None = None  # of an article's text, to find its near-duplicates by
    offers: tuple[Link, ...] = ()  # the files and images of the article, in order


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
    prepared = search.prepare(SearchDoc.of(0, result.article)) if search and result.article else None
    drawn = sample_article(result.article) if result.article else None
    offers = offers_of(page, result.article, profile)
    return Sheet(
        replace(result, links=()), found.links, found.offsite, prepared, found.outlinks, drawn, offers
    )


def offers_of(page: Page, article: Article | None, profile: SiteProfile) -> tuple[Link, ...]:
    """The files and images an article offers, as links, in order."""
    if article is None:
        return ()
    files = ((file.url, file.name) for file in article.attachments)
    images = ((image.url, image.caption or image.alt or "") for image in article.images)
    return of_article(files, images, page, profile)


def _bare(page: Page) -> Page:
    """The page without its capture, which a reader has no use for."""
    return replace(page, capture=None)


def _work_file(page: Page) -> FileReading:
    return read_bytes(page)


def read_bytes(page: Page, mend: Mend = MEND) -> FileReading:
    """Read one attachment or image: what a worker process does with it."""
    if page.kind == "image":
        return read_image(page.body)
    return read_file(page.body, urlsplit(page.final_url).path, page.header("content-type"), mend)


def _unread(reason: Reason, detail: str) -> Sheet:
    return Sheet(ReadResult(None, None, reason, detail, (), 0.0))


UNREAD_FILE = {Reason.READ_TIMEOUT: FileStatus.TIMEOUT, Reason.POISON: FileStatus.POISON}


def _unread_file(reason: Reason, detail: str) -> FileReading:
    status = UNREAD_FILE.get(reason, FileStatus.BROKEN)
    if detail.startswith("MemoryError"):
        status = FileStatus.BOMB
    return FileReading(status, UNKNOWN, detail=detail)


class ReaderPool:
    """Reads pages in `workers` processes; a page that hangs or kills its process harms only itself."""

    def __init__(
        self,
        profiles: Mapping[str, SiteProfile],
        workers: int,
        timeout: float = 30.0,
        search: SearchEngine | None = None,
        work: Callable[[Page, frozenset[str]], Sheet] = _work,
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

    async def read(self, page: Page, furniture: frozenset[str] = frozenset()) -> Sheet:
        """Read one page; a failure of the reading is a reason, never an exception."""
        sheet = await self._in_process(self._work, (_bare(page), furniture), _unread)
        self.cpu_ms += sheet.result.cpu_ms
        return sheet

    async def read_file(self, page: Page, work: Callable[[Page], FileReading] = _work_file) -> FileReading:
        """Read one attachment or image; a failure of the reading is a status, never an exception."""
        if page.kind == "image":
            page = replace(page, body=page.body[:IMAGE_HEAD])
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
