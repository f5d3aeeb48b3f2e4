from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

from crawler.config import Config
from crawler.demo.server import ReplicaServer
from crawler.night.run import NightResult, crawl
from crawler.night.session import NightSettings
from spiders.profile.site_profile import SiteProfile, load_profiles
from storage.database.engine import open_database, upgrade
from tests.stand_in_server import CrawlArchive

Crawl = Callable[..., NightResult]


def config_for(data: Path, dial: dict[str, str], **more: Any) -> Config:
    settings = {"data": data, "dial": dial, "delay": 0.0, "workers": 1, "timeout": 30.0, **more}
    return Config.model_validate(settings)


@pytest.fixture
def crawled(tmp_path: Path) -> Crawl:
    """Crawl profiles against a running replica server into tmp_path, `days` from now; the night's result."""

    def run(
        server: ReplicaServer,
        profiles: Iterable[SiteProfile],
        *,
        night: str = "one",
        revisit_all: bool = False,
        days: int = 0,
    ) -> NightResult:
        config = config_for(tmp_path, dict(server.dial))
        upgrade(open_database(config.database_url))
        return crawl(config, profiles, NightSettings(night, datetime.now(UTC) + timedelta(days), revisit_all))

    return run


@pytest.fixture
def archive(tmp_path: Path) -> CrawlArchive:
    """An empty archive for the nights of one test."""
    return CrawlArchive(tmp_path)


@pytest.fixture
def engine(tmp_path: Path) -> Engine:
    """The database that `crawled` fills."""
    return open_database(f"sqlite:///{tmp_path.absolute() / 'archive.db'}")


@pytest.fixture(scope="session")
def profiles() -> dict[str, SiteProfile]:
    return dict(load_profiles())
