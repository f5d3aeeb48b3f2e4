"""Intake: the only Scrapy item pipeline, an adapter from items to the chain."""

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
    """What the running visit offers to the chain (crawler.site_run.SiteVisit fits)."""

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

    def settled(self, visit: Visit, verdict: Verdict, sheet: ReadPage | None) -> None:
        """Take note of a visit that has ended in the store."""


class ArticlePipeline:
    """Reads what must be read, settles every visit, and returns only when it is committed."""

    def __init__(self, crawler: Crawler) -> None:
        self.crawler = crawler

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> ArticlePipeline:
        """Scrapy's way to make the pipeline."""
        return cls(crawler)

    async def process_item(self, item: Visit) -> Visit:
        """Scrapy's way in."""
        bench = cast("PipelineRun", getattr(self.crawler.spider, "run"))  # noqa: B009 - set by the crawler room
        if bench.broken:
            raise DropItem(f"{item.url}: not settled, it is asked again in the next run")
        if isinstance(item, Page):
            item = replace(item, outlinks=_unmet(bench, item.outlinks))
        if brings_file(item):
            reading = await self._file(bench, item)
            bench.settled(item, await self._settled(bench, item, reading), None)
            return item
        sheet = None
        if needs_reading(item, bench.task_digest(item.url)):
            assert isinstance(item, Page)
            sheet = _unseen(bench, await bench.reader.read(item, bench.boilerplate))
        verdict = await self._settled(bench, item, sheet)
        bench.noted_links.update(link.url for link in (sheet.links if sheet else ()))
        bench.settled(item, verdict, sheet)
        return item

    async def _file(self, bench: PipelineRun, item: Page) -> FileReading | None:
        """What the bytes of a file say; None when they were read before, at whatever address.

        An image's head is read in a tenth of a millisecond, less than asking takes.
        """
        if item.kind == "attachment":
            known = partial(files.is_read, digest=payload_digest(item), reader=FILE_READER_VERSION)
            if await self._done(bench, item, known):
                return None
        return await bench.reader.read_file(item)

    async def _settled(
        self, bench: PipelineRun, item: Visit, sheet: ReadPage | FileReading | None
    ) -> Verdict:
        return await self._done(bench, item, partial(_settle, bench=bench, visit=item, sheet=sheet))

    @staticmethod
    async def _done(bench: PipelineRun, item: Visit, job: Callable[[Connection], T]) -> T:
        """A job of the writer, done for one visit."""
        try:
            return await asyncio.wrap_future(bench.writer.submit(job))
        except asyncio.CancelledError:
            raise
        except Exception as error:
            bench.record_error(item.url, error)
            raise DropItem(f"{item.url}: not settled, it is asked again in the next run") from error


def _settle(
    connection: Connection, bench: PipelineRun, visit: Visit, sheet: ReadPage | FileReading | None
) -> Verdict:
    return settle(connection, bench.context, visit, sheet, bench.capture_id(visit))


def _unseen(bench: PipelineRun, sheet: ReadPage) -> ReadPage:
    """Menus repeat on every page: their links go to the frontier once a run."""
    links: tuple[Link, ...] = tuple(link for link in sheet.links if link.url not in bench.noted_links)
    return replace(sheet, links=links, outlinks=_unmet(bench, sheet.outlinks))


def _unmet(bench: PipelineRun, outlinks: tuple[Outlink, ...]) -> tuple[Outlink, ...]:
    """Outlinks are counted once a run, whatever pages are in flight beside this one."""
    fresh = tuple(link for link in outlinks if link.host not in bench.noted_links)
    bench.noted_links.update(link.host for link in fresh)
    return fresh
