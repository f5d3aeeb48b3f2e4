"""The options of `congdoan serve` that say who may use the reading room, and the access they give."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import click

from crawler.config import PREFIX, ConfigError
from storage.web.auth.accounts import AccountError, read_accounts
from storage.web.auth.proxy_headers import parse_network
from storage.web.roles import MIN_SECRET_CHARS, AccessSettings, Network, Role

ACCESS_ROLES = tuple(role.name.lower() for role in Role)
LOCAL_HOST_NAMES = ("localhost", "127.0.0.1", "[::1]")
LOCAL_PROXY_NETWORKS = ("127.0.0.1/32", "::1/128")  # where a proxy on this machine connects from
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
        type=click.Choice(ACCESS_ROLES),
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
    access: AccessOptions, base_url: str, environ: Mapping[str, str] = os.environ
) -> AccessSettings:
    """Return who may use the reading room, and in which role.

    Raises ConfigError for options that leave it open to a network, or closed to everybody.
    """
    proxied = access.behind_proxy or bool(access.trusted_proxy)
    _require_safe_options(access, base_url, proxied=proxied)
    return AccessSettings(
        hosts=_accepted_hosts(access, base_url),
        anonymous_role=Role[access.everyone.upper()],
        proxies=tuple(map(_network, access.trusted_proxy or LOCAL_PROXY_NETWORKS)) if proxied else (),
        user_header=access.user_header,
        groups_header=access.groups_header,
        granted_roles=dict(map(_granted_role, access.grant)),
        accounts_file=_readable_accounts(access.accounts),
        session_secret=_session_secret(access, environ) if access.accounts else "",
        secure_cookies=base_url.startswith("https://"),
    )


def _require_safe_options(access: AccessOptions, base_url: str, *, proxied: bool) -> None:
    local_only = _is_loopback(access.host) and not proxied
    above_reader = Role[access.everyone.upper()] > Role.READER
    shuts_everybody_out = access.everyone == "nobody" and not (access.accounts or access.user_header)
    passwords_in_clear = not local_only and access.accounts and not base_url.startswith("https://")
    access_refusals = (
        (
            not proxied and not local_only,
            f"--host {access.host}: others could reach the reading room, and what they send would travel in "
            "the clear; listen at 127.0.0.1, or put a reverse proxy in front and say --behind-proxy",
        ),
        (
            proxied and not (base_url or access.allow_host),
            "--behind-proxy: say by which name readers ask: --base-url https://…",
        ),
        (
            (access.user_header or access.groups_header) and not proxied,
            "--user-header: who may tell it? Say --behind-proxy or --trusted-proxy",
        ),
        (
            access.groups_header and not access.user_header,
            "--groups-header: whose groups? Say --user-header too",
        ),
        (access.user_header and access.accounts, "--accounts and --user-header: one of them says who asks"),
        (
            not local_only and above_reader,
            f"--everyone {access.everyone}: on a network everyone is a reader or nobody",
        ),
        (passwords_in_clear, "--accounts: passwords would travel in the clear; say --base-url https://…"),
        (shuts_everybody_out, "--everyone nobody: nobody could come in; say --accounts or --user-header"),
    )
    for applies, refusal in access_refusals:
        if applies:
            raise ConfigError(f"{refusal} {SEE_SERVING}")


def _accepted_hosts(access: AccessOptions, base_url: str) -> tuple[str, ...]:
    public_name = urlsplit(base_url).hostname or ""
    public_host = f"[{public_name}]" if ":" in public_name else public_name
    listening_host = f"[{access.host}]" if ":" in access.host else access.host
    return tuple(
        dict.fromkeys(
            name for name in (*LOCAL_HOST_NAMES, listening_host, public_host, *access.allow_host) if name
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


def _granted_role(grant: str) -> tuple[str, Role]:
    name, _, role = grant.rpartition("=")
    if not name or role not in ACCESS_ROLES:
        raise ConfigError(f"--grant {grant}: write NAME=ROLE, the role one of {', '.join(ACCESS_ROLES)}")
    return name, Role[role.upper()]


def _readable_accounts(path: Path | None) -> Path | None:
    if path:
        try:
            read_accounts(path)
        except AccountError as error:
            raise ConfigError(str(error)) from error
    return path


def _session_secret(access: AccessOptions, environ: Mapping[str, str]) -> str:
    secret = environ.get(SECRET_VARIABLE, "")
    if access.secret_file:
        try:
            secret = access.secret_file.read_text(encoding="utf-8").strip()
        except OSError as error:
            raise ConfigError(f"--secret-file {access.secret_file}: {error.strerror}") from error
    if len(secret) < MIN_SECRET_CHARS:
        raise ConfigError(
            f"--accounts: sessions need a secret of {MIN_SECRET_CHARS} characters or more in "
            f"{SECRET_VARIABLE} or --secret-file; `openssl rand -hex 32` makes one {SEE_SERVING}"
        )
    return secret
