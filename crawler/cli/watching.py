"""`congdoan watch`: saved searches, and who is told what is new of them."""

from __future__ import annotations

import sys
from collections.abc import Callable
from datetime import UTC, datetime

import click
from rich.table import Table

from crawler.cli.context import Setup, console
from crawler.notify import NotifyError, from_environment, notify, require_name
from crawler.watching import Came, Ran, run_watch
from storage import watches
from storage.database import reading
from storage.digest import Digest
from storage.search.query import QueryError
from storage.watches import WatchError


@click.group()
def watch() -> None:
    """Saved searches, and who is told what is new of them.

    \b
    Example: congdoan watch add tet 'site:congdoanbackan "Tết Sum vầy"' --to archivist && congdoan watch run

    A target is a name. Its address is an Apprise URL (mailto://…, json://…, a hundred services) in the
    variable CONGDOAN_NOTIFY_<NAME> or in the TOML file that notify_file names; never in the database.
    """  # noqa: D301 - \b is click's mark for text to leave as it is


@watch.command()
@click.argument("name")
@click.argument("query", nargs=-1, required=True)
@click.option("--to", "target", required=True, metavar="TARGET", help="Name of who is told.")
@click.pass_obj
def add(setup: Setup, name: str, query: tuple[str, ...], target: str) -> None:
    r"""Watch a search from now on.

    \b
    Example: congdoan watch add an_toan '"an toàn lao động" place:thái nguyên' --to archivist
    """
    typed = " ".join(query)
    require_name(target)
    with setup.archive().begin() as connection:
        try:
            watches.add(connection, name, typed, target, datetime.now(UTC))
        except QueryError as error:
            raise click.ClickException(f"{error}\n  {typed}\n  {' ' * error.position}^") from error
    click.echo(f"watching {name}; `congdoan watch run` tells {target} what is new from now on", err=True)


@watch.command("list")
@click.pass_obj
def list_watches(setup: Setup) -> None:
    r"""Show every watch, and when it last ran and told something.

    \b
    Example: congdoan watch list
    """
    table = Table("name", "query", "target", "ran", "told")
    with reading(setup.archive()) as connection:
        for each in watches.every(connection):
            table.add_row(each.name, each.query, each.target, _moment(each.ran_at), _moment(each.sent_at))
    if table.row_count:
        console().print(table)
    else:
        click.echo("nothing is watched; `congdoan watch add` begins", err=True)


def _moment(at: datetime | None) -> str:
    return f"{at:%Y-%m-%d %H:%M} UTC" if at else "never"


@watch.command()
@click.argument("name")
@click.pass_obj
def remove(setup: Setup, name: str) -> None:
    r"""Watch a search no longer.

    \b
    Example: congdoan watch remove an_toan
    """
    with setup.archive().begin() as connection:
        watches.remove(connection, name)
    click.echo(f"no longer watching {name}", err=True)


@watch.command("run")
@click.argument("names", nargs=-1)
@click.pass_obj
def run_watches(setup: Setup, names: tuple[str, ...]) -> None:
    r"""Tell what is new since the last run, of all watches or those named; quiet when nothing is.

    \b
    Example: congdoan nightly; congdoan watch run

    A watch moves on when its message was taken: what could not be told is told by the next run, and the
    exit code is then 1.
    """
    engine = setup.archive()
    with reading(engine) as connection:
        asked = names or tuple(each.name for each in watches.every(connection))
    failed = False
    for name in asked:
        try:
            ran = run_watch(engine, setup.house(), name, _sender(setup), datetime.now(UTC))
        except (NotifyError, WatchError) as error:
            failed = True
            click.echo(f"congdoan: {error}", err=True)
        else:
            _say(name, ran)
    if failed:
        sys.exit(1)


def _sender(setup: Setup) -> Callable[[str, Digest], None]:
    addresses = from_environment(setup.config.notify_file)
    return lambda target, message: notify(addresses, target, message.title, message.body)


def _say(name: str, ran: Ran) -> None:
    if ran.came is Came.SENT:
        click.echo(f"{name}: told {ran.stories} stor{'y' if ran.stories == 1 else 'ies'}")
    elif ran.came is not Came.QUIET:
        click.echo(f"{name}: {ran.came}", err=True)


COMMANDS = (watch,)
