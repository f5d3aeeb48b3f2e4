"""Keep a mirror of an archive in a SQLite file up to date, through crashes of either side.

Usage: python mirror.py mirror.db congdoan --data archive
"""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence

TABLES = """
PRAGMA journal_mode = WAL;
CREATE TABLE IF NOT EXISTS articles (id INTEGER PRIMARY KEY, title TEXT, day TEXT, line TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS cursor (one INTEGER PRIMARY KEY CHECK (one = 1), seq INTEGER NOT NULL);
INSERT OR IGNORE INTO cursor VALUES (1, 0);
"""
EXIT_NEEDS_PERSON = 3  # exit code of congdoan: trying again does not help


def open_mirror(path: str) -> sqlite3.Connection:
    """Open the mirror; create it when it does not exist."""
    mirror = sqlite3.connect(path, timeout=30, isolation_level=None)
    mirror.executescript(TABLES)
    return mirror


def read_cursor(mirror: sqlite3.Connection) -> int:
    """Return the number of the last change in the mirror."""
    (seq,) = mirror.execute("SELECT seq FROM cursor").fetchone()
    return int(seq)


def store_lines(mirror: sqlite3.Connection, lines: Sequence[bytes]) -> None:
    """Store rows and cursor in one transaction, so that they agree whenever this program is killed."""
    mirror.execute("BEGIN IMMEDIATE")
    seq = 0
    for line in lines:
        row = json.loads(line)
        seq = row["seq"]
        if row["selected"]:
            values = (row["id"], row["title"], row["day"], line.decode())
            mirror.execute("INSERT OR REPLACE INTO articles VALUES (?, ?, ?, ?)", values)
        else:  # the article is no longer in the selection
            mirror.execute("DELETE FROM articles WHERE id = ?", (row["id"],))
    mirror.execute("UPDATE cursor SET seq = ?", (seq,))
    mirror.execute("COMMIT")


def complete_lines(descriptor: int) -> Iterator[list[bytes]]:
    """Yield lines as they arrive; an incomplete last line, of a producer that was killed, is dropped."""
    rest = b""
    while piece := os.read(descriptor, 1 << 16):
        *lines, rest = (rest + piece).split(b"\n")
        if lines:
            yield lines


def main(path: str, *congdoan: str) -> None:
    """Follow the archive until the producer ends regularly; start it again when it dies."""
    mirror = open_mirror(path)
    while True:
        command = [*congdoan, "export", "--follow", "--since", str(read_cursor(mirror))]
        with subprocess.Popen(command, stdout=subprocess.PIPE) as producer:
            assert producer.stdout
            for lines in complete_lines(producer.stdout.fileno()):
                store_lines(mirror, lines)
        if producer.returncode in {0, EXIT_NEEDS_PERSON}:
            sys.exit(producer.returncode)
        time.sleep(0.2)


if __name__ == "__main__":
    main(*sys.argv[1:])
