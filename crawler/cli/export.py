"""`congdoan export`: the archive, or part of it, for other programs."""

from __future__ import annotations

import os
import select
import signal
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from types import FrameType
from typing import Any, BinaryIO

import click
from sqlalchemy import Engine

from crawler.cli.context import Setup
from spiders.profile.provinces import provinces
from storage.articles.changes import identity
from storage.citations.lookup import named
from storage.citations.reference import ArchiveIdentity
from storage.database.engine import reading, snapshot
from storage.export.directory import export_directory
from storage.export.errors import ExportError
from storage.export.export_job import ExportCounts, ExportJob, export_file, export_stream
from storage.export.follow import LineAppender, follow_changes, write_cursor
from storage.export.formats import EXCEL_CSV, FORMATS, choose_format, citing_archive
from storage.export.manifest import FeedCursor, Manifest, read_cursor
from storage.export.protocols import ExportFormat
from storage.export.row_schema import article_json_schema_text
from storage.export.selection import PARTITIONS, SelectedArticles, Selection
from storage.search.query.parse import QueryError

DAY = click.DateTime(["%Y-%m-%d"])
CHOOSING = (
    click.option("--site", "sites", multiple=True, metavar="KEY", help="Only what stands, or stood, there."),
    click.option("--place", "places_", multiple=True, metavar="KEY", help="Only of this place and below it."),
    click.option("--from", "first_day", type=DAY, help="Only published on this day or later."),
    click.option("--until", "last_day", type=DAY, help="Only published on this day or before."),
    click.option("--query", help="Only what `congdoan search` would find."),
    click.option(
        "--since", "after", metavar="CURSOR", help="Only what changed after it; or a file with one."
    ),
)


def choosing(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the options that choose articles."""
    for option in reversed(CHOOSING):
        command = option(command)
    return command


@click.command()
@click.option(
    "-o", "--output", type=click.Path(path_type=Path), help="File, or with --by directory; default: stdout."
)
@click.option("--format", "name", help=f"One of {', '.join(FORMATS)}; default: what the file's name tells.")
@click.option("--by", type=click.Choice(PARTITIONS), help="A directory with files for each.")
@click.option("--excel", is_flag=True, help="CSV with a byte order mark, as Excel wants it.")
@choosing
@click.option(
    "--follow", "on", is_flag=True, help="Stay, and write a line for every change as it is committed."
)
@click.option(
    "--cursor",
    "kept",
    type=click.Path(path_type=Path),
    help="With --follow: begin where this file says, and keep it.",
)
@click.option("--schema", is_flag=True, help="Print the JSON Schema of a row instead.")
@click.pass_obj
def export(setup: Setup, /, schema: bool, on: bool, **asked: Any) -> None:  # noqa: ANN401 - the options
    """Write articles as JSON Lines, Parquet, CSV, RIS or BibTeX: all, some, or what changed since a cursor.

    \b
    Example: congdoan export -o articles.jsonl.zst
             congdoan export -o archive --by year --format parquet --site congdoanbackan
             congdoan export --since archive/manifest.json -o changes.parquet
             congdoan export --follow --since 0 | your-program

    A file or directory is replaced when the new one is whole; its manifest tells what is in it and the
    cursor to go on from. docs/reference/exports.md tells more, docs/reference/data.md what every column
    means.
    """
    if schema:
        click.echo(article_json_schema_text(), nl=False)
        return
    engine = setup.archive()
    try:
        if on:
            _follow(engine, asked)
        else:
            _export(engine, asked, setup.house())
    except QueryError as error:
        told = asked["query"]
        raise click.ClickException(f"{error}\n  {told}\n  {' ' * error.position}^") from error


def _selection(engine: Engine, asked: dict[str, Any]) -> Selection:
    for place in asked["places_"]:
        if place.split("/")[0] not in provinces():
            raise ExportError(
                f"place {place}: no province is called so; spiders/profile/provinces.toml names them"
            )
    after = None
    if asked["after"] is not None:
        with reading(engine) as connection:
            after = read_cursor(asked["after"]).seq_in(identity(connection))
    days = {name: asked[name].date() if asked[name] else None for name in ("first_day", "last_day")}
    return Selection(asked["sites"], asked["places_"], **days, query=asked["query"], after=after)


def _export(engine: Engine, asked: dict[str, Any], house: ArchiveIdentity) -> None:
    output: Path | None = asked["output"]
    if asked["kept"]:
        raise click.UsageError("--cursor goes with --follow; without it the manifest keeps the cursor")
    if asked["by"] and output is None:
        raise click.UsageError("--by needs a directory: give one with -o")
    form = _format(asked)
    with snapshot(engine) as connection:
        choice = SelectedArticles(connection, _selection(engine, asked))
        job = ExportJob(choice, citing_archive(form, named(connection, house)), datetime.now(UTC))
        if output is None:
            made: ExportCounts | Manifest = export_stream(job, _stdout())
        elif asked["by"]:
            made = export_directory(job, output, asked["by"], _say)
        else:
            made = export_file(job, output)
    where = f" in {output}" if output else ""
    copies = f", {made.storied} of them in stories" if made.storied else ""
    _say(f"{made.rows} articles{copies}{where}; cursor {job.selected.cursor}")


def _format(asked: dict[str, Any]) -> ExportFormat:
    output: Path | None = asked["output"]
    named = str(output) if output and not asked["by"] else None
    form = choose_format(asked["name"], named)
    if not asked["excel"]:
        return form
    if form.name != EXCEL_CSV.name:
        raise click.UsageError(f"--excel goes with CSV, not with {form.name}")
    return EXCEL_CSV


def _stdout() -> BinaryIO:
    return sys.stdout.buffer


def _say(line: str) -> None:
    click.echo(line, err=True)


def _follow(engine: Engine, asked: dict[str, Any]) -> None:
    if asked["by"] or asked["excel"] or asked["name"] not in {None, "jsonl"}:
        raise click.UsageError("--follow writes JSON Lines, to standard output or to the end of a file")
    wanted = _selection(engine, asked)
    kept: Path | None = asked["kept"]
    if kept and kept.exists():
        with reading(engine) as connection:
            wanted = replace(wanted, after=read_cursor(str(kept)).seq_in(identity(connection)))
    end = _End(None if asked["output"] else _stdout())
    write = LineAppender(asked["output"]).write if asked["output"] else end.write
    try:
        last = follow_changes(engine, wanted, write, lambda cursor: _keep(kept, cursor), end.wait)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # what is left is not flushed there
        _say("the reader has gone; it goes on from the last line it kept")
        return
    _say(f"stopped; cursor {last.seq}")


def _keep(path: Path | None, cursor: FeedCursor) -> None:
    if path:
        write_cursor(path, cursor)


class _End:
    """How a stream ends: SIGTERM is heard between two batches, and a reader that went away while waiting."""

    def __init__(self, stream: BinaryIO | None) -> None:
        self._stream = stream
        self._asked = False
        self._poll = select.poll()
        if stream:
            self._poll.register(stream.fileno(), 0)  # told of errors and hang-ups only
        signal.signal(signal.SIGTERM, self._ask)

    def _ask(self, _signal: int, _frame: FrameType | None) -> None:
        if self._asked:
            raise KeyboardInterrupt  # a second one ends a write that nobody reads
        self._asked = True

    def write(self, data: bytes) -> None:
        """Write and flush; blocks while the reader is slow."""
        assert self._stream
        self._stream.write(data)
        self._stream.flush()

    def wait(self, seconds: float) -> bool:
        """Wait; True when it is time to end. Raises BrokenPipeError when the reader has gone."""
        if not self._asked and self._poll.poll(1000 * seconds):
            raise BrokenPipeError
        return self._asked
