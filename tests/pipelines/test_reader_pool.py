"""A page that hangs, kills or breaks its reader harms only itself."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from datetime import UTC, datetime

import pytest

from pipelines.read import ReadResult
from pipelines.read_page import ReadPage
from pipelines.reader_pool import ReaderPool
from spiders.items import Page
from storage.records import Reason


def page(body: bytes) -> Page:
    return Page("a", "https://a.vn/1", "https://a.vn/1", "article", 200, (), body, datetime.now(UTC))


def behave(given: Page, _: frozenset[str]) -> ReadPage:
    """What a worker does with a page: as its body says."""
    if given.body == b"die":
        os.kill(os.getpid(), signal.SIGKILL)
    if given.body == b"hang":
        time.sleep(60)
    if given.body == b"break":
        raise ValueError("no such tag")
    return ReadPage(ReadResult(None, None, Reason.NO_TEXT, given.body.decode(), (), 1.0))


@pytest.mark.parametrize(
    ("body", "reason", "detail"),
    [
        (b"die", Reason.POISON, "ended its reader process (exit code -9)"),
        (b"hang", Reason.READ_TIMEOUT, "took over 8 s"),
        (b"break", Reason.UNREADABLE, "ValueError: no such tag"),
    ],
)
def test_a_bad_page_has_its_reason_and_the_others_are_read(body: bytes, reason: Reason, detail: str) -> None:
    async def run() -> list[ReadPage]:
        pool = ReaderPool({}, workers=2, timeout=8.0, work=behave)
        try:
            return await asyncio.gather(
                *(pool.read(page(body_bytes)) for body_bytes in (b"one", body, b"two", b"three"))
            )
        finally:
            pool.stop()

    first, bad, *others = asyncio.run(run())
    assert bad.result.reason is reason
    assert detail in bad.result.detail
    assert [sheet.result.detail for sheet in (first, *others)] == ["one", "two", "three"]
