"""`scrapy list` and `scrapy crawl <site>` work: each profile is a spider."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from scrapy import Request

from crawler.config import Config
from crawler.demo.server import ReplicaServer
from crawler.night.spider_loader import SiteSpiderLoader, spider_class
from spiders.profile.site_profile import load_profiles
from storage.database.engine import open_database, reading
from storage.runs.runs import last_visits
from tests.paths import ROOT

SITE = "congdoanbackan"


def scrapy(*arguments: str, **environ: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "scrapy", *arguments]
    settings = {**os.environ, **environ}
    return subprocess.run(command, cwd=ROOT, env=settings, capture_output=True, text=True, check=False)


def test_scrapy_list_names_every_profile() -> None:
    listed = scrapy("list")
    assert listed.stdout.split() == sorted(load_profiles()), listed.stderr


def test_scrapy_crawl_visits_a_site_and_ends_its_run(tmp_path: Path) -> None:
    with ReplicaServer(1, scale=0.03, sites=[SITE]) as server:
        dial = ",".join(f"{host}={address}" for host, address in server.dial.items())
        settings = {"CONGDOAN_DATA": str(tmp_path), "CONGDOAN_DIAL": dial, "CONGDOAN_DELAY": "0"}
        done = scrapy("crawl", SITE, **settings)
    assert done.returncode == 0, done.stderr
    engine = open_database(f"sqlite:///{tmp_path / 'archive.db'}")
    with reading(engine) as connection:
        assert [finished for _, finished in last_visits(connection).values()] == [True]
    engine.dispose()


def test_the_loader_finds_sites_by_request_and_names_the_unknown() -> None:
    loader = SiteSpiderLoader(Config())
    assert loader.find_by_request(Request("https://congdoanbackan.org.vn/bai-viet/a-1.html")) == [SITE]
    with pytest.raises(KeyError, match="congdoan site list"):
        loader.load("nowhere")


@pytest.mark.parametrize(("dialled", "delay", "together"), [(False, 2.0, 1), (True, 0.0, 4)])
def test_a_live_site_is_asked_one_request_at_a_time_with_a_gap(
    dialled: bool, delay: float, together: int
) -> None:
    config = Config(dial={"congdoanbackan.org.vn": "127.0.0.1:1"}, delay=0.0) if dialled else Config()
    settings = spider_class(load_profiles()[SITE], config).custom_settings or {}
    assert settings["DOWNLOAD_DELAY"] == delay
    assert settings["CONCURRENT_REQUESTS_PER_DOMAIN"] == together
