"""A night that is stopped, or whose disk is full, says so, and the next one makes it whole."""

from __future__ import annotations

import os
import resource
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from crawler.demo.ground_truth import build_ground_truth
from crawler.demo.server import ReplicaServer
from storage.articles import queries as catalogue
from storage.database.engine import integrity, open_database, reading
from storage.runs import runs
from tests.storage.warc.warc_check import warc_problems

SITE = "laodongthudo"
SCALE = 0.12
Crawl = Callable[..., subprocess.Popen[str]]


@pytest.fixture
def server() -> Iterator[ReplicaServer]:
    with ReplicaServer(1, scale=SCALE, sites=[SITE]) as running:
        yield running


@pytest.fixture
def start(server: ReplicaServer, tmp_path: Path) -> Crawl:
    def begin(delay: float = 0.0, **more: object) -> subprocess.Popen[str]:
        dial = [part for host, address in server.dial.items() for part in ("--dial", f"{host}={address}")]
        command = [
            sys.executable,
            "-m",
            "crawler.cli.entry_point",
            "--data",
            str(tmp_path),
            "crawl",
            SITE,
            *dial,
        ]
        environ = {**os.environ, "CONGDOAN_DELAY": str(delay), "CONGDOAN_WORKERS": "1"}
        pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True}
        return subprocess.Popen(command, env=environ, **pipes, **more)  # type: ignore[call-overload, no-any-return]

    return begin


def wait_for_articles(tmp_path: Path, process: subprocess.Popen[str]) -> None:
    path = tmp_path / "archive.db"
    while process.poll() is None:
        time.sleep(0.05)
        if path.exists():
            with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as connection:
                try:
                    if connection.execute("SELECT count(*) FROM articles").fetchone()[0] > 5:
                        return
                except sqlite3.OperationalError:
                    continue


def assert_whole(tmp_path: Path) -> None:
    engine = open_database(f"sqlite:///{tmp_path / 'archive.db'}")
    (site,) = (each for each in build_ground_truth(1, scale=SCALE).sites if each.key == SITE)
    with reading(engine) as connection:
        shown = sorted(page.url for page, _ in catalogue.articles_on_site(connection, SITE))
    assert shown == sorted(article.url for article in site.articles)
    assert integrity(engine) == ()
    engine.dispose()
    for path in (tmp_path / "warc").iterdir():
        assert path.suffix == ".gz"
        assert warc_problems(path) == ()


def test_a_night_told_to_stop_ends_in_order_and_the_next_goes_on(start: Crawl, tmp_path: Path) -> None:
    process = start(delay=0.3)  # slow enough to be stopped amid its work on a busy machine
    wait_for_articles(tmp_path, process)
    process.send_signal(signal.SIGTERM)  # SIGINT goes the same way
    said, _ = process.communicate(timeout=120)
    assert process.returncode == 1
    assert "ended early: shutdown" in said
    assert list((tmp_path / "warc").glob("*.open")) == []
    engine = open_database(f"sqlite:///{tmp_path / 'archive.db'}")
    with reading(engine) as connection:
        assert [whole for _, whole in runs.last_visits(connection).values()] == [False]
        assert runs.count_url_states(connection, SITE).get("leased", 0) == 0
        assert runs.count_url_states(connection, SITE)["pending"] > 0
    engine.dispose()
    again = start()
    said, _ = again.communicate(timeout=120)
    assert again.returncode == 0, said
    assert_whole(tmp_path)


def test_a_full_disk_ends_the_night_in_one_line_and_harms_nothing(start: Crawl, tmp_path: Path) -> None:
    def small() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (330_000, 330_000))

    process = start(preexec_fn=small)
    said, _ = process.communicate(timeout=120)
    assert process.returncode in {1, 3}, said
    assert "Traceback" not in said
    assert "archive.db" in said or ".warc.gz" in said or "warc" in said
    again = start()
    said, _ = again.communicate(timeout=120)
    assert again.returncode == 0, said
    assert_whole(tmp_path)
