"""`congdoan nightly`: visit every site that is due, or print what would be requested."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import click
from sqlalchemy import Connection

from crawler.cli.context import Setup, console, open_archive
from crawler.cli.crawl import AS_OF, DIAL, REVISIT, new_night, run_night
from crawler.cli.output.plan import print_nothing_due, print_plan
from crawler.config import Config, dial_option
from crawler.night.plan import ArchiveState, deadline, plan
from crawler.night.session import NightSettings
from storage.database.engine import reading
from storage.frontier import hosts, leases
from storage.frontier.due import count_due
from storage.runs.runs import last_visits


@click.command()
@DIAL
@REVISIT
@AS_OF
@click.option("--until", metavar="HH:MM", help="End then; what waits is fetched first in the next night.")
@click.option("--dry-run", is_flag=True, help="Print what would be fetched, and why, without a request.")
@click.pass_obj
def nightly(
    setup: Setup, dial: tuple[str, ...], revisit: str, as_of: str | None, until: str | None, *, dry_run: bool
) -> None:
    """Visit every site that is due, side by side, and report.

    \b
    Example: congdoan nightly --until 05:00
    In cron or a systemd timer: see `congdoan schedule`

    Budgets of pages, megabytes and minutes are in congdoan.toml and in the profiles. An interrupted night
    resumes; of two nights at the same time each visits the sites that the other does not.

    Exit codes: 0 every run is healthy, or nothing was due; 1 a run needs a person, or a site could not
    begin; 2 wrong usage; 3 the night could not be run (configuration, database, disk); 130 interrupted
    twice.
    """
    config = setup.config_with(dial=dial_option(dial), until=until)
    now = datetime.now(UTC)
    night = replace(
        new_night(now, as_of, revisit), until=deadline(config.until, config.timezone, now), only_due=True
    )
    if dry_run:
        _print_dry_run(setup, config, night, now)
        return
    night_engine = open_archive(config, create=True)
    with reading(night_engine) as connection:
        night_archive_state = _night_archive_state(connection, now)
    night_engine.dispose()
    planned_night = plan(setup.profiles, night_archive_state, config, night.as_of, now)
    due_tonight = [site.profile for site in planned_night if site.due]
    if due_tonight:
        run_night(config, due_tonight, night)
    else:
        print_nothing_due(console(), setup.profiles, night_archive_state.last)


def _night_archive_state(connection: Connection, now: datetime) -> ArchiveState:
    """What the archive says of its sites: last visits, those being visited now, hosts that wait."""
    sites_being_visited = frozenset(leases.leased_sites(connection, now))
    return ArchiveState(last_visits(connection), sites_being_visited, hosts.waiting_hosts(connection, now))


def _print_dry_run(setup: Setup, config: Config, night: NightSettings, now: datetime) -> None:
    """Print which sites are due and what each would be asked; no archive is made for it."""
    night_archive_state, night_due_counts = ArchiveState({}), {}
    if _archive_exists(config):
        night_engine = open_archive(config)
        with reading(night_engine) as connection:
            night_archive_state = _night_archive_state(connection, now)
            night_due_counts = count_due(connection, night.as_of)
        night_engine.dispose()
    planned_night = plan(setup.profiles, night_archive_state, config, night.as_of, now)
    print_plan(console(), planned_night, night_due_counts, config)


def _archive_exists(config: Config) -> bool:
    """Whether there is an archive to look into; a dry run makes none."""
    return bool(config.database) or (config.data / "archive.db").exists()
