"""Hosts that say "later": the wait is kept, within the night and in the next; robots.txt is written down."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from sqlalchemy import Connection

from crawler.cli.main import run
from storage.database.engine import open_database, reading
from storage.frontier import hosts
from storage.frontier.hosts import HostRecord
from tests.stand_in_server import (
    HOST,
    CrawlArchive,
    ReceivedRequest,
    SiteReply,
    article_page,
    running_server,
    stand_in_profile,
)

ARTICLES = 6


@dataclass
class Site:
    """Says "later" to what `later` matches, as often as told; keeps when it was asked."""

    headers: dict[str, str]
    times: int = 1
    robots: str = ""
    at: list[float] = field(default_factory=list)

    def __call__(self, asked: ReceivedRequest) -> SiteReply:
        self.at.append(time.monotonic())
        if asked.path == "/robots.txt":
            return SiteReply(self.robots, content_type="text/plain")
        if asked.path == "/":
            links = "".join(f'<a href="/bai-{n}.html">Tin {n}</a>' for n in range(1, ARTICLES + 1))
            return SiteReply(f"<html><h1>Tin tức</h1>{links}</html>")
        if self.times:
            self.times -= 1
            return SiteReply("later", status=429, headers=self.headers)
        return SiteReply(article_page(int(asked.path.removeprefix("/bai-").removesuffix(".html"))))


def kept(archive: CrawlArchive) -> HostRecord:
    engine = open_database(f"sqlite:///{archive.data.absolute() / 'archive.db'}")
    with reading(engine) as connection:
        found = hosts.read_hosts(connection, [HOST])
    engine.dispose()
    return found[HOST]


def later(seconds: int) -> str:
    return f"{datetime.now(UTC) + timedelta(seconds=seconds):%a, %d %b %Y %H:%M:%S GMT}"


@pytest.mark.parametrize("told", [lambda: "86400", lambda: later(86_400)])
def test_a_long_wait_ends_the_visit_and_the_next_night_respects_it(
    tmp_path: Path, told: Callable[[], str]
) -> None:
    archive, site = CrawlArchive(tmp_path), Site({"Retry-After": told()})
    with running_server(site) as server:
        first = archive.crawl(server, stand_in_profile(every="1h"), delay=0.05)
        assert not first.healthy
        assert first.runs[0].ending == "throttled"
        asked = len(server.received)
        again = archive.crawl(server, stand_in_profile(every="1h"), night="two")
        assert "is not asked before" in again.errors[0]
        assert len(server.received) == asked
    until = kept(archive).not_before
    assert until is not None
    assert abs(until - datetime.now(UTC) - timedelta(days=1)) < timedelta(minutes=5)


def test_a_short_wait_is_kept_and_the_gap_stays_wider_in_the_next_night(tmp_path: Path) -> None:
    archive, site = CrawlArchive(tmp_path), Site({"Retry-After": "2"})
    with running_server(site) as server:
        archive.crawl(server, stand_in_profile(every="1h"), delay=0.05)
        gaps = [later - earlier for earlier, later in pairwise(site.at)]
        assert max(gaps) >= 1.9
        assert kept(archive).gap == 1.0
        time.sleep(max(0.0, 2.0 - (time.monotonic() - site.at[2])))
        site.at.clear()
        archive.crawl(server, stand_in_profile(every="1h"), night="two", delay=0.05, again=True)
        gaps = [later - earlier for earlier, later in pairwise(site.at)]
        assert len(gaps) >= ARTICLES
        assert sum(gaps) >= 0.95 * len(gaps), "the gap of the night before"
    assert (kept(archive).gap, kept(archive).not_before) == (0.0, None), "eased after a night without a word"


def test_what_robots_txt_said_is_written_down_and_shown_to_the_webmaster(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    robots = "User-agent: *\nDisallow: /noi-bo\nCrawl-delay: 0.3\n"
    archive, site = CrawlArchive(tmp_path), Site({}, times=0, robots=robots)
    with running_server(site) as server:
        archive.crawl(server, stand_in_profile())
    gaps = [later - earlier for earlier, later in pairwise(site.at)]
    assert sum(gaps) >= 0.28 * len(gaps), "crawl-delay holds from the first page on"
    assert (kept(archive).robots, kept(archive).robots_status) == (robots, 200)
    folder = tmp_path / "sites"
    folder.mkdir()
    (folder / "cong_doan.toml").write_text(PROFILE, encoding="utf-8")
    told = ["--data", str(archive.data), "--sites", str(folder), "site", "budget", "cong_doan"]
    assert run(told) == 0
    said = capsys.readouterr().out
    for line in ("Disallow: /noi-bo", "Crawl-delay: 0.3", "3000 pages", "3000 trang", "22:00-05:00"):
        assert line in said
    assert run([*told, "--lang", "vi"]) == 0
    assert "who we are" not in capsys.readouterr().out


PROFILE = f"""name = "Liên đoàn Lao động huyện Mẫu"
domain = "{HOST}"
level = "district"
status = "unidentified"
verified = "made up for the tests"
seeds = ["https://{HOST}/"]
[fetch]
budget = 3000
quiet = ["22:00-05:00"]
"""


def test_a_host_that_asks_for_years_is_asked_again_after_a_month(archive_connection: Connection) -> None:
    now = datetime(2026, 3, 1, tzinfo=UTC)
    hosts.record_retry_after(archive_connection, "a.vn", now + timedelta(days=900), now, "x" * 900)
    (host,) = hosts.waiting_hosts(archive_connection, now).values()
    assert host.not_before == now + timedelta(days=30)
    assert hosts.waiting_hosts(archive_connection, now + timedelta(days=31)) == {}


@pytest.fixture
def archive_connection(tmp_path: Path) -> Connection:
    from storage.database.engine import upgrade

    engine = open_database(f"sqlite:///{tmp_path / 'hosts.db'}")
    upgrade(engine)
    return engine.connect()
