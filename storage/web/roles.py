"""Roles (reader, curator, operator) and the access settings: who has which role, and how many requests."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import IntEnum
from ipaddress import IPv4Network, IPv6Network
from pathlib import Path

MIN_SECRET_CHARS = 32  # of the secret that signs sessions


class Role(IntEnum):
    """Roles in rising order; each may do everything the lower ones may."""

    NOBODY = 0  # may sign in
    READER = 1  # may read everything
    CURATOR = 2  # may keep collections and notes
    OPERATOR = 3  # may look after the crawl


Network = IPv4Network | IPv6Network


@dataclass(frozen=True, slots=True)
class AccessSettings:
    """Who may use the web application and how many requests they may send, as the operator chose."""

    hosts: tuple[str, ...] = ("*",)  # Host headers that are accepted; `*` = any, never so in `congdoan serve`
    anonymous_role: Role = Role.READER  # role of requests without a signed-in user
    proxies: tuple[Network, ...] = ()  # networks of the reverse proxies whose headers are trusted
    user_header: str = ""  # header in which a proxy sends the user's name; empty = it sends none
    groups_header: str = ""  # header in which it sends the user's groups, separated by commas
    granted_roles: Mapping[str, Role] = field(default_factory=dict)  # by user or group; others are readers
    accounts_file: Path | None = None  # names, roles and argon2 hashes; None = nobody can sign in here
    session_secret: str = ""  # signs the session cookie
    secure_cookies: bool = False  # readers come over https: cookies are sent nowhere else
    page_requests: int = 1200  # a minute, each client
    api_requests: int = 300  # a minute, each client
    max_concurrent: int = 32  # requests being answered; fewer than the server's 40 threads
    max_concurrent_per_client: int = 4


def highest_role(names: Iterable[str], granted_roles: Mapping[str, Role]) -> Role:
    """Return the highest role granted to a user or one of their groups; READER when none is granted."""
    return max((granted_roles[name] for name in names if name in granted_roles), default=Role.READER)
