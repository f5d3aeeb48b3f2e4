"""Statement time limit: reading with a bound on the time the database may take."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from time import monotonic

from sqlalchemy import Connection, Engine, event, text
from sqlalchemy.exc import DBAPIError

from storage.database.engine import DatabaseError, snapshot

STEPS = 10_000  # of SQLite's virtual machine between two looks at the clock: well under a millisecond
CANCELLED = "57014"  # PostgreSQL's SQLSTATE of a statement that took too long


class TooCostlyError(DatabaseError):
    """Reading exceeded its time limit: ask for less."""


@contextmanager
def time_limited(engine: Engine, seconds: float) -> Iterator[Connection]:
    """Open a snapshot to read from; raises TooCostlyError when the database takes over `seconds`.

    The time is that of all statements together; on PostgreSQL the last of them may begin just before its end,
    and take as long again.
    """
    with snapshot(engine) as connection:
        _arm(connection, seconds)
        try:
            yield connection
        except DBAPIError as error:
            if not _ran_out(error):
                raise
            raise TooCostlyError(f"the database was stopped after {seconds:g} s; ask for less") from error
        finally:
            _disarm(connection)


def _arm(connection: Connection, seconds: float) -> None:
    end = monotonic() + seconds
    if connection.dialect.name == "postgresql":
        connection.execute(text(f"SET LOCAL statement_timeout = {max(1, int(seconds * 1000))}"))

        def in_time(*_of_statement: object) -> None:
            if monotonic() > end:
                raise TooCostlyError(f"the database was asked for over {seconds:g} s; ask for less")

        event.listen(connection, "before_cursor_execute", in_time)
        return
    driver = connection.connection.driver_connection
    assert driver is not None
    driver.set_progress_handler(lambda: monotonic() > end, STEPS)


def _disarm(connection: Connection) -> None:
    """PostgreSQL forgets the limit with the transaction; SQLite keeps it with the pooled connection."""
    driver = connection.connection.driver_connection
    if connection.dialect.name == "sqlite" and driver is not None:
        driver.set_progress_handler(None, 0)


def _ran_out(error: DBAPIError) -> bool:
    return getattr(error.orig, "sqlstate", None) == CANCELLED or str(error.orig) == "interrupted"
