"""`congdoan account`: the accounts of readers who may sign in to the reading room."""

from __future__ import annotations

from pathlib import Path

import click

from crawler.cli.access_options import ACCESS_ROLES
from crawler.cli.context import console
from crawler.config import ConfigError
from storage.web.auth import accounts as account_files
from storage.web.auth.accounts import AccountError
from storage.web.roles import Role


@click.command()
@click.argument("name")
@click.option(
    "--role",
    type=click.Choice(ACCESS_ROLES[1:]),
    default="reader",
    show_default=True,
    help="Role of the account.",
)
@click.option("--remove", is_flag=True, help="Remove the account.")
@click.option(
    "--file",
    "account_file",
    type=click.Path(path_type=Path, dir_okay=False),
    default="accounts.txt",
    show_default=True,
    help="File that `congdoan serve --accounts` reads.",
)
def account(name: str, role: str, account_file: Path, *, remove: bool) -> None:
    """Make, change or remove the account of a reader who may sign in to the reading room.

    \b
    Example: congdoan account mai --role curator
             congdoan account mai --remove

    The password is prompted for and stored only as an argon2 hash. A running reading room reads the change
    at once; a session that was signed in with another password ends.
    """
    try:
        if remove:
            account_files.remove_account(account_file, name)
            console(err=True).print(f"{name}: removed from {account_file}")
            return
        password = click.prompt("Password", hide_input=True, confirmation_prompt=True)
        account_files.put_account(account_file, name, Role[role.upper()], password)
    except AccountError as error:
        raise ConfigError(str(error)) from error
    console(err=True).print(f"{name}: {role}, in {account_file}")
