"""`congdoan collection` as its users meet it."""

from __future__ import annotations

import csv
import os
from pathlib import Path

import pytest
import rispy

from crawler.cli.main import EXIT_CANNOT, run
from storage.database.engine import open_database, upgrade
from tests.storage.copied_articles import DAY, Press


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in [name for name in os.environ if name.startswith("CONGDOAN_") and "TEST" not in name]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("LOGNAME", "lan")
    engine = open_database(f"sqlite:///{tmp_path / 'archive.db'}")
    upgrade(engine)
    with engine.begin() as connection:
        press = Press.opened(connection)
        press.prints("backan", DAY, "Một.", author="Thu Hà")
        press.prints("babe", None, "Hai.")
        press.edits("backan", 1, "Một, đã sửa.")
    engine.dispose()
    return tmp_path


def does(data: Path, *arguments: str) -> int:
    return run(["--data", str(data), "collection", *arguments])


def test_a_collection_from_beginning_to_end(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert does(data, "new", "Luận văn") == 0
    assert does(data, "add", "Luận văn", "https://babe.example/2", "--note", "=cmd|' /C calc'!A0") == 0
    assert does(data, "add", "Luận văn", "1", "--revision", "1") == 0
    assert does(data, "note", "Luận văn", "1", "số liệu\ncũ") == 0
    capsys.readouterr()
    assert does(data, "list") == does(data, "show", "Luận văn") == 0
    said = capsys.readouterr().out
    assert "Luận văn: 2 articles" in said
    assert "[1/1] Bài Một." in said
    assert "Thu Hà · Liên đoàn Lao động tỉnh Bắc Kạn · 12/06/2021 · https://backan.example/1" in said
    assert "    số liệu\n    cũ" in said
    assert "undated" in said
    assert does(data, "export", "Luận văn", "-o", str(data / "a.ris")) == 0
    with (data / "a.ris").open(encoding="utf-8", newline="") as stream:
        assert [each["notes"] for each in rispy.load(stream)] == [["=cmd|' /C calc'!A0"], ["số liệu cũ"]]
    assert does(data, "export", "Luận văn", "-o", str(data / "a.csv")) == 0
    with (data / "a.csv").open(encoding="utf-8", newline="") as sheet:
        assert [row["note"] for row in csv.DictReader(sheet)] == ["'=cmd|' /C calc'!A0", "số liệu\ncũ"]
    capsys.readouterr()
    assert does(data, "export", "Luận văn", "--format", "bib") == 0
    assert capsys.readouterr().out.startswith("@misc{congdoan-article-2-1,")
    assert does(data, "remove", "Luận văn", "1") == does(data, "delete", "Luận văn", "--yes") == 0
    assert does(data, "list") == 0
    assert "lan has no collection" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        (["add", "khac", "1"], EXIT_CANNOT, "collection khac: there is none"),
        (["add", "a", "99"], 1, "no article 99"),
        (["add", "a", "1", "--revision", "7"], EXIT_CANNOT, "article 1 has no revision 7"),
        (["remove", "a", "1"], EXIT_CANNOT, "article 1 is not in it"),
        (["new", "a"], EXIT_CANNOT, "there is one of that name"),
        (["show", "a", "--owner", "binh"], EXIT_CANNOT, "there is none"),
        (["export", "a", "-o", "a.docx"], 2, "its ending names no format (csv, ris, bib)"),
    ],
)
def test_what_cannot_be_done_is_told(
    capsys: pytest.CaptureFixture[str], data: Path, arguments: list[str], code: int, told: str
) -> None:
    assert does(data, "new", "a") == 0
    assert does(data, *arguments) == code
    assert told in capsys.readouterr().err
