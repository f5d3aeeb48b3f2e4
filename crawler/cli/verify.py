"""`congdoan verify`: compare WARC records with their rows and digests (fixity)."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from fractions import Fraction

import click
from rich.table import Table
from rich.text import Text
from sqlalchemy import Engine

from crawler.cli.context import Setup, console
from crawler.cli.old_options import CommandWithOldOptions
from crawler.config import Config
from storage.captures import fixity
from storage.captures.fixity import FixityReport
from storage.database.engine import reading


def share_option(_context: click.Context, _parameter: click.Parameter, text: str) -> float:
    """The share of --share, like 1/30 or 0.1; raises BadParameter."""
    try:
        share = float(Fraction(text))
    except (ValueError, ZeroDivisionError) as error:
        raise click.BadParameter(f"{text}: not a share such as 1/30 or 0.1") from error
    if not 0 < share <= 1:
        raise click.BadParameter(f"{text}: a share is above 0 and at most 1")
    return share


@click.command(cls=CommandWithOldOptions, old_options={"--mend": "--repair", "--ask-again": "--refetch"})
@click.argument("files", nargs=-1, metavar="[WARC]...")
@click.option(
    "--share",
    default="1",
    callback=share_option,
    metavar="PART",
    help="Verify this share of all bytes, those verified longest ago first (1/30: all in a month).",
)
@click.option("--repair", is_flag=True, help="Correct rows with a wrong offset of a sound record.")
@click.option("--refetch", is_flag=True, help="Let the next night fetch the damaged URLs again.")
@click.option("--json", "as_json", is_flag=True, help="The report as JSON.")
@click.pass_obj
def verify(
    setup: Setup, files: tuple[str, ...], share: float, repair: bool, refetch: bool, as_json: bool
) -> None:
    """Compare every WARC record with its row in the database, and every row with its record.

    \b
    Example: congdoan verify --share 1/30
    In cron:  0 12 * * *  cd /srv/congdoan && congdoan verify --share 1/30

    Exit code 1 when anything is damaged; each problem names what to do. Damage does not end the command.
    """
    engine = setup.archive()
    began = time.monotonic()
    reports = []
    for report in _reports(engine, setup.config, files, share):
        reports.append(report)
        _follow_up(engine, report, repair=repair, refetch=refetch)
    seconds = time.monotonic() - began
    if as_json:
        click.echo(json.dumps(_as_json(reports, seconds), ensure_ascii=False, indent=1))
    else:
        _print(reports, seconds)
    sys.exit(1 if any(report.problems for report in reports) else 0)


def _reports(engine: Engine, config: Config, files: Sequence[str], share: float) -> Iterator[FixityReport]:
    with reading(engine) as connection:
        names = files or fixity.files_to_verify(connection, config.warcs, share)
    for name in names:
        with reading(engine) as connection:  # one for each file: a long transaction would let the WAL grow
            yield fixity.verify_file(connection, config.warcs, name.rpartition("/")[2].removesuffix(".open"))


def _follow_up(engine: Engine, report: FixityReport, *, repair: bool, refetch: bool) -> None:
    now = datetime.now(UTC)
    with engine.begin() as connection:
        fixity.record_verification(connection, report, now)
        for problem in report.problems:
            if repair:
                fixity.correct_position(connection, problem)
            if refetch:
                fixity.request_again(connection, problem, now)


def _as_json(reports: Sequence[FixityReport], seconds: float) -> dict[str, object]:
    totals = {
        "files": len(reports),
        "bytes": sum(report.bytes for report in reports),
        "records": sum(report.records for report in reports),
        "rows": sum(report.rows for report in reports),
        "unsettled": sum(report.unsettled for report in reports),
        "being_written": [report.warc_file for report in reports if report.being_written],
        "seconds": round(seconds, 2),
    }
    problems = [asdict(problem) for report in reports for problem in report.problems]
    return {**totals, "sound": not problems, "problems": problems}


def _print(reports: Sequence[FixityReport], seconds: float) -> None:
    out = console()
    problems = [problem for report in reports for problem in report.problems]
    if problems:
        table = Table("problem", "where", "message", "what to do", title="problems")
        for problem in problems:
            where = problem.warc_file + (f"@{problem.offset}" if problem.offset is not None else "")
            harmed_urls = "".join(f"\n{url}" for url in problem.urls)
            more = len(problem.captures) - len(problem.urls)
            harmed_urls += f"\nand {more} more" if more > 0 else ""
            columns = (problem.kind, where, problem.said + harmed_urls, problem.advice)
            table.add_row(*(Text(cell) for cell in columns))
        out.print(table)
    totals = _as_json(reports, seconds)
    out.print(
        f"{totals['files']} files, {totals['records']} records, {totals['rows']} rows, "
        f"{totals['bytes']} bytes "
        f"in {totals['seconds']} s: {'sound' if not problems else f'{len(problems)} problems'}"
    )
    if totals["unsettled"]:
        out.print(
            f"{totals['unsettled']} records or torn tails without a row after a crash: no damage, "
            "their URLs are fetched again"
        )
    for name in (report.warc_file for report in reports if report.being_written):
        out.print(f"{name} is being written: not verified now", markup=False)
