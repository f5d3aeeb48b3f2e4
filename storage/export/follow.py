"""Follow: every change of the archive as a line, as it is committed, for a consumer that stays on."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from sqlalchemy import Connection, Engine

from storage.articles import changes
from storage.database.engine import snapshot
from storage.export.atomic_write import write_atomically
from storage.export.errors import write_error
from storage.export.export_queries import read_batch
from storage.export.manifest import READ_BYTES, FeedCursor
from storage.export.row import JsonRow
from storage.export.rows import batch_rows, json_lines, json_string
from storage.export.selection import SelectedArticles, Selection

MAX_BATCH_CHANGES = 500  # changes told at once
FIRST_PAUSE_SECONDS, MAX_PAUSE_SECONDS = 0.02, 1.0  # seconds; doubled while nothing comes


@dataclass(frozen=True, slots=True)
class ChangeBatch:
    """What was committed since a cursor."""

    lines: bytes  # JSON Lines, one a change; none for changes outside the selection
    cursor: FeedCursor


def read_changes(engine: Engine, wanted: Selection, most: int = MAX_BATCH_CHANGES) -> ChangeBatch:
    """The next changes after `wanted.after`, each with its article as it is now; raises CursorError.

    Sequence numbers rise by one from line to line unless the selection is narrowed, so that a consumer can
    tell that nothing is missing. An article changed twice is told twice, both times as it is.
    """
    after = wanted.after or 0
    with snapshot(engine) as connection:
        if changes.newest(connection) == after:  # nothing new: what most calls find
            return ChangeBatch(b"", FeedCursor(after, changes.identity(connection)))
        choice = SelectedArticles(connection, wanted)
        told = list(changes.read(connection, after, most))
        found = list(_rows(connection, choice, told))
    return ChangeBatch(b"".join(json_lines(found)), FeedCursor(told[-1].seq, choice.archive))


def _rows(connection: Connection, choice: SelectedArticles, told: list[changes.Change]) -> Iterator[JsonRow]:
    """A row for each change of an article that is in the selection, or may have been before the cursor."""
    distinct = list(dict.fromkeys(change.article_id for change in told))
    ids, left = choice.sifted(distinct, choice.wanted.after or 0)
    made = {row["id"]: row for row in batch_rows(read_batch(connection, ids, left), json_string)}
    for change in told:
        if row := made.get(change.article_id):
            yield {**row, "seq": change.seq, "change": change.kind.value}


def follow_changes(
    engine: Engine,
    wanted: Selection,
    write: Callable[[bytes], None],
    kept: Callable[[FeedCursor], None],
    wait: Callable[[float], bool],
) -> FeedCursor:
    """Tell changes from `wanted.after` on until `wait(seconds)` answers True; returns where it ended.

    `write` gets whole lines and returns when they are out of our hands; then `kept` is called with the
    cursor. After a crash between the two the same lines are told again: at least once, never less. No
    transaction is open while either runs, so a slow reader holds up nobody.
    """
    after, pause = wanted.after or 0, FIRST_PAUSE_SECONDS
    while True:
        found = read_changes(engine, replace(wanted, after=after))
        if found.cursor.seq > after:
            write(found.lines)
            kept(found.cursor)
            after, pause = found.cursor.seq, 0.0
        if wait(pause):
            return found.cursor
        pause = min(max(2 * pause, FIRST_PAUSE_SECONDS), MAX_PAUSE_SECONDS)


class LineAppender:
    """A file that lines are appended to; what a crash left of a line is taken off first."""

    def __init__(self, path: Path) -> None:
        try:
            self._stream = path.open("ab+")
            self._mend()
        except OSError as error:
            raise write_error(path, error) from error
        self._path = path

    def _mend(self) -> None:
        end = self._stream.seek(0, os.SEEK_END)
        while end:
            begin = max(0, end - READ_BYTES)
            self._stream.seek(begin)
            newline = self._stream.read(end - begin).rfind(b"\n")
            if newline >= 0:
                end = begin + newline + 1
                break
            end = begin
        self._stream.truncate(end)

    def close(self) -> None:
        """Let go of the file."""
        self._stream.close()

    def write(self, data: bytes) -> None:
        """Append whole lines; they are safe on disk when this returns."""
        try:
            self._stream.write(data)
            self._stream.flush()
            os.fsync(self._stream.fileno())
        except OSError as error:
            raise write_error(self._path, error) from error


def write_cursor(path: Path, cursor: FeedCursor) -> None:
    """Keep a cursor in a file, whole; raises ExportError."""
    write_atomically(path, json.dumps({"cursor": cursor.seq, "archive": cursor.archive}) + "\n")
