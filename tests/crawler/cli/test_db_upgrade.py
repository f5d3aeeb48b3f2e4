"""`db upgrade` of an archive whose index was laid out before facets."""

from __future__ import annotations

from pathlib import Path

import pytest
from alembic import command
from sqlalchemy import text

from crawler.cli.main import run
from storage.database.engine import alembic_of, open_database, upgrade
from storage.search.sqlite.fts5_engine import DROP
from tests.storage.copied_articles import DAY, Press

BEFORE = (
    "CREATE TABLE search_documents (id INTEGER PRIMARY KEY, article_id INTEGER NOT NULL UNIQUE)",
    "CREATE VIRTUAL TABLE search_fts USING fts5(title, words, author, site, content='')",
)


@pytest.fixture
def old(tmp_path: Path) -> Path:
    engine = open_database(f"sqlite:///{tmp_path / 'archive.db'}")
    upgrade(engine)
    with engine.begin() as connection:
        press = Press.opened(connection)
        for text_ in ("Mái ấm công đoàn", "Tháng Công nhân"):
            press.prints("backan", DAY, text_, section=("Tin tức",))
        command.downgrade(alembic_of(connection), "0006")
        for statement in (*DROP, *BEFORE):
            connection.execute(text(statement))
    engine.dispose()
    return tmp_path


def test_the_index_is_made_anew(old: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["--data", str(old), "db", "upgrade"]) == 0
    assert "search index: 2 articles indexed anew" in capsys.readouterr().out
    assert run(["--data", str(old), "search", "mai am", "section:tin*", "--facets"]) == 0
    shown = capsys.readouterr().out
    assert "1 article\n" in shown
    assert "section: Tin tức (1)" in shown
    assert run(["--data", str(old), "db", "upgrade"]) == 0
    assert "indexed" not in capsys.readouterr().out, "nothing is left to do"
    assert run(["--data", str(old), "db", "check"]) == 0


def test_an_error_names_the_database_it_is_of(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "archive.db").write_bytes(b"no database at all " * 100)
    assert run(["--data", str(tmp_path), "report"]) == 3
    said = capsys.readouterr().err
    assert f"sqlite:///{tmp_path / 'archive.db'}: file is not a database" in said


def test_lists_are_made_anew(old: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["--data", str(old), "db", "upgrade"]) == 0
    engine = open_database(f"sqlite:///{old / 'archive.db'}")
    with engine.begin() as connection:
        connection.execute(text("UPDATE articles SET organisation = 'khác'"))
    engine.dispose()
    assert run(["--data", str(old), "db", "check"]) == 1
    assert "lists: 2 differ from the articles; run `congdoan db rebuild --lists`" in capsys.readouterr().err
    assert run(["--data", str(old), "db", "rebuild", "--lists"]) == 0
    assert capsys.readouterr().out == "2 articles listed by organisation and documents\n"
    assert run(["--data", str(old), "db", "check"]) == 0
