"""Following the archive: every change once committed, in order, through crashes of either side."""

from __future__ import annotations

import json
import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

from storage.articles.changes import newest, read
from storage.database.engine import snapshot
from storage.export.errors import CursorError
from storage.export.export_job import ExportJob, export_stream
from storage.export.export_row import JsonRow
from storage.export.follow import LineAppender, follow_changes, read_changes, write_cursor
from storage.export.formats import FORMATS
from storage.export.json_rows import read_rows
from storage.export.manifest import FeedCursor, read_cursor
from storage.export.selection import SelectedArticles, Selection
from tests.paths import ROOT
from tests.storage.random_archive import NOW, Scribe

KILLS = {"sqlite": 100, "postgresql": 12}
LONGEST = {"sqlite": 0.12, "postgresql": 0.3}  # seconds a pair lives


def rows(lines: bytes) -> list[JsonRow]:
    return [json.loads(line) for line in lines.splitlines()]


def whole_export(engine: Engine, wanted: Selection) -> list[JsonRow]:
    stream = BytesIO()
    with snapshot(engine) as connection:
        export_stream(ExportJob(SelectedArticles(connection, wanted), FORMATS["jsonl"], NOW), stream)
    return rows(stream.getvalue())


def settled(row: JsonRow) -> JsonRow:
    return {**row, "appearances": [{**place, "last_seen": None} for place in row["appearances"]]}


def test_every_change_is_told_in_order_and_without_a_gap(archive: Engine) -> None:
    scribe = Scribe(archive)
    scribe.write(40)
    told: list[JsonRow] = []
    after = 0
    while lines := (found := read_changes(archive, Selection(after=after), 7)).lines:
        told += rows(lines)
        after = found.cursor.seq
    with snapshot(archive) as connection:
        changes = list(read(connection))
        assert [(row["seq"], row["change"], row["id"]) for row in told] == [
            (change.seq, change.kind.value, change.article_id) for change in changes
        ]
        last = {row["id"]: row for row in told}
        assert [last[key] for key in sorted(last)] == read_rows(connection, sorted(last))
    assert after == changes[-1].seq


@pytest.mark.parametrize("wanted", [Selection(sites=("tinh",)), Selection(query="thang cong nhan")])
def test_a_narrow_selection_is_kept_in_step_too(archive: Engine, wanted: Selection) -> None:
    scribe = Scribe(archive)
    mirror: dict[int, JsonRow] = {}
    after = 0
    for _ in range(6):
        scribe.write(10)
        while (found := read_changes(archive, replace(wanted, after=after), 4)).cursor.seq > after:
            after = found.cursor.seq
            for row in rows(found.lines):
                mirror.pop(row["id"], None)
                if row["selected"]:
                    mirror[row["id"]] = settled(row)
    now = {row["id"]: settled(row) for row in whole_export(archive, wanted)}
    assert mirror == now
    assert mirror


def test_the_cursor_is_kept_after_the_lines_are_out(archive: Engine) -> None:
    Scribe(archive).write(10)
    happened: list[Any] = []
    waits = iter((False, False, True))
    end = follow_changes(
        archive,
        Selection(),
        lambda lines: happened.append(len(rows(lines))),
        lambda cursor: happened.append(cursor.seq),
        lambda _: next(waits),
    )
    assert happened == [end.seq, end.seq]  # so many lines, then that cursor, then nothing new


def test_an_archive_rebuilt_meanwhile_is_noticed(archive: Engine) -> None:
    Scribe(archive).write(5)
    with pytest.raises(CursorError, match="was it rebuilt"):
        read_changes(archive, Selection(after=500))


@pytest.mark.parametrize(
    ("there", "left"),
    [
        (b"", b""),
        (b"a\nb\n", b"a\nb\n"),
        (b"a\nhalf", b"a\n"),
        (b"half", b""),
        (b"a\n" + b"x" * 3_000_000, b"a\n"),
    ],
)
def test_half_a_line_of_a_crash_is_taken_off_before_lines_are_appended(
    tmp_path: Path, there: bytes, left: bytes
) -> None:
    path = tmp_path / "feed.jsonl"
    path.write_bytes(there)
    with closing(LineAppender(path)) as file:
        file.write(b"new\n")
    assert path.read_bytes() == left + b"new\n"


def test_a_kept_cursor_is_read_back(tmp_path: Path) -> None:
    write_cursor(tmp_path / "cursor", FeedCursor(42, "abc"))
    assert read_cursor(str(tmp_path / "cursor")) == FeedCursor(42, "abc")


# Crashes


@contextmanager
def kennel(url: str, mirror: Path) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-m", "tests.storage.export.fork_pairs", url, str(mirror)]
    with subprocess.Popen(
        command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        yield process
        assert process.stdin
        process.stdin.close()


def start(process: subprocess.Popen[str]) -> tuple[int, int]:
    assert process.stdin
    assert process.stdout
    process.stdin.write("start\n")
    process.stdin.flush()
    consumer, producer = process.stdout.readline().split()
    return int(consumer), int(producer)


def kill(*processes: int) -> None:
    for process in processes:
        with suppress(ProcessLookupError):
            os.kill(process, signal.SIGKILL)
    for process in processes:
        wait_for(lambda process=process: not alive(process))


def alive(process: int) -> bool:
    try:
        stat = Path(f"/proc/{process}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return False
    return stat.rpartition(")")[2].split()[0] != "Z"  # a zombie only waits for whoever adopted it


def wait_for(done: Any) -> None:
    until = time.monotonic() + 120
    while not done():
        assert time.monotonic() < until
        time.sleep(0.002)


def mirrored(path: Path) -> tuple[int, dict[int, JsonRow]]:
    mirror = sqlite3.connect(path)
    (seq,) = mirror.execute("SELECT seq FROM cursor").fetchone()
    found = {key: json.loads(line) for key, line in mirror.execute("SELECT id, line FROM articles")}
    mirror.close()
    return seq, found


def test_a_mirror_is_equal_to_the_store_after_a_hundred_kills(archive: Engine, tmp_path: Path) -> None:
    path = tmp_path / "mirror.db"
    rng = random.Random(3)
    scribe = Scribe(archive, rng=random.Random(4))
    scribe.write(30)
    cursors = [0]
    with kennel(archive.url.render_as_string(hide_password=False), path) as process:
        for _ in range(KILLS[archive.dialect.name]):
            consumer, producer = start(process)
            scribe.write(rng.choice((0, 1, 3, 8)))
            time.sleep(rng.random() * LONGEST[archive.dialect.name])
            first = (producer, consumer) if rng.random() < 0.4 else (consumer, producer)
            kill(*first)
            cursors.append(mirrored(path)[0])
        consumer, producer = start(process)
        with snapshot(archive) as connection:
            end = newest(connection)
        wait_for(lambda: mirrored(path)[0] == end)
        kill(consumer, producer)
    assert cursors == sorted(cursors)
    assert len(set(cursors)) > 3  # the mirror went on between the kills
    assert cursors[-1] > 30
    now = {row["id"]: settled(row) for row in whole_export(archive, Selection())}
    assert {key: settled(row) for key, row in mirrored(path)[1].items()} == now
