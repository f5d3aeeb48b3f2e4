"""Roles: what readers, curators and operators may do, and how the operator of the archive gives them out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import IntEnum
from ipaddress import IPv4Network, IPv6Network
from pathlib import Path

SHORTEST_SECRET = 32  # characters of what sessions are signed with


class Role(IntEnum):
    """Each may do all that those before it may."""

    NOBODY = 0  # may sign in
    READER = 1  # may read everything
    CURATOR = 2  # may keep collections and notes
    OPERATOR = 3  # may look after the crawl


Network = IPv4Network | IPv6Network


@dataclass(frozen=True, slots=True)
class Access:
    """Who may come in, as the operator of the archive set it up."""

    hosts: tuple[str, ...] = ("*",)  # names it is asked by; `*` = any, never so behind `congdoan serve`
    everyone: Role = Role.READER  # role of whoever nobody vouches for
    proxies: tuple[Network, ...] = ()  # reverse proxies: what these say of a client is believed
    user_header: str = ""  # in which a proxy tells who asks; empty = it does not
    groups_header: str = ""  # in which it tells their groups, parted by commas
    granted: Mapping[str, Role] = field(
        default_factory=dict
    )  # by name of a user or group; others are readers
    accounts: Path | None = None  # file of names, roles and argon2 hashes; none = nobody signs in here
    secret: str = ""  # signs sessions
    secure: bool = False  # readers come over https: cookies go nowhere else
    pages: int = 1200  # requests a minute, each client
    calls: int = 300  # requests to the API a minute, each client
    at_once: int = 32  # requests that are worked on; fewer than the server's 40 threads
    each: int = 4  # of one client


def role_for(names: Iterable[str], granted: Mapping[str, Role]) -> Role:
    """The highest role given to a user or one of their groups; a reader's without any."""
    return max((granted[name] for name in names if name in granted), default=Role.READER)
