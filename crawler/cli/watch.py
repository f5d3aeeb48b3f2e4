"""`congdoan watch`: saved searches and their alerts."""

from __future__ import annotations

import sys
from collections.abc import Callable
from datetime import UTC, datetime

import click
from rich.table import Table

from crawler.alerts.notify import (
    NotifyAddresses,
    NotifyError,
    addresses_from_environment,
    notify_reader,
    notify_target,
    require_target_name,
)
from crawler.alerts.send_alert import AlertOutcome, AlertRun, send_alert
from crawler.cli.context import Setup, console
from storage.database.engine import reading
from storage.readers import saved_searches
from storage.readers.alert_digest import AlertDigest
from storage.readers.saved_searches import DIGEST_LANGUAGES, AlertRecipient, SavedSearch, SavedSearchError
from storage.search.query.parse import QueryError


@click.group()
def watch() -> None:
    """Manage saved searches, and send an alert for what is new in them.

    \b
    Example: congdoan watch add tet 'site:congdoanbackan "Tết Sum vầy"' --to archivist && congdoan watch run

    A target is a name. Its address is an Apprise URL (mailto://…, json://…, a hundred services) in the
    variable CONGDOAN_NOTIFY_<NAME> or in the TOML file that notify_file names; never in the database.
    """


@watch.command()
@click.argument("name")
@click.argument("query", nargs=-1, required=True)
@click.option("--to", "target", required=True, metavar="TARGET", help="Name of the target of the alerts.")
@click.option(
    "--language",
    type=click.Choice(DIGEST_LANGUAGES),
    default="vi",
    show_default=True,
    help="Language of the alerts.",
)
@click.pass_obj
def add(setup: Setup, name: str, query: tuple[str, ...], target: str, language: str) -> None:
    """Save a search, and report what is new in it from now on.

    \b
    Example: congdoan watch add an_toan '"an toàn lao động" place:thái nguyên' --to archivist
    """
    watched_query = " ".join(query)
    require_target_name(target)
    with setup.archive().begin() as connection:
        try:
            saved_searches.add_search(
                connection, name, watched_query, AlertRecipient("", target, language), datetime.now(UTC)
            )
        except QueryError as error:
            raise click.ClickException(f"{error}\n  {watched_query}\n  {' ' * error.position}^") from error
    click.echo(f"watching {name}; `congdoan watch run` sends {target} what is new from now on", err=True)


@watch.command("list")
@click.pass_obj
def list_watches(setup: Setup) -> None:
    """List the saved searches, and when each last ran and sent an alert.

    \b
    Example: congdoan watch list

    Those with an owner were saved by readers in the reading room.
    """
    watch_table = Table("owner", "name", "query", "target", "language", "ran", "sent")
    with reading(setup.archive()) as connection:
        for watched_search in saved_searches.all_searches(connection):
            watch_times = _watch_time(watched_search.ran_at), _watch_time(watched_search.sent_at)
            watch_table.add_row(
                watched_search.owner,
                watched_search.name,
                watched_search.query,
                watched_search.target,
                watched_search.language,
                *watch_times,
            )
    if watch_table.row_count:
        console().print(watch_table)
    else:
        click.echo("there are no saved searches; `congdoan watch add` saves one", err=True)


def _watch_time(at: datetime | None) -> str:
    return f"{at:%Y-%m-%d %H:%M} UTC" if at else "never"


@watch.command()
@click.argument("name")
@click.option("--owner", default="", help="Owner, of a search that a reader saved.")
@click.pass_obj
def remove(setup: Setup, name: str, owner: str) -> None:
    """Remove a saved search.

    \b
    Example: congdoan watch remove an_toan
    """
    with setup.archive().begin() as connection:
        saved_searches.remove_search(connection, saved_searches.search_by_name(connection, name, owner))
    click.echo(f"no longer watching {name}", err=True)


@watch.command("run")
@click.argument("names", nargs=-1)
@click.pass_obj
def run_watches(setup: Setup, names: tuple[str, ...]) -> None:
    """Send what is new since the last run, of all saved searches or those named; nothing new, no alert.

    \b
    Example: congdoan nightly; congdoan watch run

    What could not be sent is sent by the next run, and the exit code is then 1. The alerts of a reader go to
    the address that notify_file has under [readers]; without one they wait in the reading room.
    """
    watch_engine = setup.archive()
    alert_addresses = addresses_from_environment(setup.config.notify_file)
    with reading(watch_engine) as connection:
        by_name = [saved_searches.search_by_name(connection, name) for name in names]
        watched_searches = by_name or saved_searches.all_searches(connection)
    watch_failed = False
    for watched_search in watched_searches:
        try:
            if watched_search.owner and not alert_addresses.url_of_reader(watched_search.owner):
                continue  # shown in the reading room alone, until there is an address
            watch_run = send_alert(
                watch_engine,
                setup.archive_identity(),
                watched_search.id,
                _alert_sender(alert_addresses),
                datetime.now(UTC),
            )
        except (NotifyError, SavedSearchError) as error:
            watch_failed = True
            click.echo(f"congdoan: {error}", err=True)
        else:
            _print_watch_run(
                f"{watched_search.name} ({watched_search.owner})"
                if watched_search.owner
                else watched_search.name,
                watch_run,
            )
    if watch_failed:
        sys.exit(1)


def _alert_sender(alert_addresses: NotifyAddresses) -> Callable[[SavedSearch, AlertDigest], None]:
    def send_watch_alert(watched_search: SavedSearch, watch_alert: AlertDigest) -> None:
        if watched_search.owner:
            notify_reader(alert_addresses, watched_search.owner, watch_alert.title, watch_alert.body)
        else:
            notify_target(alert_addresses, watched_search.target, watch_alert.title, watch_alert.body)

    return send_watch_alert


def _print_watch_run(name: str, watch_run: AlertRun) -> None:
    if watch_run.outcome is AlertOutcome.SENT:
        click.echo(f"{name}: sent {watch_run.stories} stor{'y' if watch_run.stories == 1 else 'ies'}")
    elif watch_run.outcome is not AlertOutcome.QUIET:
        click.echo(f"{name}: {watch_run.outcome}", err=True)
