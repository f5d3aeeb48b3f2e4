"""Forks pairs of a consumer (docs/examples/mirror.py) and its producer in a few milliseconds, to be killed.

python -m tests.storage.export.fork_pairs DATABASE MIRROR: each line on standard input starts a pair,
whose process numbers are answered.
"""

from __future__ import annotations

import os
import signal
import sys
import time

from sqlalchemy import Engine

from docs.examples.mirror import complete_lines, open_mirror, read_cursor, store_lines
from storage.database.engine import open_database
from storage.export.follow import follow_changes, read_changes
from storage.export.selection import Selection


def produce(engine: Engine, after: int, descriptor: int) -> None:
    """What `congdoan export --follow --since` does."""

    def write(lines: bytes) -> None:
        while lines:
            lines = lines[os.write(descriptor, lines) :]

    def wait(seconds: float) -> bool:
        time.sleep(seconds)
        return False

    follow_changes(engine, Selection(after=after), write, lambda _: None, wait)


def pair(engine: Engine, path: str) -> None:
    """The consumer; it starts its producer."""
    mirror = open_mirror(path)
    after = read_cursor(mirror)
    reading, writing = os.pipe()
    producer = os.fork()
    if not producer:
        os.close(reading)
        produce(engine, after, writing)
    os.close(writing)
    sys.stdout.write(f"{os.getpid()} {producer}\n")
    sys.stdout.flush()
    for lines in complete_lines(reading):
        store_lines(mirror, lines)


def main(database: str, path: str) -> None:
    """Start a pair for each line."""
    engine = open_database(database)
    read_changes(engine, Selection())  # what is compiled once is compiled before they are forked
    engine.dispose()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for them
    for _ in sys.stdin:
        if not os.fork():
            try:
                pair(engine, path)
            except BrokenPipeError:
                pass
            finally:
                os._exit(0)


if __name__ == "__main__":
    main(*sys.argv[1:])
