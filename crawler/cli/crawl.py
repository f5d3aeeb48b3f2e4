"""`congdoan nightly`, `crawl`: the commands that ask the web."""

from __future__ import annotations

import sys
from dataclasses import replace
from datetime import UTC, datetime

import click

from crawler.cli.context import Setup, console, open_archive
from crawler.cli.output.health import print_overview
from crawler.cli.output.plan import print_plan
from crawler.cli.output.progress import watcher
from crawler.cli.output.reports import print_nothing_due
from crawler.config import Config, dial_option
from crawler.health.end_of_night import close_night
from crawler.night.plan import Known, deadline, plan
from crawler.night.run import Result
from crawler.night.run import crawl as crawl_sites
from crawler.night.session import Night
from spiders.profile.site_profile import SiteProfile
from storage.database.engine import reading
from storage.frontier import hosts, leases
from storage.frontier.due import outlooks
from storage.runs.runs import last_visits

DIAL = click.option(
    "--dial", multiple=True, metavar="HOST=ADDRESS", help="Ask HOST at a loopback address:port (a replica)."
)
REVISIT = click.option(
    "--revisit",
    type=click.Choice(["due", "all"]),
    default="due",
    show_default=True,
    help="Which known articles are asked again.",
)
AS_OF = click.option(
    "--as-of", metavar="TIME", help="Reckon due dates from this instant (ISO 8601); default: now."
)


def _instant(text: str | None) -> datetime:
    if text is None:
        return datetime.now(UTC)
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise click.BadParameter(f"{text}: not a time such as 2026-03-01T01:00+07:00") from error
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _night(as_of: str | None, revisit: str) -> Night:
    now = datetime.now(UTC)
    return Night(f"{now:%Y%m%dT%H%M%SZ}", _instant(as_of), revisit_all=revisit == "all")


def _run(config: Config, sites: list[SiteProfile], night: Night) -> None:
    result = crawled(config, sites, night)
    close(config, result)
    sys.exit(0 if result.healthy else 1)


def crawled(config: Config, sites: list[SiteProfile], night: Night) -> Result:
    """Visit sites into the archive, which is made where there is none."""
    open_archive(config, create=True).dispose()
    return crawl_sites(config, sites, night, watcher(console(err=True)))


def close(config: Config, result: Result) -> None:
    """Tell of the night, here and wherever the configuration says."""
    engine = open_archive(config)
    seen = close_night(engine, config, result.runs, result.errors)
    engine.dispose()
    print_overview(console(), seen)
    for line in result.errors:
        console().print(f"could not begin: {line}", markup=False)


@click.command()
@DIAL
@REVISIT
@AS_OF
@click.option("--until", metavar="HH:MM", help="End then; what waits is asked first in the next night.")
@click.option("--dry-run", is_flag=True, help="Print what would be asked, and why, without a request.")
@click.pass_obj
def nightly(
    setup: Setup, dial: tuple[str, ...], revisit: str, as_of: str | None, until: str | None, *, dry_run: bool
) -> None:
    """Visit every site that is due, side by side, and report.

    \b
    Example: congdoan nightly --until 05:00
    In cron or a systemd timer: see `congdoan schedule`

    Budgets of pages, megabytes and minutes are in congdoan.toml and in the profiles. An interrupted night
    is gone on with; two nights at a time share the sites, each is visited by one of them.

    Exit codes: 0 every run is healthy, or nothing was due; 1 a run needs a person, or a site could not
    begin; 2 wrong usage; 3 the night could not be held (configuration, database, disk); 130 told twice to
    stop.
    """
    config = setup.config_with(dial=dial_option(dial), until=until)
    now = datetime.now(UTC)
    night = replace(_night(as_of, revisit), until=deadline(config.until, config.timezone, now), only_due=True)
    if dry_run and not _exists(config):
        planned = plan(setup.profiles, Known({}), config, night.as_of, now)
        print_plan(console(), planned, {}, config)
        return
    engine = open_archive(config, create=not dry_run)
    with reading(engine) as connection:
        last = last_visits(connection)
        busy = frozenset(leases.held(connection, now))
        known = Known(last, busy, hosts.waiting(connection, now))
        coming = outlooks(connection, night.as_of) if dry_run else {}
    engine.dispose()
    planned = plan(setup.profiles, known, config, night.as_of, now)
    if dry_run:
        print_plan(console(), planned, coming, config)
        return
    due = [each.profile for each in planned if each.due]
    if not due:
        print_nothing_due(console(), setup.profiles, last)
        return
    _run(config, due, night)


def _exists(config: Config) -> bool:
    """Whether there is an archive to look into; a dry run makes none."""
    return bool(config.database) or (config.data / "archive.db").exists()


@click.command()
@click.argument("sites", nargs=-1, required=True)
@DIAL
@REVISIT
@AS_OF
@click.pass_obj
def crawl(
    setup: Setup, sites: tuple[str, ...], dial: tuple[str, ...], revisit: str, as_of: str | None
) -> None:
    """Visit the named SITES now, due or not.

    \b
    Example: congdoan crawl congdoanbackan laodongthudo
    """
    config = setup.config_with(dial=dial_option(dial))
    _run(config, setup.chosen(sites), _night(as_of, revisit))
