"""A night's budgets and hours: what ends it, what waits, and who is asked first in the next."""

from __future__ import annotations

import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

from crawler.demo.server import ReplicaServer
from crawler.night.run import NightResult, crawl
from crawler.night.session import NightSettings
from spiders.profile.site_profile import SiteProfile
from storage.database.engine import open_database, reading, upgrade
from storage.runs import runs
from tests.nightly.conftest import config_for
from tests.stand_in_server import (
    CrawlArchive,
    ReceivedRequest,
    SiteReply,
    article_page,
    running_server,
    stand_in_profile,
)

SITES = ("congdoanbackan", "van_phong_dbqh_hdnd")
SCALE = 0.05


@pytest.fixture
def server() -> Iterator[ReplicaServer]:
    with ReplicaServer(1, scale=SCALE, sites=SITES) as running:
        yield running


def night(tmp_path: Path, server: ReplicaServer, profiles: list[SiteProfile], **more: Any) -> NightResult:
    until = more.pop("until", None)
    config = config_for(tmp_path, dict(server.dial), **more)
    upgrade(open_database(config.database_url))
    return crawl(config, profiles, NightSettings("one", datetime.now(UTC), until=until, only_due=True))


def endings(result: NightResult) -> dict[str, str]:
    return {run.site: run.ending or "" for run in result.runs}


@pytest.mark.parametrize(
    ("settings", "ending"),
    [
        ({"night_pages": 20, "sites_at_once": 1}, "night_budget"),
        ({"night_megabytes": 0.05, "sites_at_once": 1, "delay": 0.05}, "night_budget"),
        ({"site_megabytes": 0.05, "delay": 0.05}, "site_budget"),
        ({"site_minutes": 0.02, "delay": 0.3}, "site_budget"),
        ({"quiet": ["00:00-12:00", "12:00-23:59", "23:59-00:00"]}, "quiet_hours"),
    ],
)
def test_a_spent_budget_ends_the_run_in_good_order(
    tmp_path: Path,
    server: ReplicaServer,
    engine: Engine,
    profiles: dict[str, SiteProfile],
    settings: dict[str, Any],
    ending: str,
) -> None:
    result = night(tmp_path, server, [profiles[key] for key in SITES], **settings)
    assert ending in endings(result).values()
    assert result.healthy, "the operator wished it so"
    with reading(engine) as connection:
        for run in result.runs:
            states = runs.count_url_states(connection, run.site)
            assert states.get("leased", 0) == 0
            if run.ending == ending:
                assert states["pending"] > 0
        assert not all(whole for _, whole in runs.last_visits(connection).values())
    if "night_pages" in settings:
        pages = sum(sum((run.report or {})["counts"].values()) for run in result.runs)
        refused = sum((run.report or {})["counts"].get("refused", 0) for run in result.runs)
        assert 18 <= pages - refused <= 20, "robots.txt forbids some of those handed out"
        assert len(result.runs) + len(result.left) == 2
        assert "first in the next" in result.left[0]


def test_a_deadline_ends_the_night_and_the_next_makes_it_whole(
    tmp_path: Path, server: ReplicaServer, engine: Engine, profiles: dict[str, SiteProfile]
) -> None:
    chosen = [profiles[key] for key in SITES]
    upgrade(engine)  # before the clock runs: on a busy machine it takes seconds
    soon = datetime.now(UTC) + timedelta(seconds=6)
    first = night(tmp_path, server, chosen, delay=0.8, until=soon)
    assert set(endings(first).values()) == {"deadline"}
    assert first.healthy
    second = night(tmp_path, server, chosen)
    assert set(endings(second).values()) == {"finished"}
    with reading(engine) as connection:
        assert all(not runs.count_url_states(connection, key).get("pending") for key in SITES)


def test_a_deadline_three_nights_in_a_row_needs_a_person(
    tmp_path: Path, server: ReplicaServer, profiles: dict[str, SiteProfile]
) -> None:
    told = [
        night(tmp_path, server, [profiles[SITES[0]]], delay=5.0, until=datetime.now(UTC)) for _ in range(3)
    ]
    healths = [result.healthy for result in told]
    assert healths == [True, True, False] or all(result.left for result in told)


class Big:
    """A site of eighty articles on eight listing pages, to which one is added each night."""

    def __init__(self) -> None:
        self.count = 80

    def __call__(self, asked: ReceivedRequest) -> SiteReply:
        if asked.path == "/robots.txt":
            return SiteReply("", status=404)
        if asked.path.startswith("/bai-"):
            return SiteReply(article_page(int(asked.path.removeprefix("/bai-").removesuffix(".html"))))
        page = int(asked.path.partition("page=")[2] or 1)
        numbers = range(self.count, 0, -1)[(page - 1) * 10 : page * 10]
        links = '<a href="/">Trang chủ</a>'
        links += "".join(f'<p class="tin"><a href="/bai-{n}.html">Tin số {n}</a></p>' for n in numbers)
        further = (
            f'<p class="trang"><a href="/tin-tuc?page={page + 1}">sau</a></p>'
            if page * 10 < self.count
            else ""
        )
        return SiteReply(f"<html><h1>Tin tức</h1>{links}{further}</html>")


def test_old_pages_are_worked_off_from_a_budget_of_their_own_behind_what_is_new(tmp_path: Path) -> None:
    archive, site = CrawlArchive(tmp_path), Big()
    profile = stand_in_profile(
        layout=[{"title": ["h1"], "body": ["div.noidung"], "date": {"css": ".ngay"}}],
        listing={"item": [".tin"], "pager": [".trang a"]},
        fetch={"budget": 40, "backfill": 14},
        every="1h",
    )
    had = []
    with running_server(site) as server:
        for number in range(1, 7):
            server.received.clear()
            result = archive.crawl(server, profile, night=str(number))
            shown = {article.url.rpartition("-")[2] for article in archive.articles()}
            had.append(len(shown))
            assert f"{site.count}.html" in shown, "what is new is never starved"
            if number > 1:
                assert result.healthy, result.runs[0].report
                assert len(server.received) <= 40
                proof = (result.runs[0].report or {})["proof"]
                assert proof["unexplained"] == 0
            site.count += 1
    assert had[0] < 60
    assert all(later > earlier for earlier, later in pairwise(had) if earlier < 80)
    assert had[-1] == 85


def test_two_nights_at_a_time_share_the_sites(tmp_path: Path, server: ReplicaServer) -> None:
    dial = [part for host, address in server.dial.items() for part in ("--dial", f"{host}={address}")]
    sites = tmp_path / "sites"
    sites.mkdir()
    from spiders.profile.site_profile import SPIDERS_FOLDER

    for key in SITES:
        (path,) = (SPIDERS_FOLDER / "sites").rglob(f"{key}.toml")
        (sites / path.name).write_text(path.read_text(encoding="utf-8"), encoding="utf-8")
    command = [sys.executable, "-m", "crawler.cli.main", "--data", str(tmp_path), "--sites", str(sites)]
    upgrade(open_database(f"sqlite:///{tmp_path / 'archive.db'}"))
    environ = {**os.environ, "CONGDOAN_DELAY": "0.02", "CONGDOAN_WORKERS": "1", "CONGDOAN_SITES_AT_ONCE": "1"}
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True}
    both = [subprocess.Popen([*command, "nightly", *dial], env=environ, **pipes) for _ in range(2)]  # type: ignore[call-overload]
    said = [process.communicate(timeout=240)[0] for process in both]
    assert [process.returncode for process in both] == [0, 0], said
    asked = Counter((site, path) for site, _, path, _ in server.requests if path != "/robots.txt")
    assert {key: count for key, count in asked.items() if count > 1} == {}
    engine = open_database(f"sqlite:///{tmp_path / 'archive.db'}")
    with reading(engine) as connection:
        for key in SITES:
            (run,) = (*runs.finished_runs_before(connection, key, 99),)
            assert run.ending == "finished"
    engine.dispose()
