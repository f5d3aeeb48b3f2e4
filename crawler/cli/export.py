"""`congdoan export`: articles as files for other programs, or as a stream that follows the changes."""

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
from storage.citations.lookup import with_site_names
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
SELECTION_OPTIONS = (
    click.option(
        "--site", "sites", multiple=True, metavar="KEY", help="Only articles published there, now or earlier."
    ),
    click.option(
        "--place", "places_", multiple=True, metavar="KEY", help="Only of this place and the places in it."
    ),
    click.option("--from", "first_day", type=DAY, help="Only published on this day or later."),
    click.option("--until", "last_day", type=DAY, help="Only published on this day or before."),
    click.option("--query", help="Only what `congdoan search` would find."),
    click.option(
        "--since",
        "after",
        metavar="CURSOR",
        help="Only what changed after this cursor, or the cursor of a file.",
    ),
)


def selection_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the options that select articles."""
    for option in reversed(SELECTION_OPTIONS):
        command = option(command)
    return command


@click.command()
@click.option(
    "-o", "--output", type=click.Path(path_type=Path), help="File, or with --by directory; default: stdout."
)
@click.option(
    "--format", "name", help=f"One of {', '.join(FORMATS)}; default: by the ending of the file's name."
)
@click.option("--by", type=click.Choice(PARTITIONS), help="A directory with files for each.")
@click.option("--excel", is_flag=True, help="CSV with a byte order mark, for Excel.")
@selection_options
@click.option(
    "--follow",
    is_flag=True,
    help="Keep running, and write a line for every change once it is committed.",
)
@click.option(
    "--cursor",
    "kept",
    type=click.Path(path_type=Path),
    help="With --follow: start at the cursor of this file, and keep it up to date.",
)
@click.option("--schema", is_flag=True, help="Print the JSON Schema of a row instead.")
@click.pass_obj
def export(setup: Setup, /, schema: bool, follow: bool, **options: Any) -> None:  # noqa: ANN401 - the options
    """Write articles as JSON Lines, Parquet, CSV, RIS or BibTeX: all, some, or what changed since a cursor.

    \b
    Example: congdoan export -o articles.jsonl.zst
             congdoan export -o archive --by year --format parquet --site congdoanbackan
             congdoan export --since archive/manifest.json -o changes.parquet
             congdoan export --follow --since 0 | your-program

    A file or directory is replaced when the new one is complete; its manifest lists what is in it and the
    cursor to continue from. docs/reference/exports.md explains the formats, docs/reference/data.md every
    column.
    """
    if schema:
        click.echo(article_json_schema_text(), nl=False)
        return
    engine = setup.archive()
    try:
        if follow:
            _follow_feed(engine, options)
        else:
            _write_export(engine, options, setup.archive_identity())
    except QueryError as error:
        typed_query = options["query"]
        raise click.ClickException(f"{error}\n  {typed_query}\n  {' ' * error.position}^") from error


def _selection(engine: Engine, options: dict[str, Any]) -> Selection:
    for place in options["places_"]:
        if place.split("/")[0] not in provinces():
            raise ExportError(
                f"place {place}: no province is called so; spiders/profile/provinces.toml names them"
            )
    after = None
    if options["after"] is not None:
        with reading(engine) as connection:
            after = read_cursor(options["after"]).seq_in(identity(connection))
    days = {name: options[name].date() if options[name] else None for name in ("first_day", "last_day")}
    return Selection(options["sites"], options["places_"], **days, query=options["query"], after=after)


def _write_export(engine: Engine, options: dict[str, Any], identity: ArchiveIdentity) -> None:
    output: Path | None = options["output"]
    if options["kept"]:
        raise click.UsageError("--cursor goes with --follow; without it the manifest keeps the cursor")
    if options["by"] and output is None:
        raise click.UsageError("--by needs a directory: give one with -o")
    export_format = _export_format(options)
    with snapshot(engine) as connection:
        selected = SelectedArticles(connection, _selection(engine, options))
        job = ExportJob(
            selected, citing_archive(export_format, with_site_names(connection, identity)), datetime.now(UTC)
        )
        if output is None:
            counts: ExportCounts | Manifest = export_stream(job, _stdout())
        elif options["by"]:
            counts = export_directory(job, output, options["by"], _print_message)
        else:
            counts = export_file(job, output)
    where = f" in {output}" if output else ""
    copies = f", {counts.storied} of them in stories" if counts.storied else ""
    _print_message(f"{counts.rows} articles{copies}{where}; cursor {job.selected.cursor}")


def _export_format(options: dict[str, Any]) -> ExportFormat:
    output: Path | None = options["output"]
    file_name = str(output) if output and not options["by"] else None
    export_format = choose_format(options["name"], file_name)
    if not options["excel"]:
        return export_format
    if export_format.name != EXCEL_CSV.name:
        raise click.UsageError(f"--excel goes with CSV, not with {export_format.name}")
    return EXCEL_CSV


def _stdout() -> BinaryIO:
    return sys.stdout.buffer


def _print_message(line: str) -> None:
    click.echo(line, err=True)


def _follow_feed(engine: Engine, options: dict[str, Any]) -> None:
    if options["by"] or options["excel"] or options["name"] not in {None, "jsonl"}:
        raise click.UsageError("--follow writes JSON Lines, to standard output or to the end of a file")
    selection = _selection(engine, options)
    cursor_file: Path | None = options["kept"]
    if cursor_file and cursor_file.exists():
        with reading(engine) as connection:
            selection = replace(selection, after=read_cursor(str(cursor_file)).seq_in(identity(connection)))
    stream_end = StreamEnd(None if options["output"] else _stdout())
    write = LineAppender(options["output"]).write if options["output"] else stream_end.write
    try:
        last_cursor = follow_changes(
            engine, selection, write, lambda cursor: _write_cursor_file(cursor_file, cursor), stream_end.wait
        )
    except BrokenPipeError:
        os.dup2(
            os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno()
        )  # so that the rest is not flushed there
        _print_message("the reader has gone; it can continue after the last line it stored")
        return
    _print_message(f"stopped; cursor {last_cursor.seq}")


def _write_cursor_file(path: Path | None, cursor: FeedCursor) -> None:
    if path:
        write_cursor(path, cursor)


class StreamEnd:
    """The end of a stream: SIGTERM is noticed between two batches, a reader that is gone while waiting."""

    def __init__(self, stream: BinaryIO | None) -> None:
        self._stream = stream
        self._stop_requested = False
        self._poll = select.poll()
        if stream:
            self._poll.register(stream.fileno(), 0)  # reports errors and hang-ups only
        signal.signal(signal.SIGTERM, self._request_stop)

    def _request_stop(self, _signal: int, _frame: FrameType | None) -> None:
        if self._stop_requested:
            raise KeyboardInterrupt  # the second SIGTERM ends a write that blocks
        self._stop_requested = True

    def write(self, data: bytes) -> None:
        """Write and flush; blocks while the reader is slow."""
        assert self._stream
        self._stream.write(data)
        self._stream.flush()

    def wait(self, seconds: float) -> bool:
        """Wait; True when it is time to end. Raises BrokenPipeError when the reader has gone."""
        if not self._stop_requested and self._poll.poll(1000 * seconds):
            raise BrokenPipeError
        return self._stop_requested
