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
    verify_began = time.monotonic()
    verify_reports = []
    for verify_report in _verify_reports(engine, setup.config, files, share):
        verify_reports.append(verify_report)
        _record_verification(engine, verify_report, repair=repair, refetch=refetch)
    verify_seconds = time.monotonic() - verify_began
    if as_json:
        click.echo(json.dumps(_verify_json(verify_reports, verify_seconds), ensure_ascii=False, indent=1))
    else:
        _print_verify_reports(verify_reports, verify_seconds)
    sys.exit(1 if any(verify_report.problems for verify_report in verify_reports) else 0)


def _verify_reports(
    engine: Engine, config: Config, files: Sequence[str], share: float
) -> Iterator[FixityReport]:
    with reading(engine) as connection:
        files_to_verify = files or fixity.files_to_verify(connection, config.warcs, share)
    for verified_file in files_to_verify:
        with reading(engine) as connection:  # one for each file: a long transaction would let the WAL grow
            yield fixity.verify_file(
                connection, config.warcs, verified_file.rpartition("/")[2].removesuffix(".open")
            )


def _record_verification(engine: Engine, verify_report: FixityReport, *, repair: bool, refetch: bool) -> None:
    verified_at = datetime.now(UTC)
    with engine.begin() as connection:
        fixity.record_verification(connection, verify_report, verified_at)
        for verify_problem in verify_report.problems:
            if repair:
                fixity.correct_position(connection, verify_problem)
            if refetch:
                fixity.request_again(connection, verify_problem, verified_at)


def _verify_json(verify_reports: Sequence[FixityReport], verify_seconds: float) -> dict[str, object]:
    verify_totals = {
        "files": len(verify_reports),
        "bytes": sum(verify_report.bytes for verify_report in verify_reports),
        "records": sum(verify_report.records for verify_report in verify_reports),
        "rows": sum(verify_report.rows for verify_report in verify_reports),
        "unsettled": sum(verify_report.unsettled for verify_report in verify_reports),
        "being_written": [
            verify_report.warc_file for verify_report in verify_reports if verify_report.being_written
        ],
        "seconds": round(verify_seconds, 2),
    }
    verify_problems = [
        asdict(verify_problem)
        for verify_report in verify_reports
        for verify_problem in verify_report.problems
    ]
    return {**verify_totals, "sound": not verify_problems, "problems": verify_problems}


def _print_verify_reports(verify_reports: Sequence[FixityReport], verify_seconds: float) -> None:
    verify_output = console()
    verify_problems = [
        verify_problem for verify_report in verify_reports for verify_problem in verify_report.problems
    ]
    if verify_problems:
        verify_table = Table("problem", "where", "message", "what to do", title="problems")
        for verify_problem in verify_problems:
            damaged_record = verify_problem.warc_file + (
                f"@{verify_problem.offset}" if verify_problem.offset is not None else ""
            )
            harmed_urls = "".join(f"\n{url}" for url in verify_problem.urls)
            further_urls = len(verify_problem.captures) - len(verify_problem.urls)
            harmed_urls += f"\nand {further_urls} more" if further_urls > 0 else ""
            problem_cells = (
                verify_problem.kind,
                damaged_record,
                verify_problem.said + harmed_urls,
                verify_problem.advice,
            )
            verify_table.add_row(*(Text(cell) for cell in problem_cells))
        verify_output.print(verify_table)
    verify_totals = _verify_json(verify_reports, verify_seconds)
    verdict = f"{len(verify_problems)} problems" if verify_problems else "sound"
    verify_output.print(
        f"{verify_totals['files']} files, {verify_totals['records']} records, {verify_totals['rows']} rows, "
        f"{verify_totals['bytes']} bytes "
        f"in {verify_totals['seconds']} s: {verdict}"
    )
    if verify_totals["unsettled"]:
        verify_output.print(
            f"{verify_totals['unsettled']} records or torn tails without a row after a crash: no damage, "
            "their URLs are fetched again"
        )
    for verified_file in (
        verify_report.warc_file for verify_report in verify_reports if verify_report.being_written
    ):
        verify_output.print(f"{verified_file} is being written: not verified now", markup=False)
