"""A database that is locked, full or gone for a while: what was acknowledged is there, and nothing else."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import wait
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import Connection, Engine, event, func, insert, select
from sqlalchemy.exc import DBAPIError

from storage.database.engine import BUSY_SECONDS, integrity, open_database, reading, upgrade
from storage.database.schema import counters
from storage.database.writer import MAX_ATTEMPTS, MAX_OUTAGE_SECONDS, Writer, WriterClosedError

MINUTE = 60


def put(connection: Connection, name: str) -> None:
    connection.execute(insert(counters).values(name=name, value=1))


def names(engine: Engine) -> set[str]:
    with reading(engine) as connection:
        return set(connection.scalars(select(counters.c.name)))


def pragma(engine: Engine, line: str) -> None:
    """Say a PRAGMA on every new connection."""

    def told(connection: object, _record: object) -> None:
        connection.execute(f"PRAGMA {line}")  # type: ignore[attr-defined]

    engine.dispose()
    event.listen(engine, "connect", told)


HOLD = """
import sqlite3, sys, time
held = sqlite3.connect(sys.argv[1], isolation_level=None)
held.execute("BEGIN IMMEDIATE")
print("held", flush=True)
time.sleep(float(sys.argv[2]))
held.execute("COMMIT")
"""


def test_a_lock_another_process_holds_for_longer_than_a_busy_timeout_is_waited_out(
    sqlite_archive: Engine,
) -> None:
    assert MAX_ATTEMPTS * BUSY_SECONDS >= MINUTE  # in earnest; here a busy timeout is a tenth of a second
    pragma(sqlite_archive, "busy_timeout=100")
    command = [sys.executable, "-c", HOLD, str(sqlite_archive.url.database), "0.35"]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as holder:
        assert holder.stdout
        assert holder.stdout.readline() == b"held\n"
        writer = Writer(sqlite_archive)
        future = writer.submit(partial(put, name="waited"), urgent=True)
        future.result(60)
        writer.close()
    assert names(sqlite_archive) == {"waited"}


def test_a_full_disk_under_the_database_ends_the_writer_and_keeps_what_was_acknowledged(
    sqlite_archive: Engine,
) -> None:
    with reading(sqlite_archive) as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
    pragma(sqlite_archive, f"max_page_count={pages + 6}")
    writer = Writer(sqlite_archive)
    kept, failures = set(), []
    for number in range(400):
        name = f"{number:020d}"
        try:
            writer.submit(partial(fat, name=name), urgent=True).result(60)
            kept.add(name)
        except (DBAPIError, WriterClosedError) as error:
            failures.append(error)
    writer.close()
    assert kept
    assert "full" in str(failures[0])
    assert all(isinstance(error, WriterClosedError) for error in failures[1:])
    sqlite_archive.dispose()
    again = open_database(str(sqlite_archive.url))
    assert integrity(again) == ()
    assert names(again) == kept
    again.dispose()


def fat(connection: Connection, name: str) -> None:
    put(connection, name)
    connection.exec_driver_sql("CREATE TABLE IF NOT EXISTS ballast (x)")
    connection.exec_driver_sql("INSERT INTO ballast VALUES (randomblob(3000))")


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[Callable[[str], None]]:
    """Starts and stops a PostgreSQL server of its own, whose URL stands in `tmp_path / "url"`."""
    binaries = sorted(Path("/usr/lib/postgresql").glob("*/bin/pg_ctl"))
    found = str(binaries[-1]) if binaries else shutil.which("pg_ctl")
    if found is None:
        if os.environ.get("CI"):
            pytest.fail("CI must install PostgreSQL")
        pytest.skip("no PostgreSQL server installed")
    folder = Path("/tmp") / f"congdoan-gone-{os.getpid()}"  # the postgres user cannot enter tmp_path
    folder.mkdir()
    if os.geteuid() == 0:
        shutil.chown(folder, "postgres")
    port = free_port()
    options = f"-p {port} -k {folder} -h 127.0.0.1"

    def call(what: str) -> None:
        binary = Path(found).with_name("initdb" if what == "init" else "pg_ctl")
        told = f"{binary} -D {folder}/data -A trust -E UTF8"
        if what != "init":
            told = f"{binary} -w -D {folder}/data -l {folder}/log -m immediate -o '{options}' {what}"
        command = ["su", "postgres", "-s", "/bin/sh", "-c", told] if os.geteuid() == 0 else ["sh", "-c", told]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)

    call("init")
    call("start")
    (tmp_path / "url").write_text(f"postgresql+psycopg://postgres@127.0.0.1:{port}/postgres")
    yield call
    subprocess.run(["sh", "-c", f"kill -QUIT $(head -1 {folder}/data/postmaster.pid)"], check=False)
    time.sleep(0.2)
    shutil.rmtree(folder)


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port


@pytest.mark.postgresql
def test_a_server_that_is_stopped_and_started_again_is_waited_for(
    cluster: Callable[[str], None], tmp_path: Path
) -> None:
    assert MAX_OUTAGE_SECONDS >= MINUTE
    engine = open_database((tmp_path / "url").read_text())
    upgrade(engine)
    writer = Writer(engine)
    writer.submit(partial(put, name="before"), urgent=True).result(60)
    begun = threading.Event()

    def slow(connection: Connection) -> None:
        put(connection, "amid")
        begun.set()
        time.sleep(0.3)  # the server goes while this transaction is open

    amid = writer.submit(slow, urgent=True)
    begun.wait(60)
    cluster("stop")
    after = [writer.submit(partial(put, name=f"after {number}")) for number in range(5)]
    time.sleep(0.5)
    cluster("start")
    wait([amid, *after], 120)
    amid.result(0)
    assert names(engine) == {"before", "amid", *(f"after {number}" for number in range(5))}
    writer.close()
    engine.dispose()


@pytest.mark.postgresql
def test_a_server_that_stays_away_ends_the_writer(cluster: Callable[[str], None], tmp_path: Path) -> None:
    engine = open_database((tmp_path / "url").read_text())
    upgrade(engine)
    writer = Writer(engine, gone=0.5)
    cluster("stop")
    with pytest.raises(DBAPIError):
        writer.submit(partial(put, name="lost"), urgent=True).result(20)
    with pytest.raises(WriterClosedError):
        writer.submit(partial(put, name="later"))
    writer.close()
    cluster("start")
    engine.dispose()
    with reading(engine) as connection:
        assert connection.scalar(select(func.count()).select_from(counters)) == 0
    engine.dispose()
