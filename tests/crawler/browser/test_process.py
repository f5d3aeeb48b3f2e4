"""The browser's processes: missing, not starting, crashing, killed with their crawl."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.crawler.browser.browser_crawl import PATIENT, numbers, report, scripted
from tests.crawler.browser.script_front import ScriptFront
from tests.stand_in_server import (
    HOST,
    CrawlArchive,
    ReceivedRequest,
    SiteReply,
    StandInServer,
    running_server,
)

pytestmark = pytest.mark.usefixtures("chromium")


def test_a_browser_that_crashes_is_started_once_more(archive: CrawlArchive) -> None:
    killed: list[int] = []

    def site(asked: ReceivedRequest) -> SiteReply:
        if asked.path == "/api/tin/2" and not killed:
            killed.extend(_kill_browsers())
        return ScriptFront([1, 2])(asked)

    with running_server(site) as server:
        result = archive.crawl(server, scripted(), concurrency=1)
    assert killed
    assert result.healthy, report(result)
    assert numbers(archive) == [1, 2]
    assert report(result)["browser"]["crashes"] == 1
    assert _browsers() == []  # and it ended with the crawl


@pytest.mark.slow
def test_a_page_on_which_it_crashes_twice_has_its_reason(archive: CrawlArchive) -> None:
    def site(asked: ReceivedRequest) -> SiteReply:
        if asked.path == "/api/tin/2":
            _kill_browsers()
        return ScriptFront([1, 2, 3])(asked)

    with running_server(site) as server:
        archive.crawl(server, scripted(), concurrency=1)
    row = archive.rows()["/bai-viet/2"]
    assert (row.outcome, row.reason) == ("failed", "unrendered")
    assert "crashed 2 times" in row.detail
    assert numbers(archive) == [1, 3]


PROFILE_TOML = """
name = "Liên đoàn Lao động huyện Mẫu"
domain = "cong-doan.example"
level = "district"
status = "unidentified"
verified = "made up for the tests"
seeds = ["https://cong-doan.example/"]
[urls]
article = ['^/bai-viet/\\d+$']
listing = ['^/tin-tuc']
[listing]
pager = ["a.sau"]
[fetch]
browser = true
"""


def command(folder: Path, server: StandInServer) -> list[str]:
    sites = folder / "sites"
    sites.mkdir(exist_ok=True)
    (sites / "cong_doan.toml").write_text(PROFILE_TOML, encoding="utf-8")
    dial = f"{HOST}=127.0.0.1:{server.server_port}"
    start = [sys.executable, "-m", "crawler.cli.main", "--data", str(folder)]
    return [*start, "crawl", "cong_doan", "--dial", dial]


def environment(folder: Path, **more: str) -> dict[str, str]:
    return {**os.environ, "CONGDOAN_SITES": str(folder / "sites"), "CONGDOAN_DELAY": "0", **more}


def test_a_site_that_needs_a_browser_says_so_where_there_is_none(tmp_path: Path) -> None:
    with running_server(ScriptFront([1])) as server:
        told = subprocess.run(
            command(tmp_path, server),
            env=environment(tmp_path, CONGDOAN_CHROMIUM="/nowhere/chromium"),
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
    assert told.returncode != 0
    assert server.received == []
    said = told.stdout + told.stderr
    assert "site cong_doan: its profile says `[fetch] browser = true`" in said
    assert "/nowhere/chromium" in said
    assert "apt-get install chromium" in said


def test_a_browser_that_does_not_start_ends_the_visit(archive: CrawlArchive) -> None:
    with running_server(ScriptFront([1])) as server:
        result = archive.crawl(server, scripted(), chromium="/bin/false")
    assert not result.healthy
    assert result.runs[0].ending == "browser"
    assert "/bin/false does not start" in report(result)["problems"][0]
    assert archive.rows()["/"].reason == "unrendered"


@pytest.mark.slow
@pytest.mark.timeout(480)
def test_no_browser_outlives_a_crawl_that_is_killed(tmp_path: Path) -> None:
    def site(asked: ReceivedRequest) -> SiteReply:
        if asked.path.startswith("/api/tin/"):
            time.sleep(0.3)
        return ScriptFront(list(range(1, 8)))(asked)

    patient = environment(tmp_path, CONGDOAN_BROWSER_TIMEOUT=str(PATIENT["browser_timeout"]))
    with running_server(site) as server:
        with subprocess.Popen(command(tmp_path, server), env=patient) as crawl:
            try:
                _until(lambda: _asked_for_an_article(server) or crawl.poll() is not None)
                assert crawl.poll() is None, "it ended before it could be killed"
                family = _descendants(crawl.pid)
            finally:
                crawl.kill()
        assert [pid for pid in family if _is_browser(pid)]
        _until(lambda: not any(_is_browser(pid) for pid in family))
        again = subprocess.run(command(tmp_path, server), env=patient, timeout=200, check=False)
    assert again.returncode == 0
    assert numbers(CrawlArchive(tmp_path)) == list(range(1, 8))


def _until(reached: Callable[[], bool], seconds: float = 120) -> None:
    """Wait as long as it takes: the limit is for what never comes, on whatever machine."""
    deadline = time.monotonic() + seconds
    while not reached():
        assert time.monotonic() < deadline, f"not reached in {seconds} s"
        time.sleep(0.05)


def _asked_for_an_article(server: StandInServer) -> bool:
    return any(path.startswith("GET /api/tin/") for path in server.paths)


def _descendants(pid: int) -> list[int]:
    children: dict[int, list[int]] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            parent = int(stat.read_text().rpartition(")")[2].split()[1])
        except OSError:
            continue  # it ended meanwhile
        children.setdefault(parent, []).append(int(stat.parent.name))
    found, todo = [], [pid]
    while todo:
        todo += (born := children.get(todo.pop(), []))
        found += born
    return found


def _is_browser(pid: int) -> bool:
    try:
        return b"chrom" in Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return False


def _browsers() -> list[int]:
    return [pid for pid in _descendants(os.getpid()) if _is_browser(pid)]


def _kill_browsers() -> list[int]:
    found = _browsers()
    for pid in found:
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            continue
    return found
