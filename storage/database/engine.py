"""Engines for SQLite and PostgreSQL, and the schema version they stand at."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from alembic import command
from alembic.config import Config as AlembicConfig
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Dialect, Engine, ExceptionContext, create_engine, event, text
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError, OperationalError
from sqlalchemy.types import DateTime, TypeDecorator

MIGRATIONS = Path(__file__).parents[1] / "migrations"
BUSY_SECONDS = 10
MOST_MAPPED = 1 << 31  # bytes; SQLite's own limit as it is usually built


class DatabaseError(Exception):
    """The database cannot be used: says which, why and what to do.

    DatabaseError
    ├── SchemaVersionError   the tables are older or newer than the program
    └── DatabaseLocked       another process holds the database
    """


class SchemaVersionError(DatabaseError):
    """The tables are older or newer than the program."""


class DatabaseLocked(DatabaseError):  # noqa: N818 - the state is the name
    """Another process has held the database for longer than the busy timeout."""


class UtcDateTime(TypeDecorator[datetime]):
    """An aware datetime, kept as UTC; naive values are refused."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"naive datetime {value!r}: pass an aware one")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def _on_sqlite_connect(connection: sqlite3.Connection, _record: object) -> None:
    connection.isolation_level = None  # transactions are begun by _on_sqlite_begin
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute("PRAGMA synchronous=NORMAL")  # WARCs are synced before a commit refers to them
    cursor.execute("PRAGMA foreign_keys=ON")
    cursor.execute(f"PRAGMA busy_timeout={BUSY_SECONDS * 1000}")
    # 56 MB: a crawl with a million known URLs stays below 200 MB (benchmarks/frontier)
    cursor.execute("PRAGMA cache_size=-56000")
    cursor.execute("PRAGMA wal_autocheckpoint=4000")  # 16 MB: samples dirty a page a row, many more than once
    cursor.close()


def _on_sqlite_begin(connection: Connection) -> None:
    reading = connection.get_execution_options().get("reading", False)
    connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")


WHERE = "database: "  # begins the note on an error that names its database


def shown(url: str) -> str:
    """The database URL as it may be printed: without its password."""
    return re.sub(r"(://[^:/@]*):[^@]*@", r"\1:***@", url)


def open_database(url: str) -> Engine:
    """An engine for a SQLAlchemy URL (`sqlite:///…` or `postgresql+psycopg://…`).

    Raises DatabaseError when the URL is not understood or its folder cannot be made.
    """
    try:
        engine = create_engine(url, pool_pre_ping=not url.startswith("sqlite"))
    except (ArgumentError, NoSuchModuleError, ImportError) as error:
        raise DatabaseError(
            f"database {shown(url)}: {error}; use sqlite:///path or postgresql+psycopg://…"
        ) from error
    if engine.dialect.name == "sqlite":
        _prepare_sqlite(engine)
    elif engine.dialect.name != "postgresql":
        raise DatabaseError(f"database {shown(url)}: only SQLite and PostgreSQL are supported")
    event.listen(engine, "handle_error", _on_error)
    return engine


def _on_error(context: ExceptionContext) -> None:
    """Say on the error which database it is of: who prints it may know several, or none."""
    if context.sqlalchemy_exception is not None and context.engine is not None:
        context.sqlalchemy_exception.add_note(WHERE + context.engine.url.render_as_string(hide_password=True))


def _prepare_sqlite(engine: Engine) -> None:
    path = engine.url.database
    if path and path != ":memory:":
        try:
            Path(path).parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise DatabaseError(
                f"database folder {Path(path).parent}: {error.strerror}; make it writable"
            ) from error
    event.listen(engine, "connect", _on_sqlite_connect)
    event.listen(engine, "begin", _on_sqlite_begin)


def map_files(engine: Engine) -> None:
    """From now on read a SQLite file as memory: for processes that read much and write little.

    A walk through the search index takes a quarter less. A crawl does without: mapped pages count as its
    memory, and a failing disk would end it by a signal in place of an error.
    """
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _map_file)
        engine.dispose()  # what is open was not mapped


def _map_file(connection: sqlite3.Connection, _record: object) -> None:
    connection.execute(f"PRAGMA mmap_size={MOST_MAPPED}")


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """A connection that only reads: it never waits for the writer."""
    with engine.connect().execution_options(reading=True) as connection:
        yield connection


@contextmanager
def snapshot(engine: Engine) -> Iterator[Connection]:
    """A connection that only reads, and sees one state of the database for as long as it is open.

    While it is, SQLite cannot shorten its WAL file, and PostgreSQL cannot clear away old rows.
    """
    options: dict[str, object] = {"reading": True}
    if engine.dialect.name == "postgresql":
        options |= {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
    with engine.connect().execution_options(**options) as connection:
        yield connection


def _notes(error: BaseException) -> list[str]:
    return getattr(error, "__notes__", [])


def explain(error: DBAPIError, url: str) -> DatabaseError:
    """One line for a person out of a driver's error; `url` is told where the error names no database."""
    said = str(error.orig).strip().splitlines()[0] if error.orig else str(error)
    where = next((note[len(WHERE) :] for note in _notes(error) if note.startswith(WHERE)), shown(url))
    if "locked" in said or "busy" in said:
        return DatabaseLocked(
            f"database {where}: locked by another process for over {BUSY_SECONDS} s; "
            "wait for the other crawl or stop it, then run again (nothing is lost)"
        )
    if "unable to open" in said or "readonly" in said:
        return DatabaseError(f"database {where}: {said}; check that its folder exists and is writable")
    if "no such table" in said or "does not exist" in said:
        return SchemaVersionError(f"database {where}: {said}; run `congdoan db upgrade`")
    advice = (
        "check the server and the URL" if isinstance(error, OperationalError) else "this is a bug: report it"
    )
    return DatabaseError(f"database {where}: {said}; {advice}")


def alembic_of(connection: Connection | None = None) -> AlembicConfig:
    """Alembic over our migrations, on a connection."""
    config = AlembicConfig()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    return config


def head() -> str:
    """The schema version this program needs."""
    return ScriptDirectory.from_config(alembic_of()).get_current_head() or ""


def version(connection: Connection) -> str | None:
    """The schema version the database stands at; None when it is empty."""
    return MigrationContext.configure(connection).get_current_revision()


def upgrade(engine: Engine) -> str:
    """Bring the tables to the program's version, in one transaction; returns that version."""
    with engine.begin() as connection:
        if connection.dialect.name == "postgresql":  # two upgrades at once would race
            connection.execute(text("SELECT pg_advisory_xact_lock(20250701)"))
        _refuse_unknown(version(connection), engine)
        command.upgrade(alembic_of(connection), "head")
    return head()


def _refuse_unknown(stands: str | None, engine: Engine) -> None:
    revisions = {script.revision for script in ScriptDirectory.from_config(alembic_of()).walk_revisions()}
    if stands is not None and stands not in revisions:
        raise SchemaVersionError(
            f"database {shown(str(engine.url))}: schema version {stands} is unknown to this program "
            f"(it knows up to {head()}); it was written by a newer congdoan: upgrade the program"
        )


def require_current(engine: Engine) -> None:
    """Raise SchemaVersionError unless the tables are at the program's version."""
    with reading(engine) as connection:
        stands = version(connection)
    _refuse_unknown(stands, engine)
    if stands != head():
        raise SchemaVersionError(
            f"database {shown(str(engine.url))}: schema version {stands or 'none'}, "
            f"this program needs {head()}; run `congdoan db upgrade`"
        )


def integrity(engine: Engine) -> tuple[str, ...]:
    """What the database itself finds wrong with its files; empty = sound."""
    if engine.dialect.name != "sqlite":
        return ()
    with reading(engine) as connection:
        lines = [row[0] for row in connection.execute(text("PRAGMA integrity_check"))]
        orphans = connection.execute(text("PRAGMA foreign_key_check")).all()
    return tuple(line for line in lines if line != "ok") + tuple(f"foreign key: {row}" for row in orphans)
