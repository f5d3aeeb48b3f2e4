"""`congdoan account`: sign-in accounts; and the access options of `congdoan serve`."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import click

from crawler.cli.context import console
from crawler.config import PREFIX, ConfigError
from storage.web.auth import accounts as account_files
from storage.web.auth.accounts import AccountError
from storage.web.auth.proxy_headers import parse_network
from storage.web.roles import MIN_SECRET_CHARS, AccessSettings, Network, Role

ROLES = tuple(role.name.lower() for role in Role)
LOCAL_HOST_NAMES = ("localhost", "127.0.0.1", "[::1]")
LOCAL_NETWORKS = ("127.0.0.1/32", "::1/128")  # where a proxy on this machine connects from
SECRET_VARIABLE = f"{PREFIX}SECRET"
SEE_SERVING = "(docs/how-to/serving.md)"


@dataclass(frozen=True, slots=True)
class AccessOptions:
    """The options of `congdoan serve` that say who may use the reading room and in which role."""

    host: str  # address the server listens on
    behind_proxy: bool
    trusted_proxy: tuple[str, ...]  # addresses or networks of the proxy
    user_header: str
    groups_header: str
    grant: tuple[str, ...]  # NAME=ROLE, for users and groups the proxy names
    accounts: Path | None
    secret_file: Path | None
    everyone: str
    allow_host: tuple[str, ...]


ACCESS_OPTION_NAMES = tuple(name for name in AccessOptions.__slots__ if name != "host")
ACCESS_OPTIONS = (
    click.option("--behind-proxy", is_flag=True, help="A reverse proxy with TLS is in front."),
    click.option(
        "--trusted-proxy",
        multiple=True,
        metavar="ADDRESS",
        help="Address or network of that proxy; may be repeated. [default: loopback]",
    ),
    click.option(
        "--user-header",
        default="",
        metavar="NAME",
        help="Header in which the proxy names the user, such as X-Forwarded-User.",
    ),
    click.option(
        "--groups-header", default="", metavar="NAME", help="Header in which it names the user's groups."
    ),
    click.option(
        "--grant",
        multiple=True,
        metavar="NAME=ROLE",
        help="Role of a user or group that the proxy names: reader, curator, operator; others are readers.",
    ),
    click.option(
        "--accounts",
        type=click.Path(path_type=Path, dir_okay=False),
        help="File of the accounts that may sign in; `congdoan account` makes it.",
    ),
    click.option(
        "--secret-file",
        type=click.Path(path_type=Path, dir_okay=False),
        help=f"File of the key that signs sessions, when it is not in {SECRET_VARIABLE}.",
    ),
    click.option(
        "--everyone",
        type=click.Choice(ROLES),
        default="reader",
        show_default=True,
        help="Role of a reader who has not signed in.",
    ),
    click.option(
        "--allow-host", multiple=True, metavar="NAME", help="Another host name readers use; may be repeated."
    ),
)


def access_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the options that say who may use the reading room."""
    for option in reversed(ACCESS_OPTIONS):
        command = option(command)
    return command


def access_from_options(
    options: AccessOptions, base_url: str, environ: Mapping[str, str] = os.environ
) -> AccessSettings:
    """Return who may use the reading room, and in which role.

    Raises ConfigError for options that leave it open to a network, or closed to everybody.
    """
    proxied = options.behind_proxy or bool(options.trusted_proxy)
    _require_safe_options(options, base_url, proxied=proxied)
    return AccessSettings(
        hosts=_accepted_hosts(options, base_url),
        anonymous_role=Role[options.everyone.upper()],
        proxies=tuple(map(_network, options.trusted_proxy or LOCAL_NETWORKS)) if proxied else (),
        user_header=options.user_header,
        groups_header=options.groups_header,
        granted_roles=dict(map(_name_and_role, options.grant)),
        accounts_file=_readable_accounts(options.accounts),
        session_secret=_session_secret(options, environ) if options.accounts else "",
        secure_cookies=base_url.startswith("https://"),
    )


def _require_safe_options(options: AccessOptions, base_url: str, *, proxied: bool) -> None:
    local_only = _is_loopback(options.host) and not proxied
    above_reader = Role[options.everyone.upper()] > Role.READER
    shuts_everybody_out = options.everyone == "nobody" and not (options.accounts or options.user_header)
    passwords_in_clear = not local_only and options.accounts and not base_url.startswith("https://")
    refusals = (
        (
            not proxied and not local_only,
            f"--host {options.host}: others could reach the reading room, and what they send would travel in "
            "the clear; listen at 127.0.0.1, or put a reverse proxy in front and say --behind-proxy",
        ),
        (
            proxied and not (base_url or options.allow_host),
            "--behind-proxy: say by which name readers ask: --base-url https://…",
        ),
        (
            (options.user_header or options.groups_header) and not proxied,
            "--user-header: who may tell it? Say --behind-proxy or --trusted-proxy",
        ),
        (
            options.groups_header and not options.user_header,
            "--groups-header: whose groups? Say --user-header too",
        ),
        (options.user_header and options.accounts, "--accounts and --user-header: one of them says who asks"),
        (
            not local_only and above_reader,
            f"--everyone {options.everyone}: on a network everyone is a reader or nobody",
        ),
        (passwords_in_clear, "--accounts: passwords would travel in the clear; say --base-url https://…"),
        (shuts_everybody_out, "--everyone nobody: nobody could come in; say --accounts or --user-header"),
    )
    for applies, message in refusals:
        if applies:
            raise ConfigError(f"{message} {SEE_SERVING}")


def _accepted_hosts(options: AccessOptions, base_url: str) -> tuple[str, ...]:
    public_name = urlsplit(base_url).hostname or ""
    public_host = f"[{public_name}]" if ":" in public_name else public_name
    listening_host = f"[{options.host}]" if ":" in options.host else options.host
    return tuple(
        dict.fromkeys(
            name for name in (*LOCAL_HOST_NAMES, listening_host, public_host, *options.allow_host) if name
        )
    )


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _network(address: str) -> Network:
    try:
        return parse_network(address)
    except ValueError as error:
        raise ConfigError(f"--trusted-proxy {address}: {error}; write 10.0.0.5 or 10.0.0.0/24") from error


def _name_and_role(text: str) -> tuple[str, Role]:
    name, _, role = text.rpartition("=")
    if not name or role not in ROLES:
        raise ConfigError(f"--grant {text}: write NAME=ROLE, the role one of {', '.join(ROLES)}")
    return name, Role[role.upper()]


def _readable_accounts(path: Path | None) -> Path | None:
    if path:
        try:
            account_files.read_accounts(path)
        except AccountError as error:
            raise ConfigError(str(error)) from error
    return path


def _session_secret(options: AccessOptions, environ: Mapping[str, str]) -> str:
    secret = environ.get(SECRET_VARIABLE, "")
    if options.secret_file:
        try:
            secret = options.secret_file.read_text(encoding="utf-8").strip()
        except OSError as error:
            raise ConfigError(f"--secret-file {options.secret_file}: {error.strerror}") from error
    if len(secret) < MIN_SECRET_CHARS:
        raise ConfigError(
            f"--accounts: sessions need a secret of {MIN_SECRET_CHARS} characters or more in "
            f"{SECRET_VARIABLE} or --secret-file; `openssl rand -hex 32` makes one {SEE_SERVING}"
        )
    return secret


@click.command()
@click.argument("name")
@click.option(
    "--role", type=click.Choice(ROLES[1:]), default="reader", show_default=True, help="Role of the account."
)
@click.option("--remove", is_flag=True, help="Remove the account.")
@click.option(
    "--file",
    "path",
    type=click.Path(path_type=Path, dir_okay=False),
    default="accounts.txt",
    show_default=True,
    help="File that `congdoan serve --accounts` reads.",
)
def account(name: str, role: str, path: Path, *, remove: bool) -> None:
    """Make, change or remove the account of a reader who may sign in to the reading room.

    \b
    Example: congdoan account mai --role curator
             congdoan account mai --remove

    The password is prompted for and stored only as an argon2 hash. A running reading room reads the change
    at once; a session that was signed in with another password ends.
    """
    try:
        if remove:
            account_files.remove_account(path, name)
            console(err=True).print(f"{name}: removed from {path}")
            return
        password = click.prompt("Password", hide_input=True, confirmation_prompt=True)
        account_files.put_account(path, name, Role[role.upper()], password)
    except AccountError as error:
        raise ConfigError(str(error)) from error
    console(err=True).print(f"{name}: {role}, in {path}")
