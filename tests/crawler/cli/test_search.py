"""`congdoan search` as its user types it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from crawler.cli.main import run
from storage.database.engine import open_database, upgrade
from tests.storage.copied_articles import DAY, Press


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("searching")
    engine = open_database(f"sqlite:///{path / 'archive.db'}")
    upgrade(engine)
    with engine.begin() as connection:
        press = Press.opened(connection)
        for number in range(7):
            press.prints("backan", DAY.replace(year=2015 + number), f"Hội nghị công đoàn lần {number}")
        press.prints("babe", None, "Mái ấm tại Bắc Kạn", place="bac_kan", section=("Tin tức",))
    engine.dispose()
    return path


def searched(capsys: pytest.CaptureFixture[str], data: Path, *typed: str, code: int = 0) -> str:
    assert run(["--data", str(data), "search", *typed]) == code
    told = capsys.readouterr()
    return told.out + told.err


def test_pages_follow_by_cursor(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    first = searched(capsys, data, "hoi nghi", "-n", "5", "--sort", "oldest")
    cursor = first.split("--after ")[1].split()[0]
    second = searched(capsys, data, "hoi nghi", "-n", "5", "--sort", "oldest", "--after", cursor)
    assert "[1]" in first and "[5]" in first and "[6]" not in first
    assert "[6]" in second and "[7]" in second and "--after" not in second
    assert "another query or order" in searched(capsys, data, "hoi nghi", "--after", cursor, code=1)


def test_what_stands_beside_the_hits(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shown = searched(capsys, data, "mai am place:thái nguyên", "--facets")
    assert "section: Tin tức (1)" in shown
    assert "year: undated (1)" in shown
    assert "only the former tỉnh Bắc Kạn: mai am place:=bac_kan" in shown
    assert "Did you mean: công đoàn" in searched(capsys, data, "cong daon", code=1)
    mistake = searched(capsys, data, "hội (nghị", code=1)
    assert "never closed" in mistake
    assert mistake.rstrip().endswith("\n      ^")
    assert "with most of these words:" in searched(capsys, data, "hội nghị công đoàn đợt 3", code=1)


def test_the_answer_opens_in_the_reading_room(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    opener, opened = tmp_path / "xdg-open", tmp_path / "opened"
    opener.write_text(f'#!/bin/sh\necho "$1" > {opened}\n')
    opener.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    shown = searched(capsys, data, "mai am", "--open")
    address = "http://127.0.0.1:8300/search?q=mai+am&sort=best"
    assert address in shown
    assert opened.read_text().strip() == address
