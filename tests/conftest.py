"""Fixtures every room's tests may use: the archive's database on both engines, the shared pages."""

from __future__ import annotations

import os
import shutil
import uuid
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path

import pytest
from hypothesis import settings
from sqlalchemy import Engine, create_engine, make_url
from sqlalchemy.pool import NullPool

from storage.database.engine import open_database, upgrade
from tests.paths import SHARED

POSTGRES = os.environ.get("CONGDOAN_TEST_POSTGRES")

# No deadline: a busy machine is no fault. `make slow` takes the profile slow: more examples, and new ones
# each time but in CI, which must say the same twice of the same code.
settings.register_profile("slow", deadline=None, print_blob=True, derandomize=bool(os.environ.get("CI")))
settings.register_profile("quick", deadline=None, print_blob=True, max_examples=30, derandomize=True)
settings.load_profile("quick")

LONG = ("year", "nightly", "platforms", "crawler/browser", "crawler/demo", "spiders/explore")  # whole crawls


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the longest tests, so that all workers end together."""
    root = Path(__file__).parent
    items.sort(key=lambda item: not item.path.relative_to(root).as_posix().startswith(LONG))


@contextmanager
def postgres_database(template: str = "template0") -> Iterator[str]:
    """The URL of a new PostgreSQL database, empty or a copy; without a server it skips, or fails in CI."""
    if POSTGRES is None:
        if os.environ.get("CI"):
            pytest.fail("CI must start PostgreSQL and set CONGDOAN_TEST_POSTGRES")
        pytest.skip("no PostgreSQL: set CONGDOAN_TEST_POSTGRES=postgresql+psycopg://user@host:port/postgres")
    name = f"test_{uuid.uuid4().hex}"
    server = create_engine(POSTGRES, isolation_level="AUTOCOMMIT", poolclass=NullPool)
    with server.connect() as connection:
        connection.exec_driver_sql(f"CREATE DATABASE {name} TEMPLATE {template} ENCODING 'UTF8'")
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


def _migrated(url: str) -> str:
    engine = open_database(url)
    upgrade(engine)
    engine.dispose()
    return url


@pytest.fixture(scope="session")
def sqlite_pattern(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file with the archive's tables, to be copied: migrations take their time."""
    path = tmp_path_factory.mktemp("pattern") / "archive.db"
    _migrated(f"sqlite:///{path}")
    return path


@pytest.fixture(scope="session")
def postgres_pattern() -> Iterator[str]:
    """The name of a PostgreSQL database with the archive's tables, to be copied."""
    with postgres_database() as url:
        yield str(make_url(_migrated(url)).database)


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def archive(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """A database with the archive's tables, once on each engine."""
    if request.param == "sqlite":
        pattern: Path = request.getfixturevalue("sqlite_pattern")
        made: AbstractContextManager[str] = nullcontext(_copied(pattern, tmp_path_factory.mktemp("database")))
    else:
        made = postgres_database(request.getfixturevalue("postgres_pattern"))
    with made as url:
        engine = open_database(url)
        yield engine
        engine.dispose()


@pytest.fixture
def sqlite_archive(tmp_path: Path, sqlite_pattern: Path) -> Iterator[Engine]:
    """A SQLite database with the archive's tables."""
    engine = open_database(_copied(sqlite_pattern, tmp_path))
    yield engine
    engine.dispose()


def _copied(pattern: Path, folder: Path) -> str:
    path = folder / "archive.db"
    shutil.copyfile(pattern, path)
    return f"sqlite:///{path}"


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of real pages, which is not part of this repository."""
    if not SHARED.is_dir():
        pytest.skip(f"{SHARED}: the shared pages are absent")
    return SHARED
