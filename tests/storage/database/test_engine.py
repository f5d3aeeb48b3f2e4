from __future__ import annotations

import sqlite3
from datetime import datetime
from importlib import import_module
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Engine, text
from sqlalchemy.exc import OperationalError, StatementError

from storage.database import engine as database
from storage.database.engine import map_files, reading
from storage.database.schema import site_leases
from storage.database.schema_users import watches


def test_the_migrations_make_exactly_the_tables_of_the_schema(archive: Engine) -> None:
    for module in Path(database.__file__).parent.glob("schema*.py"):
        import_module(f"storage.database.{module.stem}")
    with archive.connect() as connection:
        options = {"include_name": lambda name, kind, _: kind != "table" or not name.startswith("search_")}
        differences = compare_metadata(MigrationContext.configure(connection, opts=options), watches.metadata)
    assert differences == []


def test_an_empty_database_and_an_unknown_version_are_refused_with_advice(database_url: str) -> None:
    engine = database.open_database(database_url)
    with pytest.raises(database.SchemaVersionError, match="congdoan db upgrade"):
        database.require_current(engine)
    database.upgrade(engine)
    database.require_current(engine)
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(database.SchemaVersionError, match="written by a newer congdoan"):
        database.require_current(engine)
    with pytest.raises(database.SchemaVersionError, match="upgrade the program"):
        database.upgrade(engine)
    engine.dispose()


def test_upgrading_twice_does_nothing(archive: Engine) -> None:
    assert database.upgrade(archive) == database.head()
    assert database.integrity(archive) == ()


def test_naive_datetimes_are_refused(archive: Engine) -> None:
    with archive.begin() as connection, pytest.raises(StatementError, match="naive datetime"):
        connection.execute(site_leases.insert().values(site="a", owner="b", until=datetime(2026, 1, 1)))  # noqa: DTZ001


@pytest.mark.parametrize(
    ("said", "kind", "advice"),
    [
        ("database is locked", database.DatabaseLocked, "nothing is lost"),
        ("unable to open database file", database.DatabaseError, "writable"),
        ("no such table: urls", database.SchemaVersionError, "db upgrade"),
        ("connection refused", database.DatabaseError, "check the server"),
    ],
)
def test_a_drivers_error_becomes_one_line(said: str, kind: type[Exception], advice: str) -> None:
    told = database.explain(OperationalError("x", {}, Exception(said)), "postgresql://me:secret@host/db")
    assert type(told) is kind
    assert advice in str(told)
    assert "secret" not in str(told)
    assert "\n" not in str(told)


@pytest.mark.parametrize("url", ["nonsense", "mysql://x/y", "oracle+nothing://x"])
def test_a_url_that_is_none_of_ours_is_refused(url: str) -> None:
    with pytest.raises(database.DatabaseError, match="database"):
        database.open_database(url)


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(database.DatabaseError, match="file"):
        database.open_database(f"sqlite:///{tmp_path / 'file' / 'deep' / 'archive.db'}")


def test_damage_is_found(sqlite_archive: Engine, tmp_path: Path) -> None:
    sqlite_archive.dispose()
    path = tmp_path / "archive.db"
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        connection.execute("PRAGMA foreign_keys=OFF")
        connection.execute(
            "INSERT INTO changes(seq, kind, article_id, site, url, at, run_id) "
            "VALUES (1, 'added', 7, 'a', 'b', '2026-01-01', 9)"
        )
    assert any("foreign key" in line for line in database.integrity(sqlite_archive))


def test_a_file_is_read_as_memory_when_asked_for(sqlite_archive: Engine) -> None:
    def mapped() -> int:
        with reading(sqlite_archive) as connection:
            return int(connection.scalar(text("PRAGMA mmap_size")) or 0)

    assert mapped() == 0
    map_files(sqlite_archive)
    assert mapped() > 1 << 30
    with sqlite_archive.begin() as connection:
        assert connection.scalar(text("PRAGMA mmap_size")) == mapped()
