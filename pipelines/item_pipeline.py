"""ArticlePipeline: the only Scrapy item pipeline; reads what a visit brought, and settles it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Protocol, TypeVar, cast

from scrapy.crawler import Crawler
from scrapy.exceptions import DropItem
from sqlalchemy import Connection

from pipelines.attachments.text import FILE_READER_VERSION
from pipelines.read_page import ReadPage
from pipelines.reader_pool import ReaderPool
from pipelines.settle import brings_file, needs_reading, settle
from pipelines.settle_files import payload_digest
from pipelines.settle_links import SettleContext
from spiders.items import Link, Page, Visit
from spiders.outlinks import Outlink
from storage.articles import files
from storage.database.writer import Writer
from storage.records import FileReading, Verdict

T = TypeVar("T")


class PipelineRun(Protocol):
    """What the pipeline needs of the running site run (crawler.site_run.SiteRun fits)."""

    context: SettleContext
    writer: Writer
    reader: ReaderPool
    noted_links: set[str]  # URLs, and hosts of outlinks, already taken note of in this run
    boilerplate: frozenset[str]  # keys of lines that are no article's text on this site
    broken: bool  # disk or database failed: nothing more may be settled

    def task_digest(self, url: str) -> str | None:
        """The payload digest the URL had when it was leased."""

    def capture_id(self, visit: Visit) -> int | None:
        """The row id of the visit's capture; called by the writer after the capture was stored."""

    def record_error(self, where: str, error: BaseException) -> None:
        """Take note of a visit that could not be settled: its row stays pending."""

    def visit_settled(self, visit: Visit, verdict: Verdict, reading: ReadPage | None) -> None:
        """Take note of a visit that has ended in the store."""


class ArticlePipeline:
    """Reads what must be read, settles every visit, and returns only when it is committed."""

    def __init__(self, crawler: Crawler) -> None:
        self.crawler = crawler

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> ArticlePipeline:
        """Make the pipeline (Scrapy calls this)."""
        return cls(crawler)

    async def process_item(self, item: Visit) -> Visit:
        """Read and settle one visit; return it once it is committed. Raises DropItem when it cannot be."""
        run = cast("PipelineRun", getattr(self.crawler.spider, "run"))  # noqa: B009 - set by the spider loader
        if run.broken:
            raise DropItem(f"{item.url}: not settled, it is fetched again in the next run")
        if isinstance(item, Page):
            item = replace(item, outlinks=_without_noted_hosts(run, item.outlinks))
        if brings_file(item):
            file_reading = await self._read_file(run, item)
            run.visit_settled(item, await self._settle(run, item, file_reading), None)
            return item
        reading = None
        if needs_reading(item, run.task_digest(item.url)):
            assert isinstance(item, Page)
            reading = _without_noted_links(run, await run.reader.read(item, run.boilerplate))
        verdict = await self._settle(run, item, reading)
        run.noted_links.update(link.url for link in (reading.links if reading else ()))
        run.visit_settled(item, verdict, reading)
        return item

    async def _read_file(self, run: PipelineRun, item: Page) -> FileReading | None:
        """Read the bytes of a file; None when they were read before, at whatever URL.

        An image's head is read in a tenth of a millisecond, less than the look-up takes.
        """
        if item.kind == "attachment":
            is_read = partial(files.is_read, digest=payload_digest(item), reader=FILE_READER_VERSION)
            if await self._write(run, item, is_read):
                return None
        return await run.reader.read_file(item)

    async def _settle(self, run: PipelineRun, item: Visit, reading: ReadPage | FileReading | None) -> Verdict:
        return await self._write(run, item, partial(_settle_visit, run=run, visit=item, reading=reading))

    @staticmethod
    async def _write(run: PipelineRun, item: Visit, job: Callable[[Connection], T]) -> T:
        """Run a job in the writer's next transaction, for one visit."""
        try:
            return await asyncio.wrap_future(run.writer.submit(job))
        except asyncio.CancelledError:
            raise
        except Exception as error:
            run.record_error(item.url, error)
            raise DropItem(f"{item.url}: not settled, it is fetched again in the next run") from error


def _settle_visit(
    connection: Connection, run: PipelineRun, visit: Visit, reading: ReadPage | FileReading | None
) -> Verdict:
    return settle(connection, run.context, visit, reading, run.capture_id(visit))


def _without_noted_links(run: PipelineRun, reading: ReadPage) -> ReadPage:
    """Menus repeat on every page: their links go to the frontier once a run."""
    links: tuple[Link, ...] = tuple(link for link in reading.links if link.url not in run.noted_links)
    return replace(reading, links=links, outlinks=_without_noted_hosts(run, reading.outlinks))


def _without_noted_hosts(run: PipelineRun, outlinks: tuple[Outlink, ...]) -> tuple[Outlink, ...]:
    """Outlinks are counted once a run, whatever pages are in flight beside this one."""
    fresh = tuple(link for link in outlinks if link.host not in run.noted_links)
    run.noted_links.update(link.host for link in fresh)
    return fresh
