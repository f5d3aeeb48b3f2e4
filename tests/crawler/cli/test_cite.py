"""`congdoan cite`, and exports as references, as their users meet them."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
import rispy
from bibtexparser.entrypoint import parse_string

from crawler.cli.main import EXIT_CANNOT, run
from storage.database.engine import open_database, upgrade
from storage.export.manifest import read_manifest
from tests.storage.random_archive import Scribe


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in [name for name in os.environ if name.startswith("CONGDOAN_") and "TEST" not in name]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("CONGDOAN_PUBLIC_URL", "https://luu.example/")
    folder = tmp_path / "archive"
    engine = open_database(f"sqlite:///{folder}/archive.db")
    upgrade(engine)
    Scribe(engine).write(30)
    engine.dispose()
    return folder


def test_an_article_is_cited_by_number_and_by_url(capsys: pytest.CaptureFixture[str], data: Path) -> None:
    assert run(["--data", str(data), "cite", "1"]) == 0
    said = capsys.readouterr()
    assert said.out.endswith("Kho lưu trữ báo chí công đoàn: https://luu.example/article/1.\n")
    assert said.err == ""
    url = next(part.strip(",") for part in said.out.split() if "/bai-" in part)
    assert run(["--data", str(data), "cite", url, "--style", "csl", "--revision", "1"]) == 0
    (item,) = json.loads(capsys.readouterr().out)
    assert item["archive_location"] == "https://luu.example/article/1/revision/1"


def test_without_a_reading_room_a_citation_has_no_address_and_says_so(
    capsys: pytest.CaptureFixture[str], data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("CONGDOAN_PUBLIC_URL")
    assert run(["--data", str(data), "cite", "1"]) == 0
    said = capsys.readouterr()
    assert said.out.endswith("tại Kho lưu trữ báo chí công đoàn.\n")
    assert "public_url is not set" in said.err


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        (["999"], 1, "no article 999"),
        (["1", "--revision", "99"], EXIT_CANNOT, "article 1 has no revision 99: it has 1 to"),
        (["capture:5"], EXIT_CANNOT, "no capture 5"),
        (["capture:5", "--revision", "1"], 2, "a capture has one text"),
        (["1", "--style", "mla"], 2, "'mla' is not one of"),
    ],
)
def test_what_cannot_be_cited_is_told(
    capsys: pytest.CaptureFixture[str], data: Path, arguments: list[str], code: int, told: str
) -> None:
    assert run(["--data", str(data), "cite", *arguments]) == code
    assert told in capsys.readouterr().err


def test_a_reading_rooms_address_must_be_one(
    capsys: pytest.CaptureFixture[str], data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CONGDOAN_PUBLIC_URL", "luu.example")
    assert run(["--data", str(data), "cite", "1"]) == EXIT_CANNOT
    assert "write it as https://" in capsys.readouterr().err


def test_exports_are_references_other_programs_read(data: Path, tmp_path: Path) -> None:
    base = ["--data", str(data), "export", "--query", "don vi"]
    for name in ("all.ris", "all.bib"):
        assert run([*base, "-o", str(tmp_path / name)]) == 0
    rows = read_manifest(tmp_path / "all.ris.manifest.json").rows
    with (tmp_path / "all.ris").open(encoding="utf-8", newline="") as stream:
        references = rispy.load(stream)
    library = parse_string((tmp_path / "all.bib").read_text(encoding="utf-8"))
    assert library.failed_blocks == []
    assert len(references) == len(library.entries) == rows > 5
    assert [each["id"] for each in references] == [each.key for each in library.entries]
    assert {each["secondary_title"] for each in references} <= {"Huyen", "Nganh", "Tinh"}
    kept = [each["unknown_tag"]["AV"][0] for each in references]
    assert all(address.startswith("https://luu.example/article/") for address in kept)
