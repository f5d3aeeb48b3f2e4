"""Offline: while it lasts, this process can reach nothing but itself - no name, no address."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

ASKING = {"socket.connect", "socket.sendto", "socket.sendmsg"}
NAMING = {"socket.getaddrinfo", "socket.gethostbyname", "socket.gethostbyaddr"}
_forbidden: list[bool] = []  # not empty while the network is off


class NetworkUsedError(Exception):
    """Something asked the network while there was none."""


@cache
def _listen() -> None:
    sys.addaudithook(_heard)  # for good: an audit hook cannot be taken away, so it is idle between times


def _heard(event: str, told: tuple[Any, ...]) -> None:
    if not _forbidden:
        return
    # sockets of this machine's own file system (the reader processes') have a path for an address
    if event in NAMING or (event in ASKING and isinstance(told[1], tuple)):
        raise NetworkUsedError(f"{event} {told[1:] if event in ASKING else told} while offline")


@contextmanager
def offline() -> Iterator[None]:
    """No host name is resolved and no connection is opened, by whatever library; loopback included."""
    _listen()
    _forbidden.append(True)
    try:
        yield
    finally:
        _forbidden.pop()
