"""`congdoan config`: every setting in force, where it comes from, and no secret."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from crawler.cli.config import masked, other_variables
from crawler.cli.main import run
from crawler.config import Config

PASSWORD = "chim-hoang-yen-91734"


@pytest.fixture(autouse=True)
def _settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "congdoan.toml").write_text('quiet = ["06:00-11:00"]\nnotify_file = "targets.toml"\n')
    (tmp_path / "targets.toml").write_text(f'office = "mailto://a:{PASSWORD}@mail.example"\n')
    monkeypatch.setenv("CONGDOAN_DATABASE", f"postgresql+psycopg://thuthu:{PASSWORD}@127.0.0.1/luutru")
    monkeypatch.setenv("CONGDOAN_SECRET", PASSWORD)
    monkeypatch.setenv("CONGDOAN_NOTIFY_OFFICE", f"mailto://a:{PASSWORD}@mail.example")
    monkeypatch.setenv("CONGDOAN_DELAYY", PASSWORD)


def test_every_setting_is_printed_with_its_source(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert run(["--data", "somewhere", "config"]) == 0
    out = capsys.readouterr().out
    rows = {line.split()[0]: line.split()[1:] for line in out.splitlines() if line.strip()}
    assert list(rows)[1 : len(Config.model_fields) + 1] == list(Config.model_fields)
    assert rows["data"] == ["somewhere", "option", "--data"]
    assert rows["quiet"] == ["06:00-11:00", "file", str(tmp_path / "congdoan.toml")]
    assert rows["delay"] == ["2.0", "default"]
    assert "postgresql+psycopg://thuthu:***@127.0.0.1/luutru" in rows["database"]
    assert "CONGDOAN_SECRET is set: ***" in out
    assert "CONGDOAN_NOTIFY_OFFICE is set: ***" in out
    assert "CONGDOAN_DELAYY is set, and is no setting" in out
    assert PASSWORD not in out


def test_json_says_the_same(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["config", "--json"]) == 0
    out = capsys.readouterr().out
    report = json.loads(out)
    settings = {setting["name"]: setting for setting in report["settings"]}
    assert settings["database"]["source"] == "variable"
    assert settings["database"]["where"] == "CONGDOAN_DATABASE"
    assert settings["quiet"]["value"] == ["06:00-11:00"]
    assert report["secrets"] == ["CONGDOAN_NOTIFY_OFFICE", "CONGDOAN_SECRET"]
    assert "CONGDOAN_DELAYY" in report["unknown"]
    assert PASSWORD not in out


@pytest.mark.parametrize(
    ("value", "printed"),
    [
        ("postgresql://u:p@ss/word@host/db", "postgresql://u:***@host/db"),
        (
            "postgresql://host/db?user=u&password=p&sslmode=require",
            "postgresql://host/db?user=u&password=***&sslmode=require",
        ),
        ("sqlite:///archive.db", "sqlite:///archive.db"),
        ("mailto:archive@example.org", "mailto:archive@example.org"),
        (8, 8),
    ],
)
def test_passwords_are_masked(value: object, printed: object) -> None:
    assert masked(value) == printed


def test_the_variable_of_a_setting_is_not_listed_as_another() -> None:
    environ = {"CONGDOAN_DELAY": "1", "CONGDOAN_CONFIG": "x", "CONGDOAN_SECRETS": "y", "HOME": "/"}
    assert other_variables(environ) == ([], ["CONGDOAN_SECRETS"])
