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
from storage.export.export_row import JsonRow
from storage.export.json_rows import batch_rows, json_lines, json_string
from storage.export.manifest import READ_BYTES, FeedCursor
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
    followed_after = selection.after or 0
    with snapshot(engine) as connection:
        if changes.newest(connection) == followed_after:  # nothing new, as for most calls
            return ChangeBatch(b"", FeedCursor(followed_after, changes.identity(connection)))
        followed_articles = SelectedArticles(connection, selection)
        followed_changes = list(changes.read(connection, followed_after, limit))
        change_rows = list(_change_rows(followed_articles, followed_changes))
    return ChangeBatch(
        b"".join(json_lines(change_rows)), FeedCursor(followed_changes[-1].seq, followed_articles.archive)
    )


def _change_rows(
    followed_articles: SelectedArticles, followed_changes: list[changes.Change]
) -> Iterator[JsonRow]:
    """Yield a row for each change of an article that is selected, or may have been before the cursor."""
    article_ids = list(dict.fromkeys(followed_change.article_id for followed_change in followed_changes))
    followed_ids, no_longer_selected = followed_articles.split_by_selection(
        article_ids, followed_articles.selection.after or 0
    )
    change_batch = read_batch(followed_articles.connection, followed_ids, no_longer_selected)
    rows_by_id = {change_row["id"]: change_row for change_row in batch_rows(change_batch, json_string)}
    for followed_change in followed_changes:
        if change_row := rows_by_id.get(followed_change.article_id):
            yield {**change_row, "seq": followed_change.seq, "change": followed_change.kind.value}


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
    followed_after, pause_seconds = selection.after or 0, FIRST_PAUSE_SECONDS
    while True:
        change_batch = read_changes(engine, replace(selection, after=followed_after))
        if change_batch.cursor.seq > followed_after:
            write(change_batch.lines)
            save_cursor(change_batch.cursor)
            followed_after, pause_seconds = change_batch.cursor.seq, 0.0
        if wait(pause_seconds):
            return change_batch.cursor
        pause_seconds = min(max(2 * pause_seconds, FIRST_PAUSE_SECONDS), MAX_PAUSE_SECONDS)


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
        line_end = self._stream.seek(0, os.SEEK_END)
        while line_end:
            block_begin = max(0, line_end - READ_BYTES)
            self._stream.seek(block_begin)
            newline_index = self._stream.read(line_end - block_begin).rfind(b"\n")
            if newline_index >= 0:
                line_end = block_begin + newline_index + 1
                break
            line_end = block_begin
        self._stream.truncate(line_end)

    def close(self) -> None:
        """Close the file."""
        self._stream.close()

    def write(self, change_lines: bytes) -> None:
        """Append whole lines; they are on disk when this returns. Raises ExportError."""
        try:
            self._stream.write(change_lines)
            self._stream.flush()
            os.fsync(self._stream.fileno())
        except OSError as error:
            raise write_error(self._path, error) from error


def write_cursor(path: Path, cursor: FeedCursor) -> None:
    """Write a cursor to a file, atomically; raises ExportError."""
    write_atomically(path, json.dumps({"cursor": cursor.seq, "archive": cursor.archive}) + "\n")
