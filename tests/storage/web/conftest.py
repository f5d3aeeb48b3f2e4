"""A small archive with its reading room: in the process, and served for a browser."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Protocol

import pytest
import uvicorn
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy import Engine

from storage.database.engine import open_database, upgrade
from storage.web.app import create_app
from storage.web.roles import AccessSettings
from storage.web.settings import WebSettings
from tests.storage.web.sample_archive import publish


class NewDatabase(Protocol):
    """Makes empty databases by dialect name."""

    def __call__(self, dialect: str) -> AbstractContextManager[str]: ...


def _published(url: str, warcs: Path) -> tuple[Engine, WebSettings]:
    engine = open_database(url)
    upgrade(engine)
    return engine, publish(engine, warcs)


@pytest.fixture(scope="session", params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def opened(
    request: pytest.FixtureRequest, new_database: NewDatabase, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Engine, WebSettings]]:
    """The archive, once on each engine."""
    with new_database(request.param) as url:
        engine, settings = _published(url, tmp_path_factory.mktemp("warc"))
        yield engine, settings
        engine.dispose()


@pytest.fixture(scope="session")
def app(opened: tuple[Engine, WebSettings]) -> FastAPI:
    """The reading room over it: made once, for that takes half a second."""
    return create_app(*opened)


@pytest.fixture
def client(app: FastAPI) -> TestClient:
    """A reader without a browser, who prefers English; nothing is cached, no request counted yet."""
    app.state.context.cache._cached.clear()
    app.middleware_stack = None  # it is built anew with the next request
    reader = TestClient(app, base_url="http://room.example", raise_server_exceptions=False)
    reader.headers["Accept-Language"] = "en"
    return reader


@contextmanager
def serving(engine: Engine, settings: WebSettings, access: AccessSettings | None = None) -> Iterator[str]:
    """The address of a room on loopback while it is served."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        app = create_app(engine, settings, access) if access else create_app(engine, settings)
        server = uvicorn.Server(uvicorn.Config(app, log_level="error"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
        thread.start()
        while not server.started and thread.is_alive():
            time.sleep(0.01)
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        server.should_exit = True
        thread.join()


@pytest.fixture(scope="session")
def served(new_database: NewDatabase, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of the room, served on loopback."""
    with new_database("sqlite") as url:
        engine, settings = _published(url, tmp_path_factory.mktemp("served"))
        with serving(engine, settings) as address:
            yield address
        engine.dispose()
