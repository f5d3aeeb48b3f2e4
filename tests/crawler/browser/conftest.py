"""What the tests of fronts crawl into, and the browser some need."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from crawler.browser.process import missing_browser
from tests.stand_in_server import CrawlArchive


@pytest.fixture
def archive(tmp_path: Path) -> CrawlArchive:
    """An empty archive for the nights of one test."""
    return CrawlArchive(tmp_path)


@pytest.fixture
def chromium() -> None:
    """Without Chromium these tests skip, or fail in CI."""
    if lacking := missing_browser(""):
        if os.environ.get("CI"):
            pytest.fail(f"CI must install Chromium: {lacking}")
        pytest.skip(lacking)
