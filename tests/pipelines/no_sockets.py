"""Reading without sockets: to open one is a failure of the test."""

from __future__ import annotations

import socket

import pytest


def refuse_sockets(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let nothing open a socket or resolve a name until the patch is undone."""

    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("reading a page opened a socket")

    monkeypatch.setattr(socket, "socket", refuse)
    monkeypatch.setattr(socket, "create_connection", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
