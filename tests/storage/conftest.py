"""Empty databases for the tests of this room: SQLite in a file, PostgreSQL where a server is named."""

from __future__ import annotations

import os
import unicodedata
import uuid
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest
from sqlalchemy import Connection, Engine, create_engine, event, make_url
from sqlalchemy.pool import NullPool

DIALECTS = ("sqlite", "postgresql")
SERVER = "CONGDOAN_TEST_POSTGRES"  # SQLAlchemy URL of a database on a server where databases may be made

EmptyDatabase = Callable[[str], AbstractContextManager[Engine]]


def postgres_server() -> str:
    """The server's URL; without one the test is skipped, but fails in CI, where it must be there."""
    url = os.environ.get(SERVER)
    if url is None and os.environ.get("CI"):
        pytest.fail(f"{SERVER} is not set: CI must run the PostgreSQL tests")
    if url is None:
        pytest.skip(f"{SERVER} absent: no PostgreSQL server to test on")
    return url


@contextmanager
def empty_sqlite(path: Path) -> Iterator[Engine]:
    """An engine on a new SQLite file, every transaction BEGIN IMMEDIATE."""
    engine = create_engine(f"sqlite:///{path}")

    @event.listens_for(engine, "connect")
    def _(connection: object, _record: object) -> None:
        connection.isolation_level = None  # type: ignore[attr-defined]  # we begin, not the driver
        for pragma in ("journal_mode = WAL", "synchronous = NORMAL", "busy_timeout = 5000"):
            connection.execute(f"PRAGMA {pragma}")  # type: ignore[attr-defined]

    @event.listens_for(engine, "begin")
    def _(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE")

    yield engine
    engine.dispose()


@contextmanager
def empty_postgres(server: str) -> Iterator[Engine]:
    """An engine on a new PostgreSQL database, dropped afterwards."""
    name = f"congdoan_test_{uuid.uuid4().hex}"
    admin = create_engine(server, isolation_level="AUTOCOMMIT", poolclass=NullPool)
    with admin.connect() as connection:
        connection.exec_driver_sql(f"CREATE DATABASE {name} TEMPLATE template0 ENCODING 'UTF8'")
    engine = create_engine(make_url(server).set(database=name))
    try:
        yield engine
    finally:
        engine.dispose()
        with admin.connect() as connection:
            connection.exec_driver_sql(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(scope="session")
def empty_database(tmp_path_factory: pytest.TempPathFactory) -> EmptyDatabase:
    """Makes empty databases by dialect name: `with empty_database("sqlite") as engine`."""

    def make(dialect: str) -> AbstractContextManager[Engine]:
        if dialect == "sqlite":
            return empty_sqlite(tmp_path_factory.mktemp("database") / "test.db")
        return empty_postgres(postgres_server())

    return make


@pytest.fixture(
    params=[
        pytest.param(name, marks=getattr(pytest.mark, name)) if name == "postgresql" else name
        for name in DIALECTS
    ]
)
def engine(request: pytest.FixtureRequest, empty_database: EmptyDatabase) -> Iterator[Engine]:
    """An engine on an empty database of its own, once on SQLite and once on PostgreSQL."""
    with empty_database(request.param) as made:
        yield made


def without_accents(text: str) -> str:
    """As typed on a keyboard without Vietnamese."""
    spread = unicodedata.normalize("NFD", text)
    bare = "".join(c for c in spread if not unicodedata.combining(c))
    return bare.replace("đ", "d").replace("Đ", "D")


def with_other_tone_placement(text: str) -> str:
    """hòa as hoà and hoà as hòa, as the other half of the keyboards write it."""
    pairs = [
        "òa oà",
        "óa oá",
        "ỏa oả",
        "õa oã",
        "ọa oạ",
        "òe oè",
        "óe oé",
        "ỏe oẻ",
        "ùy uỳ",
        "úy uý",
        "ủy uỷ",
        "ụy uỵ",
    ]
    swap = dict(pair.split() for pair in pairs)
    swap |= {new: old for old, new in swap.items()}
    done, at = "", 0
    while at < len(text):
        two = text[at : at + 2]
        joined = swap.get(two) if text[max(0, at - 1) : at].lower() != "q" else None
        open_end = not text[at + 2 : at + 3].isalpha()
        done += joined if joined and open_end else text[at]
        at += 2 if joined and open_end else 1
    return done


@pytest.fixture(scope="session")
def ways_of_typing() -> Callable[[str], dict[str, str]]:
    """The same text as four keyboards and two habits of case give it."""

    def ways(text: str) -> dict[str, str]:
        return {
            "accents": text,
            "no accents": without_accents(text),
            "other tone placement": with_other_tone_placement(text),
            "decomposed": unicodedata.normalize("NFD", text),
            "lower case": text.lower(),
            "capitals": text.upper(),
        }

    return ways
