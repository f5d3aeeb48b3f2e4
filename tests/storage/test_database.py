from __future__ import annotations

import sqlite3
import zlib
from datetime import datetime
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Engine, text
from sqlalchemy.exc import OperationalError, StatementError

from storage import database
from storage.readers import watches
from storage.schema import site_leases
from storage.search.engine import SearchDoc, engine_for
from storage.search.query import parse
from storage.search.sqlite import DROP


def test_the_migrations_make_exactly_the_tables_of_the_schema(archive: Engine) -> None:
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


def test_an_index_made_before_files_is_made_anew_from_its_words(tmp_path: Path) -> None:
    """As version 0005 left it: three fields, and no lengths."""
    engine = database.open_database(f"sqlite:///{tmp_path / 'archive.db'}")
    database.upgrade(engine)
    search = engine_for("sqlite")
    with engine.begin() as connection:
        for number, title in ((7, "Mái ấm công đoàn"), (9, "Tháng Công nhân")):
            search.put(connection, SearchDoc(number, title, None, "Nội dung.", "Tác giả", "a", None))
        rows = connection.execute(text("SELECT * FROM search_documents ORDER BY id")).all()
        for statement in (*DROP, *BEFORE):
            connection.execute(text(statement))
        for row in rows:
            fields = zlib.decompress(row.words).decode().split("\n")[:3]
            values = {**row._mapping, "words": zlib.compress("\n".join(fields).encode())}
            connection.execute(KEPT, values)
        for table in LATER:
            connection.execute(text(f"DROP TABLE {table}"))
        connection.execute(text("UPDATE alembic_version SET version_num = '0005'"))
    database.upgrade(engine)
    with engine.begin() as connection:
        assert search.verify(connection) == ()
        assert [hit.article_id for hit in search.search(connection, parse("mai am")).hits] == [7]
        search.put(connection, SearchDoc(9, "Đổi tên", None, "x", None, "a", None))
        assert search.verify(connection) == ()
    engine.dispose()


LATER = (
    *("article_files", "file_versions", "files", "file_contents"),
    *("collection_items", "collections", "watches"),
)
BEFORE = (
    """CREATE TABLE search_documents (id INTEGER PRIMARY KEY, article_id INTEGER NOT NULL UNIQUE,
    norm_version INTEGER NOT NULL, checksum INTEGER NOT NULL, site TEXT NOT NULL, words BLOB NOT NULL)""",
    """CREATE VIRTUAL TABLE search_fts USING fts5(title, words, author, title_exact, words_exact,
    author_exact, site, content='')""",
)
KEPT = text(
    "INSERT INTO search_documents (id, article_id, norm_version, checksum, site, words) "
    "VALUES (:id, :article_id, :norm_version, :checksum, :site, :words)"
)
