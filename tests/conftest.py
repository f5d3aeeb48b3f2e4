"""Fixtures every room's tests may use: the archive's database on both engines, the shared pages."""

from __future__ import annotations

import os
import uuid
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path

import pytest
from sqlalchemy import Engine, create_engine, make_url
from sqlalchemy.pool import NullPool

from storage.database import open_database, upgrade

POSTGRES = os.environ.get("CONGDOAN_TEST_POSTGRES")
SHARED = Path(os.environ.get("CONGDOAN_SHARED", Path(__file__).resolve().parents[2] / "shared"))


LONG = (
    "nightly",
    "platforms",
    "fronts",
    "explore",
    "demo",
)  # whole crawls: begun first, so that both cores end together


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the longest tests."""
    root = Path(__file__).parent
    items.sort(key=lambda item: item.path.relative_to(root).parts[0] not in LONG)


@contextmanager
def postgres_database() -> Iterator[str]:
    """The URL of a new, empty PostgreSQL database; without a server it skips, or fails in CI."""
    if POSTGRES is None:
        if os.environ.get("CI"):
            pytest.fail("CI must start PostgreSQL and set CONGDOAN_TEST_POSTGRES")
        pytest.skip("no PostgreSQL: set CONGDOAN_TEST_POSTGRES=postgresql+psycopg://user@host:port/postgres")
    name = f"test_{uuid.uuid4().hex}"
    server = create_engine(POSTGRES, isolation_level="AUTOCOMMIT", poolclass=NullPool)
    with server.connect() as connection:
        connection.exec_driver_sql(f"CREATE DATABASE {name} TEMPLATE template0 ENCODING 'UTF8'")
    yield make_url(POSTGRES).set(database=name).render_as_string(hide_password=False)
    with server.connect() as connection:
        connection.exec_driver_sql(f"DROP DATABASE {name} WITH (FORCE)")


NewDatabase = Callable[[str], AbstractContextManager[str]]


@pytest.fixture(scope="session")
def new_database(tmp_path_factory: pytest.TempPathFactory) -> NewDatabase:
    """Makes empty databases by dialect name: `with new_database("sqlite") as url`."""

    def make(dialect: str) -> AbstractContextManager[str]:
        if dialect == "postgresql":
            return postgres_database()
        return nullcontext(f"sqlite:///{tmp_path_factory.mktemp('database') / 'archive.db'}")

    return make


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def database_url(request: pytest.FixtureRequest, new_database: NewDatabase) -> Iterator[str]:
    """The URL of an empty database, once on each engine."""
    with new_database(request.param) as url:
        yield url


@pytest.fixture
def postgres_url(new_database: NewDatabase) -> Iterator[str]:
    """The URL of an empty PostgreSQL database."""
    with new_database("postgresql") as url:
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
