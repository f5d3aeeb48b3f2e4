"""Whatever instant a crash chooses, what was promised is there afterwards."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest

from storage.records import Capture
from storage.warc.errors import WarcError
from storage.warc.exchange import Exchange
from storage.warc.open_file import OpenFile
from storage.warc.record_reader import read_all, read_capture
from storage.warc.recover import RecoveredFile, recover
from storage.warc.write import WarcWriter
from tests.paths import ROOT
from tests.storage.warc.warc_check import warc_problems

NOW = datetime(2026, 10, 3, 13, 15, 30, tzinfo=UTC)
NAME = "night-00000.warc.gz"


def exchange(number: int = 0) -> Exchange:
    return Exchange("GET", f"http://a.example/{number}", (), 200, "OK", (), b"Mai am cong doan", NOW)


def written(directory: Path, count: int) -> tuple[list[Capture], bytes]:
    """Captures of `count` exchanges and the bytes of their file, which is removed."""
    out = WarcWriter(directory, "night", software="congdoan/0.1")
    captures = [out.write(exchange(number)) for number in range(count)]
    out.close()
    data = (directory / NAME).read_bytes()
    (directory / NAME).unlink()
    return captures, data


def end_of(capture: Capture) -> int:
    return capture.offset + capture.length


def test_torn_at_every_byte_of_the_last_exchange(tmp_path: Path) -> None:
    captures, data = written(tmp_path, 2)
    last = captures[1]
    for size in range(last.offset, len(data) + 1):
        (tmp_path / (NAME + ".open")).write_bytes(data[:size])
        kept = next(end for end in (len(data), end_of(last), last.offset) if end <= size)
        assert recover(tmp_path, {NAME: end_of(captures[0])}) == (RecoveredFile(NAME, kept, size - kept),)
        assert (tmp_path / NAME).read_bytes() == data[:kept]
        (tmp_path / NAME).unlink()
    assert list(tmp_path.iterdir()) == []


def test_torn_in_the_first_exchange_leaves_no_file(tmp_path: Path) -> None:
    captures, data = written(tmp_path, 1)
    for size in range(0, end_of(captures[0]), 7):
        (tmp_path / (NAME + ".open")).write_bytes(data[:size])
        assert recover(tmp_path, {}) == (RecoveredFile(NAME, 0, size),)
        assert list(tmp_path.iterdir()) == []


def test_zeros_behind_the_last_record_are_cut(tmp_path: Path) -> None:
    _, data = written(tmp_path, 3)
    (tmp_path / (NAME + ".open")).write_bytes(data + bytes(5000))
    assert recover(tmp_path, {}) == (RecoveredFile(NAME, len(data), 5000),)
    assert warc_problems(tmp_path / NAME) == ()


def test_lost_bytes_are_told_and_nothing_more_is_lost(tmp_path: Path) -> None:
    captures, data = written(tmp_path, 3)
    committed = {NAME: end_of(captures[2]), "gone-00000.warc.gz": 70}
    short = data[: captures[2].offset + 10]
    (tmp_path / (NAME + ".open")).write_bytes(short)
    gone = RecoveredFile("gone-00000.warc.gz", 0, 0, lost_bytes=70)
    lost = captures[2].length
    assert recover(tmp_path, committed) == (RecoveredFile(NAME, len(short), 0, lost_bytes=lost), gone)
    assert recover(tmp_path, committed) == (gone, RecoveredFile(NAME, len(short), 0, lost_bytes=lost - 10))
    assert read_capture(tmp_path, captures[1]).body == b"Mai am cong doan"


def test_damage_before_the_committed_end_cuts_nothing(tmp_path: Path) -> None:
    captures, data = written(tmp_path, 3)
    spot = captures[1].offset + 40
    damaged = data[:spot] + bytes([data[spot] ^ 0xFF]) + data[spot + 1 :]
    (tmp_path / (NAME + ".open")).write_bytes(damaged)
    rows = recover(tmp_path, {NAME: end_of(captures[2])})
    assert rows == (RecoveredFile(NAME, len(data), 0, lost_bytes=end_of(captures[2]) - captures[1].offset),)
    assert (tmp_path / NAME).read_bytes() == damaged
    assert read_capture(tmp_path, captures[2]).url == "http://a.example/2"  # still reached by its pointer


def test_again_after_any_step(tmp_path: Path) -> None:
    captures, data = written(tmp_path, 2)
    committed = {NAME: end_of(captures[1])}
    cut_but_not_renamed = tmp_path / (NAME + ".open")
    cut_but_not_renamed.write_bytes(data)
    assert recover(tmp_path, committed) == (RecoveredFile(NAME, len(data), 0),)
    assert recover(tmp_path, committed) == ()
    assert [path.name for path in tmp_path.iterdir()] == [NAME]


def test_a_living_writer_is_left_alone(tmp_path: Path) -> None:
    out = WarcWriter(tmp_path, "night", software="congdoan/0.1")
    assert recover(tmp_path, {}) == ()  # not even while empty
    capture = out.write(exchange())
    out.sync()
    assert recover(tmp_path, {NAME: end_of(capture)}) == ()
    out.close()
    assert warc_problems(tmp_path / NAME) == ()


def test_both_names_are_for_a_person_to_judge(tmp_path: Path) -> None:
    _, data = written(tmp_path, 1)
    for name in (NAME, NAME + ".open"):
        (tmp_path / name).write_bytes(data)
    with pytest.raises(WarcError, match="exists as well; compare"):
        recover(tmp_path, {})
    assert len(list(tmp_path.iterdir())) == 2


def test_no_directory_no_rows(tmp_path: Path) -> None:
    assert recover(tmp_path / "never", {}) == ()


WRITER = """
import os, sys
from datetime import UTC, datetime
from pathlib import Path
from storage.warc.exchange import Exchange
from storage.warc.write import WarcWriter
out = WarcWriter(Path(sys.argv[1]), "night", software="x", max_bytes=60_000)
now = datetime(2026, 10, 3, tzinfo=UTC)
print("ready", flush=True)
for number in range(100_000):
    body = os.urandom(number * 37 % 9000)
    c = out.write(Exchange("GET", f"http://a.example/{number}", (), 200, "OK", (), body, now))
    if number % 3 == 0:
        out.sync()
        print(c.warc_file, c.offset + c.length, number, flush=True)
"""


def test_kill_9_at_random_moments(tmp_path: Path) -> None:
    moments = random.Random(20261003)
    for turn in range(6):
        directory = tmp_path / str(turn)
        directory.mkdir()
        command = [sys.executable, "-c", WRITER, str(directory)]
        with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout
            assert process.stdout.readline() == "ready\n"
            time.sleep(moments.uniform(0.0, 0.25))
            os.kill(process.pid, signal.SIGKILL)
            lines = [line.split() for line in process.stdout.read().split("\n")[:-1]]
        committed = {name: int(end) for name, end, _ in lines}
        rows = recover(directory, committed)
        assert all(row.lost_bytes == 0 for row in rows)
        files = sorted(directory.iterdir())
        assert all(path.name.endswith(".warc.gz") and warc_problems(path) == () for path in files)
        urls = [capture.url for path in files for capture, _ in read_all(path)]
        assert urls == [f"http://a.example/{number}" for number in range(len(urls))]
        assert len(urls) > max((int(number) for *_, number in lines), default=-1)


FORKER = """
import os, sys, time
from pathlib import Path
from storage.warc.write import WarcWriter
out = WarcWriter(Path(sys.argv[1]), "night", software="x")
ready, tell = os.pipe()
child = os.fork()
if not child:
    os.write(tell, b"!")
    time.sleep(30)
    os._exit(0)
os.read(ready, 1)
print(child, flush=True)
time.sleep(30)
"""


def test_workers_that_outlive_a_killed_writer_do_not_hold_its_file(tmp_path: Path) -> None:
    command = [sys.executable, "-c", FORKER, str(tmp_path)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        child = int(process.stdout.readline())
        try:
            assert recover(tmp_path, {}) == ()  # the writer lives
            process.kill()
            process.wait()
            assert recover(tmp_path, {}) == (RecoveredFile(NAME, 0, 0),)
        finally:
            os.kill(child, signal.SIGKILL)


FULL = """
import resource, sys
from datetime import UTC, datetime
from pathlib import Path
from storage.warc.errors import WarcError
from storage.warc.exchange import Exchange
from storage.warc.write import WarcWriter
now = datetime(2026, 10, 3, tzinfo=UTC)
hard = resource.getrlimit(resource.RLIMIT_FSIZE)[1]
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[2]), hard))
out = WarcWriter(Path(sys.argv[1]), "night", software="x")
def write(number):
    out.write(Exchange("GET", f"http://a.example/{number}", (), 200, "OK", (), b"x" * number, now))
    out.sync()
    print(number)
def fill():
    for number in range(1000):
        write(number)
for turn in range(2):
    try:
        fill()
    except WarcError as error:
        print(error, file=sys.stderr)
resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))
write(5000)
out.close()
"""


@pytest.mark.parametrize("limit", [10, 700, 20_000], ids=["at once", "in the first", "later"])
def test_disk_full_leaves_no_half_record(tmp_path: Path, limit: int) -> None:
    command = [sys.executable, "-c", FULL, str(tmp_path), str(limit)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    told = done.stderr.splitlines()
    assert len(told) == 2
    assert all("night-00000.warc.gz.open: cannot write" in line and "ulimit -f" in line for line in told)
    assert warc_problems(tmp_path / NAME) == ()
    urls = [capture.url for capture, _ in read_all(tmp_path / NAME)]
    assert urls == [f"http://a.example/{number}" for number in done.stdout.split()]
    assert urls[-1] == "http://a.example/5000"


def test_a_disk_error_is_never_forgotten(tmp_path: Path) -> None:
    file = OpenFile(tmp_path, NAME)
    file.append(b"x")
    os.close(file._fd or -1)  # the descriptor fails from now on, as a broken disk would
    for attempt in (lambda: file.append(b"y"), file.sync, file.finish, lambda: file.append(b"y")):
        with pytest.raises((WarcError, OSError)):
            attempt()
    assert (tmp_path / (NAME + ".open")).read_bytes() == b"x"
