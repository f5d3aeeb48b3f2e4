"""Keeps a mirror of an archive in a SQLite file of its own, in step through crashes of either side.

python mirror.py mirror.db congdoan --data archive
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
CANNOT = 3  # exit code: a person has to look, trying again does not help


def open_mirror(path: str) -> sqlite3.Connection:
    """The mirror, made when it is not there."""
    mirror = sqlite3.connect(path, timeout=30, isolation_level=None)
    mirror.executescript(TABLES)
    return mirror


def cursor(mirror: sqlite3.Connection) -> int:
    """The last change the mirror holds."""
    (seq,) = mirror.execute("SELECT seq FROM cursor").fetchone()
    return int(seq)


def keep(mirror: sqlite3.Connection, lines: Sequence[bytes]) -> None:
    """Rows and cursor in one transaction: whenever we are killed, they agree."""
    mirror.execute("BEGIN IMMEDIATE")
    seq = 0
    for line in lines:
        row = json.loads(line)
        seq = row["seq"]
        if row["selected"]:
            values = (row["id"], row["title"], row["day"], line.decode())
            mirror.execute("INSERT OR REPLACE INTO articles VALUES (?, ?, ?, ?)", values)
        else:  # it is no longer what we asked for
            mirror.execute("DELETE FROM articles WHERE id = ?", (row["id"],))
    mirror.execute("UPDATE cursor SET seq = ?", (seq,))
    mirror.execute("COMMIT")


def whole_lines(descriptor: int) -> Iterator[list[bytes]]:
    """Lines as they come; half a line at the end, of a producer that was killed, is dropped."""
    rest = b""
    while piece := os.read(descriptor, 1 << 16):
        *lines, rest = (rest + piece).split(b"\n")
        if lines:
            yield lines


def main(path: str, *congdoan: str) -> None:
    """Follow until the producer is asked to end; start it again when it dies."""
    mirror = open_mirror(path)
    while True:
        command = [*congdoan, "export", "--follow", "--since", str(cursor(mirror))]
        with subprocess.Popen(command, stdout=subprocess.PIPE) as producer:
            assert producer.stdout
            for lines in whole_lines(producer.stdout.fileno()):
                keep(mirror, lines)
        if producer.returncode in {0, CANNOT}:
            sys.exit(producer.returncode)
        time.sleep(0.2)


if __name__ == "__main__":
    main(*sys.argv[1:])
