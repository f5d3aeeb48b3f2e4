"""`congdoan verify`: the fixity of the archive's bytes."""

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
from crawler.config import Config
from storage.captures import fixity
from storage.captures.fixity import FixityReport
from storage.database.engine import reading


def _share(_context: click.Context, _parameter: click.Parameter, text: str) -> float:
    try:
        share = float(Fraction(text))
    except (ValueError, ZeroDivisionError) as error:
        raise click.BadParameter(f"{text}: not a share such as 1/30 or 0.1") from error
    if not 0 < share <= 1:
        raise click.BadParameter(f"{text}: a share is above 0 and at most 1")
    return share


@click.command()
@click.argument("files", nargs=-1, metavar="[WARC]...")
@click.option(
    "--share",
    default="1",
    callback=_share,
    metavar="PART",
    help="Verify this part of all bytes, what was verified longest ago first (1/30: all of it in a month).",
)
@click.option("--mend", is_flag=True, help="Correct rows that say a wrong place of a record that is sound.")
@click.option("--ask-again", is_flag=True, help="Let the next night ask the harmed URLs anew.")
@click.option("--json", "as_json", is_flag=True, help="The report as JSON.")
@click.pass_obj
def verify(
    setup: Setup, files: tuple[str, ...], share: float, mend: bool, ask_again: bool, as_json: bool
) -> None:
    """Hold every WARC record against its row in the database, and every row against its bytes.

    \b
    Example: congdoan verify --share 1/30
    In cron:  0 12 * * *  cd /srv/congdoan && congdoan verify --share 1/30

    Exit code 1 when anything is damaged; each problem says what to do. Damage never ends the walk.
    """
    engine = setup.archive()
    began = time.monotonic()
    reports = []
    for report in _reports(engine, setup.config, files, share):
        reports.append(report)
        _follow_up(engine, report, mend=mend, ask_again=ask_again)
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
        with reading(engine) as connection:  # anew for each file: a long reading would keep the WAL long
            yield fixity.verify_file(connection, config.warcs, name.rpartition("/")[2].removesuffix(".open"))


def _follow_up(engine: Engine, report: FixityReport, *, mend: bool, ask_again: bool) -> None:
    now = datetime.now(UTC)
    with engine.begin() as connection:
        fixity.record_verification(connection, report, now)
        for problem in report.problems:
            if mend:
                fixity.correct_position(connection, problem)
            if ask_again:
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
        table = Table("what", "where", "said", "what to do", title="problems")
        for problem in problems:
            where = problem.warc_file + (f"@{problem.offset}" if problem.offset is not None else "")
            harmed = "".join(f"\n{url}" for url in problem.urls)
            more = len(problem.captures) - len(problem.urls)
            harmed += f"\nand {more} more" if more > 0 else ""
            cells = (problem.kind, where, problem.said + harmed, problem.advice)
            table.add_row(*(Text(cell) for cell in cells))
        out.print(table)
    told = _as_json(reports, seconds)
    out.print(
        f"{told['files']} files, {told['records']} records, {told['rows']} rows, {told['bytes']} bytes "
        f"in {told['seconds']} s: {'sound' if not problems else f'{len(problems)} problems'}"
    )
    if told["unsettled"]:
        out.print(
            f"{told['unsettled']} records or torn tails a crash left without a row: asked again, no damage"
        )
    for name in (report.warc_file for report in reports if report.being_written):
        out.print(f"{name} is being written: not verified now", markup=False)
