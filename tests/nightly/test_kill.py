"""The crash contract: kill -9 at random moments loses nothing, doubles nothing, breaks nothing."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, select
from warcio.cli import main as warcio

from crawler.demo.ground_truth import build_ground_truth
from crawler.demo.server import ReplicaServer
from storage.articles import changes
from storage.articles import queries as catalogue
from storage.database.engine import integrity, open_database, reading
from storage.database.schema import captures, runs, urls
from storage.search.engine import engine_for
from storage.warc.record_reader import read_capture
from tests.storage.warc.warc_check import warc_problems

SITES = ("congdoanbackan", "laodongthudo", "van_phong_dbqh_hdnd")
SCALE = 0.1
MANY = int(os.environ.get("CONGDOAN_KILLS", "6"))  # `make year` kills a hundred times
EARLIEST, LATEST = 0.3, 3.2  # seconds after the crawl has written its first row


@pytest.fixture(scope="module")
def replicas() -> Iterator[ReplicaServer]:
    with ReplicaServer(1, scale=SCALE, sites=SITES) as server:
        yield server


def start(data: Path, replicas: ReplicaServer) -> subprocess.Popen[bytes]:
    dial = [part for host, address in replicas.dial.items() for part in ("--dial", f"{host}={address}")]
    command = [sys.executable, "-m", "crawler.cli.entry_point", "--data", str(data), "crawl", *SITES, *dial]
    environ = {**os.environ, "CONGDOAN_DELAY": "0", "CONGDOAN_WORKERS": "1"}
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env=environ)


def kill_at(process: subprocess.Popen[bytes], data: Path, delay: float) -> bool:
    """Kill the crawl `delay` seconds after it began to write; False when it had ended before."""
    warcs = data / "warc"
    before = set(warcs.glob("*")) if warcs.exists() else set()
    while process.poll() is None and not (warcs.exists() and set(warcs.glob("*")) - before):
        time.sleep(0.01)
    try:
        process.wait(delay)
    except subprocess.TimeoutExpired:
        process.send_signal(signal.SIGKILL)
        process.wait()
        return True
    finally:
        assert process.stdout
        process.stdout.close()
    return False


def known_urls(data: Path) -> set[tuple[str, str]]:
    engine = open_database(f"sqlite:///{data / 'archive.db'}")
    with reading(engine) as connection:
        found = {(row.site, row.url) for row in connection.execute(select(urls.c.site, urls.c.url))}
    engine.dispose()
    return found


def assert_whole(data: Path, engine: Engine, reference: set[tuple[str, str]]) -> None:
    """Everything the replicas have is there once; every file and table is sound."""
    world = build_ground_truth(1, scale=SCALE)
    with reading(engine) as connection:
        rows = connection.execute(select(urls.c.site, urls.c.url, urls.c.state)).all()
        assert {(row.site, row.url) for row in rows} == reference
        assert Counter(row.state for row in rows).keys() <= {"done", "gone", "refused"}
        for site in world.sites:
            if site.key in SITES:
                shown = Counter(page.url for page, _ in catalogue.articles_on_site(connection, site.key))
                assert shown == Counter(article.url for article in site.articles)
        told = [change.seq for change in changes.read(connection, limit=10_000)]
        assert told == list(range(1, len(told) + 1))
        assert engine_for(connection).verify(connection) == ()
        kept = [catalogue.as_capture(row) for row in connection.execute(select(captures))]
        assert connection.scalars(select(runs.c.id).where(runs.c.finished_at.is_(None))).all() == []
    assert integrity(engine) == ()
    for capture in kept:
        assert read_capture(data / "warc", capture).status == capture.status
    for path in (data / "warc").iterdir():
        assert path.suffix == ".gz", f"{path} was left open"
        assert warc_problems(path) == ()
        with pytest.raises(SystemExit) as ended:
            warcio(["check", str(path)])
        assert not ended.value.code, path


def finish(data: Path, replicas: ReplicaServer) -> None:
    process = start(data, replicas)
    said, _ = process.communicate(timeout=240)
    assert process.returncode == 0, said.decode()


@pytest.mark.timeout(900)
@pytest.mark.parametrize("count", [2, pytest.param(MANY, marks=pytest.mark.slow)])
def test_kills_lose_nothing(replicas: ReplicaServer, tmp_path: Path, count: int) -> None:
    finish(tmp_path / "reference", replicas)
    reference = known_urls(tmp_path / "reference")
    chance = random.Random(20250701)
    kills = 0
    archives = 0
    while kills < count:
        data = tmp_path / f"archive-{archives}"
        archives += 1
        seen: set[tuple[str, str]] = set()
        while kills < count:
            if not kill_at(start(data, replicas), data, chance.uniform(EARLIEST, LATEST)):
                break  # it was quicker: check this archive, go on with a fresh one
            kills += 1
            now = known_urls(data) if (data / "archive.db").exists() else set()
            assert seen <= now, "a URL that was known is known no more"
            seen = now
        finish(data, replicas)
        engine = open_database(f"sqlite:///{data / 'archive.db'}")
        assert_whole(data, engine, reference)
        engine.dispose()
    assert kills == count
    limit = time.monotonic() + 60
    while (
        subprocess.run(["pgrep", "-f", str(tmp_path)], stdout=subprocess.DEVNULL, check=False).returncode == 0
    ):
        assert time.monotonic() < limit, "reader processes outlived their crawl"
        time.sleep(0.1)
