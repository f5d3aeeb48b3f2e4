from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import pytest
from sqlalchemy import Connection, Engine, insert, select
from sqlalchemy.exc import OperationalError

from storage.database.engine import reading
from storage.database.schema import counters
from storage.database.writer import Writer, WriterClosedError


@pytest.fixture
def writer(sqlite_archive: Engine) -> Iterator[Writer]:
    made = Writer(sqlite_archive)
    yield made
    made.close()


def put(connection: Connection, name: str) -> None:
    connection.execute(insert(counters).values(name=name, value=1))


def names(engine: Engine) -> list[str]:
    with reading(engine) as connection:
        return sorted(connection.scalars(select(counters.c.name)))


def test_jobs_of_a_group_are_committed_together(writer: Writer, sqlite_archive: Engine) -> None:
    futures = [writer.submit(partial(put, name=f"n{number}")) for number in range(20)]
    for future in futures:
        future.result(10)
    assert len(names(sqlite_archive)) == 20
    assert writer.commits < 20


def test_a_job_that_fails_is_undone_alone(writer: Writer, sqlite_archive: Engine) -> None:
    def half(connection: Connection) -> None:
        put(connection, "half")
        raise ValueError("no")

    good, bad, last = (writer.submit(work) for work in (lambda c: put(c, "a"), half, lambda c: put(c, "b")))
    good.result(10)
    last.result(10)
    with pytest.raises(ValueError, match="no"):
        bad.result(10)
    assert names(sqlite_archive) == ["a", "b"]


def test_bytes_are_synced_before_every_commit(sqlite_archive: Engine) -> None:
    seen: list[list[str]] = []
    writer = Writer(sqlite_archive, before_commit=lambda: seen.append(names(sqlite_archive)))
    writer.submit(lambda c: put(c, "a"), urgent=True).result(10)
    writer.close()
    assert seen == [[]]  # at the sync nothing was committed yet


def test_when_bytes_cannot_be_synced_nothing_is_committed_and_the_writer_ends(sqlite_archive: Engine) -> None:
    def full() -> None:
        raise OSError(28, "No space left on device")

    writer = Writer(sqlite_archive, before_commit=full)
    with pytest.raises(OSError, match="No space left"):
        writer.submit(lambda c: put(c, "a")).result(10)
    with pytest.raises(WriterClosedError):
        writer.submit(lambda c: put(c, "b"))
    writer.close()
    assert names(sqlite_archive) == []


def test_a_database_locked_for_a_while_is_waited_for(sqlite_archive: Engine) -> None:
    calls: list[int] = []

    def work(connection: Connection) -> None:
        calls.append(1)
        if len(calls) < 3:
            raise OperationalError("INSERT", {}, Exception("database is locked"))
        put(connection, "a")

    writer = Writer(sqlite_archive)
    writer.submit(work).result(10)
    writer.close()
    assert names(sqlite_archive) == ["a"]
    assert len(calls) == 3


def test_a_failing_job_makes_the_others_run_again_and_each_is_stored_once(sqlite_archive: Engine) -> None:
    runs: list[str] = []

    def good(connection: Connection) -> int:
        runs.append("good")
        put(connection, "good")
        return len(runs)

    def bad(_connection: Connection) -> None:
        raise LookupError("no row")

    writer = Writer(sqlite_archive)
    first, second = writer.submit(good), writer.submit(bad)
    assert first.result(10) == len(runs) == 2  # the result is that of the run that was committed
    with pytest.raises(LookupError, match="no row"):
        second.result(10)
    writer.close()
    assert names(sqlite_archive) == ["good"]
