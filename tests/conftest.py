"""Fixtures every room's tests may use: the archive's database on both engines, the shared pages."""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import Engine, create_engine, text
from sqlalchemy.engine import make_url

from storage.database import open_database, upgrade

POSTGRES = os.environ.get("CONGDOAN_TEST_POSTGRES")
SHARED = Path(os.environ.get("CONGDOAN_SHARED", Path(__file__).resolve().parents[2] / "shared"))


@contextmanager
def postgres_database() -> Iterator[str]:
    """The URL of a new, empty PostgreSQL database; without a server it skips, or fails in CI."""
    if POSTGRES is None:
        if os.environ.get("CI"):
            pytest.fail("CI must start PostgreSQL and set CONGDOAN_TEST_POSTGRES")
        pytest.skip("no PostgreSQL: set CONGDOAN_TEST_POSTGRES=postgresql+psycopg://user@host:port/postgres")
    name = f"test_{uuid.uuid4().hex}"
    server = create_engine(POSTGRES, isolation_level="AUTOCOMMIT")
    try:
        with server.connect() as connection:
            connection.execute(text(f"CREATE DATABASE {name}"))
        yield make_url(POSTGRES).set(database=name).render_as_string(hide_password=False)
        with server.connect() as connection:
            connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    finally:
        server.dispose()


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of an empty database, once on each engine."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'archive.db'}"
        return
    with postgres_database() as url:
        yield url


@pytest.fixture
def postgres_url() -> Iterator[str]:
    """The URL of an empty PostgreSQL database."""
    with postgres_database() as url:
        yield url


@pytest.fixture
def archive(database_url: str) -> Iterator[Engine]:
    """A database with the archive's tables, once on each engine."""
    engine = open_database(database_url)
    upgrade(engine)
    yield engine
    engine.dispose()


@pytest.fixture
def sqlite_archive(tmp_path: Path) -> Iterator[Engine]:
    """A SQLite database with the archive's tables."""
    engine = open_database(f"sqlite:///{tmp_path / 'archive.db'}")
    upgrade(engine)
    yield engine
    engine.dispose()


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of real pages, which is not part of this repository."""
    if not SHARED.is_dir():
        pytest.skip(f"{SHARED}: the shared pages are absent")
    return SHARED
