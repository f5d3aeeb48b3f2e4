"""The order of writes and syncs: at whatever step the power goes, what the database refers to is there."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from random import Random

import pytest
from sqlalchemy import Engine

from storage.database.writer import Writer
from storage.records import Capture
from storage.warc.errors import WarcError
from storage.warc.exchange import Exchange
from storage.warc.record_reader import read_capture
from storage.warc.recover import recover
from storage.warc.write import WarcWriter
from tests.storage.warc.power_loss import Recorder, Step, Wreck, wrecks
from tests.storage.warc.warc_check import warc_problems

NOW = datetime(2026, 10, 3, 13, 15, 30, tzinfo=UTC)
EXCHANGES = 9


def exchange(number: int) -> Exchange:
    body = Random(number).randbytes(300 + 40 * number)
    return Exchange("GET", f"https://ldld.example/bai-{number}", (), 200, "OK", (), body, NOW)


def crawled(engine: Engine, directory: Path, sync: bool = True) -> tuple[list[Step], list[Capture]]:
    """What a crawl of some pages did, commits in groups of two, files of about three pages."""
    directory.mkdir()
    recorder = Recorder()
    made: list[Capture] = []
    with recorder.watching():
        warc = WarcWriter(directory, "tinh-000001-01", software="congdoan/0.1", max_bytes=3000)

        def before() -> None:
            if sync:
                warc.sync()
            recorder.steps.append(Step("commit", size=len(made)))

        writer = Writer(engine, before)
        for number in range(EXCHANGES):
            made.append(warc.write(exchange(number)))
            if number % 2:
                writer.submit(lambda _connection: None, urgent=True).result(10)
        writer.submit(lambda _connection: None, urgent=True).result(10)
        writer.close()
        warc.close()
    return recorder.steps, made


def lost_after(wreck: Wreck, made: list[Capture], directory: Path) -> list[str]:
    """What the database refers to and recovery could not save; recovery leaves whole files alone."""
    directory.mkdir()
    for name, data in wreck.files.items():
        (directory / name).write_bytes(data)
    referred = made[: wreck.rows]
    ends: dict[str, int] = {}
    for capture in referred:
        ends[capture.warc_file] = max(ends.get(capture.warc_file, 0), capture.offset + capture.length)
    lost = [f"{row.warc_file} lost {row.lost_bytes}" for row in recover(directory, ends) if row.lost_bytes]
    for capture in referred:
        try:
            read_capture(directory, capture)
        except WarcError as error:
            lost.append(str(error))
    if not lost:
        lost += [problem for path in directory.iterdir() for problem in warc_problems(path)]
        lost += [f"{path} left open" for path in directory.glob("*.open")]
        lost += [str(row) for row in recover(directory, ends)]
    return lost


def losses(steps: list[Step], made: list[Capture], scratch: Path) -> list[str]:
    found: list[str] = []
    tried: set[tuple[object, int]] = set()  # many steps lead to the same states
    for end in range(len(steps) + 1):
        for wreck in wrecks(steps[:end]):
            state = (frozenset(wreck.files.items()), wreck.rows)
            if state not in tried:
                tried.add(state)
                lost = lost_after(wreck, made, scratch / f"wreck-{len(tried)}")
                found += [f"after step {end}, {steps[end - 1].what}: {line}" for line in lost]
    assert len(tried) > 50
    return found


def test_at_whatever_step_the_power_goes_nothing_referred_to_is_lost(
    sqlite_archive: Engine, tmp_path: Path
) -> None:
    steps, made = crawled(sqlite_archive, tmp_path / "warc")
    kinds = {step.what for step in steps}
    assert {"create", "write", "sync", "rename", "commit"} <= kinds
    assert len({capture.warc_file for capture in made}) >= 3
    assert losses(steps, made, tmp_path) == []


def test_the_trial_finds_a_writer_that_does_not_sync_before_it_commits(
    sqlite_archive: Engine, tmp_path: Path
) -> None:
    steps, made = crawled(sqlite_archive, tmp_path / "warc", sync=False)
    assert losses(steps, made, tmp_path) != []


def test_the_trial_finds_a_rename_before_the_sync(sqlite_archive: Engine, tmp_path: Path) -> None:
    steps, made = crawled(sqlite_archive, tmp_path / "warc")
    hasty = [step for step in steps if step.what != "sync" or step.file < 0]
    assert losses(hasty, made, tmp_path) != []


@pytest.mark.parametrize("short", [False, True], ids=["ENOSPC", "half of it fits"])
@pytest.mark.parametrize("nth", range(EXCHANGES))
def test_a_disk_that_is_full_at_any_write_keeps_what_was_written(
    tmp_path: Path, nth: int, short: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "write", full_at(nth, short, os.write))
    warc = WarcWriter(tmp_path, "tinh-000001-01", software="congdoan/0.1")
    made = []
    with pytest.raises(WarcError, match="free some space"):
        for number in range(EXCHANGES):
            made.append(warc.write(exchange(number)))
    assert len(made) == nth
    warc.close()
    assert [read_capture(tmp_path, capture).status for capture in made] == [200] * nth
    assert [warc_problems(path) for path in tmp_path.iterdir()] == [()] * bool(nth)


def full_at(nth: int, short: bool, real: Callable[[int, bytes], int]) -> Callable[[int, bytes], int]:
    count = iter(range(1000))

    def write(fd: int, data: bytes) -> int:
        if next(count) < nth:
            return real(fd, data)
        if short:
            return real(fd, data[: len(data) // 2])
        raise OSError(28, "No space left on device")

    return write


def test_a_torn_tail_behind_what_was_committed_is_cut(sqlite_archive: Engine, tmp_path: Path) -> None:
    steps, made = crawled(sqlite_archive, tmp_path / "warc")
    commits = [at for at, step in enumerate(steps) if step.what == "commit"]
    for number, at in enumerate(commits):
        wreck = next(w for w in wrecks(steps[: at + 1]) if w.rows == steps[at].size)
        torn = {
            name: data + b"\x1f\x8b\x08half" if name.endswith(".open") else data
            for name, data in wreck.files.items()
        }
        assert lost_after(replace(wreck, files=torn), made, tmp_path / f"torn-{number}") == []
