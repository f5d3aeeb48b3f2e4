"""`congdoan report`: the report of a run or a night, as text, JSON, HTML, badges or metrics."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import click
from sqlalchemy import Connection

from crawler.cli.context import Setup, console
from crawler.cli.output.health import print_overview
from crawler.health.html_report import write_badges, write_report_page
from crawler.health.metrics import write_metrics
from crawler.health.overview import build_overview
from storage.database.engine import reading
from storage.database.ids import number_in
from storage.runs import runs as run_rows
from storage.runs.runs import Run

REPORT_FILE = click.Path(path_type=Path, dir_okay=False)


@click.command()
@click.argument("run", required=False)
@click.option("--json", "as_json", is_flag=True, help="Summary, proposals and reports as JSON.")
@click.option("--html", "page", type=REPORT_FILE, metavar="FILE", help="Write one page with charts.")
@click.option("--badges", type=click.Path(path_type=Path, file_okay=False), help="Write an SVG badge a site.")
@click.option(
    "--metrics", type=REPORT_FILE, metavar="FILE", help="Write Prometheus metrics; must end in .prom."
)
@click.option("--sites", "every", is_flag=True, help="The newest run of every site, of any night.")
@click.option("-v", "--verbose", is_flag=True, help="Details of every site, not only of those in trouble.")
@click.pass_obj
def report(setup: Setup, /, run: str | None, every: bool, verbose: bool, **report_options: object) -> None:
    """Print the report of a RUN (its number), of a night (its name), or of the last night.

    \b
    Example: congdoan report --html night.html --badges badges

    Sites in trouble come first. Exit code 0 only when every run shown is healthy.
    """
    with reading(setup.archive()) as connection:
        reported_runs = _reported_runs(connection, run, every=every)
        if not reported_runs:
            raise click.ClickException(
                f"no run or night {run or ''} in this archive; `congdoan nightly` makes one"
            )
        report_overview = build_overview(connection, reported_runs)
    if isinstance(report_page := report_options["page"], Path):
        write_report_page(report_overview, report_page)
    if isinstance(badges_folder := report_options["badges"], Path):
        write_badges(report_overview, badges_folder)
    if isinstance(metrics_file := report_options["metrics"], Path):
        write_metrics(report_overview, metrics_file)
    if report_options["as_json"]:
        click.echo(json.dumps(report_overview.as_dict(), ensure_ascii=False, indent=1))
    else:
        print_overview(console(), report_overview, every=verbose or len(report_overview.sites) == 1)
    sys.exit(0 if report_overview.healthy else 1)


def _reported_runs(connection: Connection, run: str | None, *, every: bool) -> tuple[Run, ...]:
    if every:
        return run_rows.newest_run_of_each_site(connection)
    if run and run.isdigit():
        run_number = number_in(run)
        reported_run = run_rows.run_by_id(connection, run_number) if run_number else None
        return (reported_run,) if reported_run else ()
    reported_night = run or run_rows.last_night(connection)
    return run_rows.runs_of_night(connection, reported_night) if reported_night else ()
