"""Follow the feed: every change of the archive as a line of JSON, as soon as it is committed."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from sqlalchemy import Engine

from storage.articles import changes
from storage.database.engine import snapshot
from storage.export.atomic_write import write_atomically
from storage.export.errors import write_error
from storage.export.export_queries import read_batch
from storage.export.manifest import READ_BYTES, FeedCursor
from storage.export.row import JsonRow
from storage.export.rows import batch_rows, json_lines, json_string
from storage.export.selection import SelectedArticles, Selection

MAX_BATCH_CHANGES = 500
FIRST_PAUSE_SECONDS = 0.02  # doubled while no change comes
MAX_PAUSE_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class ChangeBatch:
    """Changes committed after a cursor."""

    lines: bytes  # JSON Lines, one a change; none for changes outside the selection
    cursor: FeedCursor  # behind the last of them


def read_changes(engine: Engine, selection: Selection, limit: int = MAX_BATCH_CHANGES) -> ChangeBatch:
    """Read the next changes after `selection.after`, each with its article's current row; raises CursorError.

    Sequence numbers rise by one from line to line unless the selection is restricted, so that a consumer can
    see that nothing is missing. An article changed twice gives two lines, both with its current row.
    """
    after = selection.after or 0
    with snapshot(engine) as connection:
        if changes.newest(connection) == after:  # nothing new, as for most calls
            return ChangeBatch(b"", FeedCursor(after, changes.identity(connection)))
        selected = SelectedArticles(connection, selection)
        next_changes = list(changes.read(connection, after, limit))
        rows = list(_change_rows(selected, next_changes))
    return ChangeBatch(b"".join(json_lines(rows)), FeedCursor(next_changes[-1].seq, selected.archive))


def _change_rows(selected: SelectedArticles, next_changes: list[changes.Change]) -> Iterator[JsonRow]:
    """Yield a row for each change of an article that is selected, or may have been before the cursor."""
    article_ids = list(dict.fromkeys(change.article_id for change in next_changes))
    ids, no_longer_selected = selected.split_by_selection(article_ids, selected.selection.after or 0)
    batch = read_batch(selected.connection, ids, no_longer_selected)
    rows_by_id = {row["id"]: row for row in batch_rows(batch, json_string)}
    for change in next_changes:
        if row := rows_by_id.get(change.article_id):
            yield {**row, "seq": change.seq, "change": change.kind.value}


def follow_changes(
    engine: Engine,
    selection: Selection,
    write: Callable[[bytes], None],
    save_cursor: Callable[[FeedCursor], None],
    wait: Callable[[float], bool],
) -> FeedCursor:
    """Write changes from `selection.after` on until `wait(seconds)` returns True; returns the last cursor.

    `write` gets whole lines and returns when they are handed over; then `save_cursor` is called. After a
    crash between the two the same lines are written again: every change at least once. No transaction is
    open while either runs, so a slow reader holds up no writer.
    """
    after, pause = selection.after or 0, FIRST_PAUSE_SECONDS
    while True:
        batch = read_changes(engine, replace(selection, after=after))
        if batch.cursor.seq > after:
            write(batch.lines)
            save_cursor(batch.cursor)
            after, pause = batch.cursor.seq, 0.0
        if wait(pause):
            return batch.cursor
        pause = min(max(2 * pause, FIRST_PAUSE_SECONDS), MAX_PAUSE_SECONDS)


class LineAppender:
    """A file that lines are appended to; an incomplete last line, left by a crash, is cut off first."""

    def __init__(self, path: Path) -> None:
        try:
            self._stream = path.open("ab+")
            self._cut_incomplete_line()
        except OSError as error:
            raise write_error(path, error) from error
        self._path = path

    def _cut_incomplete_line(self) -> None:
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
        """Close the file."""
        self._stream.close()

    def write(self, lines: bytes) -> None:
        """Append whole lines; they are on disk when this returns. Raises ExportError."""
        try:
            self._stream.write(lines)
            self._stream.flush()
            os.fsync(self._stream.fileno())
        except OSError as error:
            raise write_error(self._path, error) from error


def write_cursor(path: Path, cursor: FeedCursor) -> None:
    """Write a cursor to a file, atomically; raises ExportError."""
    write_atomically(path, json.dumps({"cursor": cursor.seq, "archive": cursor.archive}) + "\n")
