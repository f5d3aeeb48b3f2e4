"""Who may come into the reading room: the options of `congdoan serve`, and `congdoan account`."""

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
from storage.web.auth import accounts as files
from storage.web.auth.accounts import AccountError
from storage.web.auth.proxy_headers import parse_network
from storage.web.auth.roles import MIN_SECRET_CHARS, AccessSettings, Network, Role

ROLES = tuple(role.name.lower() for role in Role)
HERE = ("localhost", "127.0.0.1", "[::1]")
OWN = ("127.0.0.1/32", "::1/128")  # a proxy on this machine
SECRET = f"{PREFIX}SECRET"
ADVICE = "(docs/how-to/serving.md)"


@dataclass(frozen=True, slots=True)
class Admission:
    """What was said on the command line."""

    host: str  # listened at
    behind_proxy: bool
    trusted_proxy: tuple[str, ...]  # addresses or networks
    user_header: str
    groups_header: str
    grant: tuple[str, ...]  # NAME=ROLE
    accounts: Path | None
    secret_file: Path | None
    everyone: str
    allow_host: tuple[str, ...]


ADMISSION = tuple(name for name in Admission.__slots__ if name != "host")
_OPTIONS = (
    click.option("--behind-proxy", is_flag=True, help="A reverse proxy with TLS stands in front."),
    click.option(
        "--trusted-proxy",
        multiple=True,
        metavar="ADDRESS",
        help="Where that proxy asks from, an address or a network; it may be repeated. [default: loopback]",
    ),
    click.option(
        "--user-header",
        default="",
        metavar="NAME",
        help="Header in which the proxy tells who asks, such as X-Forwarded-User.",
    ),
    click.option(
        "--groups-header", default="", metavar="NAME", help="Header in which it tells their groups."
    ),
    click.option(
        "--grant",
        multiple=True,
        metavar="NAME=ROLE",
        help="The role of a user or group the proxy tells: reader, curator, operator; others are readers.",
    ),
    click.option(
        "--accounts",
        type=click.Path(path_type=Path, dir_okay=False),
        help="File of those who may sign in here; `congdoan account` makes it.",
    ),
    click.option(
        "--secret-file",
        type=click.Path(path_type=Path, dir_okay=False),
        help=f"File with what sessions are signed with, when it is not in {SECRET}.",
    ),
    click.option(
        "--everyone",
        type=click.Choice(ROLES),
        default="reader",
        show_default=True,
        help="Role of whoever nobody vouches for.",
    ),
    click.option(
        "--allow-host", multiple=True, metavar="NAME", help="A further name it is asked by; may be repeated."
    ),
)


def access_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """The options that say who may come in."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def access_of(told: Admission, base_url: str, environ: Mapping[str, str] = os.environ) -> AccessSettings:
    """Who may come in. Raises ConfigError where that would leave the archive open, or locked."""
    proxied = told.behind_proxy or bool(told.trusted_proxy)
    _sound(told, base_url, proxied=proxied)
    return AccessSettings(
        hosts=_hosts(told, base_url),
        anonymous_role=Role[told.everyone.upper()],
        proxies=tuple(map(_network, told.trusted_proxy or OWN)) if proxied else (),
        user_header=told.user_header,
        groups_header=told.groups_header,
        granted_roles=dict(map(_grant, told.grant)),
        accounts_file=_accounts(told.accounts),
        session_secret=_secret(told, environ) if told.accounts else "",
        secure_cookies=base_url.startswith("https://"),
    )


def _sound(told: Admission, base_url: str, *, proxied: bool) -> None:
    here = _loopback(told.host) and not proxied
    high = Role[told.everyone.upper()] > Role.READER
    nobody = told.everyone == "nobody" and not (told.accounts or told.user_header)
    plain = not here and told.accounts and not base_url.startswith("https://")
    wrong = (
        (
            not proxied and not here,
            f"--host {told.host}: others could reach the reading room, and what they send would travel in "
            "the clear; listen at 127.0.0.1, or put a reverse proxy in front and say --behind-proxy",
        ),
        (
            proxied and not (base_url or told.allow_host),
            "--behind-proxy: say by which name readers ask: --base-url https://…",
        ),
        (
            (told.user_header or told.groups_header) and not proxied,
            "--user-header: who may tell it? Say --behind-proxy or --trusted-proxy",
        ),
        (told.groups_header and not told.user_header, "--groups-header: whose groups? Say --user-header too"),
        (told.user_header and told.accounts, "--accounts and --user-header: one of them says who asks"),
        (not here and high, f"--everyone {told.everyone}: on a network everyone is a reader or nobody"),
        (plain, "--accounts: passwords would travel in the clear; say --base-url https://…"),
        (nobody, "--everyone nobody: nobody could come in; say --accounts or --user-header"),
    )
    for is_so, said in wrong:
        if is_so:
            raise ConfigError(f"{said} {ADVICE}")


def _hosts(told: Admission, base_url: str) -> tuple[str, ...]:
    public = urlsplit(base_url).hostname or ""
    shown = f"[{public}]" if ":" in public else public
    own = f"[{told.host}]" if ":" in told.host else told.host
    return tuple(dict.fromkeys(each for each in (*HERE, own, shown, *told.allow_host) if each))


def _loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _network(told: str) -> Network:
    try:
        return parse_network(told)
    except ValueError as error:
        raise ConfigError(f"--trusted-proxy {told}: {error}; write 10.0.0.5 or 10.0.0.0/24") from error


def _grant(told: str) -> tuple[str, Role]:
    name, _, role = told.rpartition("=")
    if not name or role not in ROLES:
        raise ConfigError(f"--grant {told}: write NAME=ROLE, the role one of {', '.join(ROLES)}")
    return name, Role[role.upper()]


def _accounts(path: Path | None) -> Path | None:
    if path:
        try:
            files.read_accounts(path)
        except AccountError as error:
            raise ConfigError(str(error)) from error
    return path


def _secret(told: Admission, environ: Mapping[str, str]) -> str:
    secret = environ.get(SECRET, "")
    if told.secret_file:
        try:
            secret = told.secret_file.read_text(encoding="utf-8").strip()
        except OSError as error:
            raise ConfigError(f"--secret-file {told.secret_file}: {error.strerror}") from error
    if len(secret) < MIN_SECRET_CHARS:
        raise ConfigError(
            f"--accounts: sessions need a secret of {MIN_SECRET_CHARS} characters or more in {SECRET} or "
            f"--secret-file; `openssl rand -hex 32` makes one {ADVICE}"
        )
    return secret


@click.command()
@click.argument("name")
@click.option("--role", type=click.Choice(ROLES[1:]), default="reader", show_default=True, help="Their role.")
@click.option("--remove", is_flag=True, help="Take the account out.")
@click.option(
    "--file",
    "path",
    type=click.Path(path_type=Path, dir_okay=False),
    default="accounts.txt",
    show_default=True,
    help="The file that `congdoan serve --accounts` is given.",
)
def account(name: str, role: str, path: Path, *, remove: bool) -> None:
    """Make or change the account of somebody who may sign in to the reading room.

    \b
    Example: congdoan account mai --role curator
             congdoan account mai --remove

    It asks for the password, which is kept as an argon2 hash alone; a running reading room knows at once.
    Who was signed in with another password is signed out.
    """
    try:
        if remove:
            files.remove_account(path, name)
            console(err=True).print(f"{name}: taken out of {path}")
            return
        password = click.prompt("Password", hide_input=True, confirmation_prompt=True)
        files.put_account(path, name, Role[role.upper()], password)
    except AccountError as error:
        raise ConfigError(str(error)) from error
    console(err=True).print(f"{name}: {role}, in {path}")
