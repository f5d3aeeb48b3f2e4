"""`congdoan watch`: saved searches, and who is told what is new of them."""

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
from crawler.alerts.saved_searches import AlertOutcome, AlertRun, send_alert
from crawler.cli.context import Setup, console
from storage.database.engine import reading
from storage.readers import saved_searches
from storage.readers.alert_digest import AlertDigest
from storage.readers.saved_searches import DIGEST_LANGUAGES, AlertRecipient, SavedSearch, SavedSearchError
from storage.search.query.parse import QueryError


@click.group()
def watch() -> None:
    """Saved searches, and who is told what is new of them.

    \b
    Example: congdoan watch add tet 'site:congdoanbackan "Tết Sum vầy"' --to archivist && congdoan watch run

    A target is a name. Its address is an Apprise URL (mailto://…, json://…, a hundred services) in the
    variable CONGDOAN_NOTIFY_<NAME> or in the TOML file that notify_file names; never in the database.
    """


@watch.command()
@click.argument("name")
@click.argument("query", nargs=-1, required=True)
@click.option("--to", "target", required=True, metavar="TARGET", help="Name of who is told.")
@click.option(
    "--language", type=click.Choice(DIGEST_LANGUAGES), default="vi", show_default=True, help="Told in it."
)
@click.pass_obj
def add(setup: Setup, name: str, query: tuple[str, ...], target: str, language: str) -> None:
    """Watch a search from now on.

    \b
    Example: congdoan watch add an_toan '"an toàn lao động" place:thái nguyên' --to archivist
    """
    typed = " ".join(query)
    require_target_name(target)
    with setup.archive().begin() as connection:
        try:
            saved_searches.add_search(
                connection, name, typed, AlertRecipient("", target, language), datetime.now(UTC)
            )
        except QueryError as error:
            raise click.ClickException(f"{error}\n  {typed}\n  {' ' * error.position}^") from error
    click.echo(f"watching {name}; `congdoan watch run` tells {target} what is new from now on", err=True)


@watch.command("list")
@click.pass_obj
def list_watches(setup: Setup) -> None:
    """Show every watch, and when it last ran and told something.

    \b
    Example: congdoan watch list

    Readers make watches of their own in the reading room; these have an owner.
    """
    table = Table("owner", "name", "query", "target", "language", "ran", "told")
    with reading(setup.archive()) as connection:
        for each in saved_searches.all_searches(connection):
            moments = _moment(each.ran_at), _moment(each.sent_at)
            table.add_row(each.owner, each.name, each.query, each.target, each.language, *moments)
    if table.row_count:
        console().print(table)
    else:
        click.echo("nothing is watched; `congdoan watch add` begins", err=True)


def _moment(at: datetime | None) -> str:
    return f"{at:%Y-%m-%d %H:%M} UTC" if at else "never"


@watch.command()
@click.argument("name")
@click.option("--owner", default="", help="Of a reader's watch: whose it is.")
@click.pass_obj
def remove(setup: Setup, name: str, owner: str) -> None:
    """Watch a search no longer.

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
    """Tell what is new since the last run, of all watches or those named; quiet when nothing is.

    \b
    Example: congdoan nightly; congdoan watch run

    A watch moves on when its message was taken: what could not be told is told by the next run, and the
    exit code is then 1. A reader's watch is sent to the address notify_file has under [readers]; without one
    it waits for the reader to look at it in the reading room.
    """
    engine = setup.archive()
    addresses = addresses_from_environment(setup.config.notify_file)
    with reading(engine) as connection:
        asked = [
            saved_searches.search_by_name(connection, name) for name in names
        ] or saved_searches.all_searches(connection)
    failed = False
    for each in asked:
        try:
            if each.owner and not addresses.url_of_reader(each.owner):
                continue  # they read what is new in the reading room, until an address is written down
            ran = send_alert(engine, setup.house(), each.id, _sender(addresses), datetime.now(UTC))
        except (NotifyError, SavedSearchError) as error:
            failed = True
            click.echo(f"congdoan: {error}", err=True)
        else:
            _say(f"{each.name} ({each.owner})" if each.owner else each.name, ran)
    if failed:
        sys.exit(1)


def _sender(addresses: NotifyAddresses) -> Callable[[SavedSearch, AlertDigest], None]:
    def send(watch: SavedSearch, message: AlertDigest) -> None:
        if watch.owner:
            notify_reader(addresses, watch.owner, message.title, message.body)
        else:
            notify_target(addresses, watch.target, message.title, message.body)

    return send


def _say(name: str, ran: AlertRun) -> None:
    if ran.outcome is AlertOutcome.SENT:
        click.echo(f"{name}: told {ran.stories} stor{'y' if ran.stories == 1 else 'ies'}")
    elif ran.outcome is not AlertOutcome.QUIET:
        click.echo(f"{name}: {ran.outcome}", err=True)
