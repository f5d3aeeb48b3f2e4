"""`congdoan demo` fits on a screen or two, and `congdoan serve` opens its archive."""

from __future__ import annotations

from pathlib import Path

import pytest

from crawler.cli.context import DEMO_DATA, DEMO_MARK, Setup
from crawler.cli.demo import prepare_directory
from crawler.cli.main import run
from crawler.config import ConfigError

MAX_LINES = 60


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_the_demo_is_right_and_short_and_ends_with_the_reading_room(
    capfd: pytest.CaptureFixture[str],
) -> None:
    assert run(["demo", "--scale", "0.02"]) == 0
    out, err = capfd.readouterr()
    lines = out.splitlines()
    assert len(lines) + len(err.splitlines()) < MAX_LINES
    assert sum("right of 5 sites" in line for line in lines) == 2
    assert sum(line.startswith("congdoan search ") for line in lines) == 3
    assert lines[-1].split() == (
        [
            "reading",
            "room:",
            "congdoan",
            "--data",
            "demo-archive",
            "serve",
            "then",
            "open",
            "http://127.0.0.1:8300/",
        ]
    )
    assert Setup({}).or_demo().config.data == DEMO_DATA
    assert Setup({}).or_demo().archive().url.database == str((DEMO_DATA / "archive.db").absolute())


def test_the_archive_of_the_demo_gives_way_to_every_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    prepare_directory(DEMO_DATA, fresh=True)
    assert Setup({}).or_demo().config.data == DEMO_DATA
    assert Setup({"data": Path("x")}).or_demo().config.data == Path("x")
    (tmp_path / "archive").mkdir()
    (tmp_path / "archive" / "archive.db").touch()
    assert Setup({}).or_demo().config.data == Path("archive")
    (tmp_path / "archive" / "archive.db").unlink()
    monkeypatch.setenv("CONGDOAN_DATABASE", "postgresql://archive.example/congdoan")
    assert Setup({}).or_demo().config.database


def test_only_a_directory_of_a_demo_is_emptied(tmp_path: Path) -> None:
    prepare_directory(tmp_path / "demo", fresh=True)
    (tmp_path / "demo" / "archive.db").touch()
    prepare_directory(tmp_path / "demo", fresh=False)
    assert (tmp_path / "demo" / "archive.db").exists()
    prepare_directory(tmp_path / "demo", fresh=True)
    assert [path.name for path in (tmp_path / "demo").iterdir()] == [DEMO_MARK]
    (tmp_path / "demo" / DEMO_MARK).unlink()
    (tmp_path / "demo" / "letter.txt").touch()
    with pytest.raises(ConfigError, match="not a demo's directory"):
        prepare_directory(tmp_path / "demo", fresh=True)
