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

EXPORT_DAY = click.DateTime(["%Y-%m-%d"])
EXPORT_SELECTION_OPTIONS = (
    click.option(
        "--site", "sites", multiple=True, metavar="KEY", help="Only articles published there, now or earlier."
    ),
    click.option(
        "--place", "places_", multiple=True, metavar="KEY", help="Only of this place and the places in it."
    ),
    click.option("--from", "first_day", type=EXPORT_DAY, help="Only published on this day or later."),
    click.option("--until", "last_day", type=EXPORT_DAY, help="Only published on this day or before."),
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
    for option in reversed(EXPORT_SELECTION_OPTIONS):
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
def export(setup: Setup, /, schema: bool, follow: bool, **export_options: Any) -> None:  # noqa: ANN401 - the options
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
            _follow_feed(engine, export_options)
        else:
            _write_export(engine, export_options, setup.archive_identity())
    except QueryError as error:
        typed_query = export_options["query"]
        raise click.ClickException(f"{error}\n  {typed_query}\n  {' ' * error.position}^") from error


def _export_selection(engine: Engine, export_options: dict[str, Any]) -> Selection:
    for export_province in export_options["places_"]:
        if export_province.split("/")[0] not in provinces():
            raise ExportError(
                f"place {export_province}: no province is called so; "
                "spiders/profile/provinces.toml names them"
            )
    after = None
    if export_options["after"] is not None:
        with reading(engine) as connection:
            after = read_cursor(export_options["after"]).seq_in(identity(connection))
    export_days = {
        name: export_options[name].date() if export_options[name] else None
        for name in ("first_day", "last_day")
    }
    return Selection(
        export_options["sites"],
        export_options["places_"],
        **export_days,
        query=export_options["query"],
        after=after,
    )


def _write_export(engine: Engine, export_options: dict[str, Any], identity: ArchiveIdentity) -> None:
    export_output: Path | None = export_options["output"]
    if export_options["kept"]:
        raise click.UsageError("--cursor goes with --follow; without it the manifest keeps the cursor")
    if export_options["by"] and export_output is None:
        raise click.UsageError("--by needs a directory: give one with -o")
    export_format = _export_format(export_options)
    with snapshot(engine) as connection:
        exported_articles = SelectedArticles(connection, _export_selection(engine, export_options))
        export_job = ExportJob(
            exported_articles,
            citing_archive(export_format, with_site_names(connection, identity)),
            datetime.now(UTC),
        )
        if export_output is None:
            export_counts: ExportCounts | Manifest = export_stream(export_job, _export_stdout())
        elif export_options["by"]:
            export_counts = export_directory(
                export_job, export_output, export_options["by"], _print_export_message
            )
        else:
            export_counts = export_file(export_job, export_output)
    export_place = f" in {export_output}" if export_output else ""
    exported_copies = f", {export_counts.storied} of them in stories" if export_counts.storied else ""
    _print_export_message(
        f"{export_counts.rows} articles{exported_copies}{export_place}; cursor {export_job.selected.cursor}"
    )


def _export_format(export_options: dict[str, Any]) -> ExportFormat:
    export_output: Path | None = export_options["output"]
    file_name = str(export_output) if export_output and not export_options["by"] else None
    export_format = choose_format(export_options["name"], file_name)
    if not export_options["excel"]:
        return export_format
    if export_format.name != EXCEL_CSV.name:
        raise click.UsageError(f"--excel goes with CSV, not with {export_format.name}")
    return EXCEL_CSV


def _export_stdout() -> BinaryIO:
    return sys.stdout.buffer


def _print_export_message(line: str) -> None:
    click.echo(line, err=True)


def _follow_feed(engine: Engine, export_options: dict[str, Any]) -> None:
    if export_options["by"] or export_options["excel"] or export_options["name"] not in {None, "jsonl"}:
        raise click.UsageError("--follow writes JSON Lines, to standard output or to the end of a file")
    export_selection = _export_selection(engine, export_options)
    export_cursor_file: Path | None = export_options["kept"]
    if export_cursor_file and export_cursor_file.exists():
        with reading(engine) as connection:
            export_selection = replace(
                export_selection, after=read_cursor(str(export_cursor_file)).seq_in(identity(connection))
            )
    export_stream_end = ExportStreamEnd(None if export_options["output"] else _export_stdout())
    append_export = (
        LineAppender(export_options["output"]).write if export_options["output"] else export_stream_end.write
    )
    try:
        last_export_cursor = follow_changes(
            engine,
            export_selection,
            append_export,
            lambda export_cursor: _write_export_cursor(export_cursor_file, export_cursor),
            export_stream_end.wait,
        )
    except BrokenPipeError:
        os.dup2(
            os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno()
        )  # so that the rest is not flushed there
        _print_export_message("the reader has gone; it can continue after the last line it stored")
        return
    _print_export_message(f"stopped; cursor {last_export_cursor.seq}")


def _write_export_cursor(export_cursor_file: Path | None, export_cursor: FeedCursor) -> None:
    if export_cursor_file:
        write_cursor(export_cursor_file, export_cursor)


class ExportStreamEnd:
    """The end of a stream: SIGTERM is noticed between two batches, a reader that is gone while waiting."""

    def __init__(self, stream: BinaryIO | None) -> None:
        self._export_stream = stream
        self._stop_requested = False
        self._poll = select.poll()
        if stream:
            self._poll.register(stream.fileno(), 0)  # reports errors and hang-ups only
        signal.signal(signal.SIGTERM, self._request_stop)

    def _request_stop(self, _signal: int, _frame: FrameType | None) -> None:
        if self._stop_requested:
            raise KeyboardInterrupt  # the second SIGTERM ends a write that blocks
        self._stop_requested = True

    def write(self, export_bytes: bytes) -> None:
        """Write and flush; blocks while the reader is slow."""
        assert self._export_stream
        self._export_stream.write(export_bytes)
        self._export_stream.flush()

    def wait(self, seconds: float) -> bool:
        """Wait; True when it is time to end. Raises BrokenPipeError when the reader has gone."""
        if not self._stop_requested and self._poll.poll(1000 * seconds):
            raise BrokenPipeError
        return self._stop_requested
