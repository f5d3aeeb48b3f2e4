"""Settings: options over variables over one TOML file, and what is refused."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from crawler.config import Config, ConfigError, SettingSource, SourceKind, load, load_with_sources


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def write(content: str) -> Path:
    path = Path("congdoan.toml")
    path.write_text(content, encoding="utf-8")
    return path.absolute()


def test_options_override_variables_which_override_the_file() -> None:
    write('data = "a"\ndelay = 3\nworkers = 2')
    config = load({"data": Path("c"), "until": None}, {"CONGDOAN_DATA": "b", "CONGDOAN_DELAY": "4"})
    assert (config.data, config.delay, config.workers, config.until) == (Path("c"), 4.0, 2, "")


def test_the_source_of_every_setting_is_known() -> None:
    path = write("delay = 3\nworkers = 2")
    _, sources = load_with_sources({"data": Path("c")}, {"CONGDOAN_DELAY": "4"})
    assert list(sources) == list(Config.model_fields)
    assert sources["data"] == SettingSource(SourceKind.OPTION, "--data")
    assert sources["delay"] == SettingSource(SourceKind.VARIABLE, "CONGDOAN_DELAY")
    assert sources["workers"] == SettingSource(SourceKind.FILE, str(path))
    assert sources["until"] == SettingSource(SourceKind.DEFAULT)


def test_a_mapping_of_the_variable_replaces_that_of_the_file() -> None:
    write('[dial]\n"a.example" = "127.0.0.1:1"')
    config = load(environ={"CONGDOAN_DIAL": "b.example=127.0.0.1:2, c.example = 127.0.0.1:3,"})
    assert config.dial == {"b.example": "127.0.0.1:2", "c.example": "127.0.0.1:3"}


def test_the_constructor_reads_neither_file_nor_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    write("delay = 3")
    monkeypatch.setenv("CONGDOAN_WORKERS", "7")
    config = Config(data=Path("x"))
    assert (config.delay, config.workers) == (2.0, os.cpu_count())


@pytest.mark.parametrize(
    ("content", "variables", "message"),
    [
        ("colour = 1", {}, "configuration (congdoan.toml or CONGDOAN_COLOUR): key `colour`: Extra inputs"),
        ("DELAY = 3", {}, "key `DELAY`: Extra inputs"),
        ("workers = 0", {}, "configuration (congdoan.toml or CONGDOAN_WORKERS): key `workers`: "),
        ("delay =", {}, "congdoan.toml: not valid TOML: "),
        ("", {"DELAY": ""}, "key `delay`: Input should be a valid number"),
        ("", {"QUIET": "06:00-11:00,x"}, "key `quiet.1`: Value error, not hours like 22:00-05:30: x"),
        ("", {"DIAL": "a.example"}, "only loopback addresses may be dialled"),
        ("", {"DIAL": "a.example=8.8.8.8:1"}, "only loopback addresses may be dialled"),
        ("", {"CONFIG": "nowhere.toml"}, "nowhere.toml: No such file or directory; mend CONGDOAN_CONFIG"),
        ("", {"CONFIG": "."}, ".: Is a directory; mend CONGDOAN_CONFIG"),
        ("", {"PUBLIC_URL": "archive.example"}, "archive.example is no web address"),
    ],
)
def test_what_cannot_be_used_is_refused_by_file_and_key(
    content: str, variables: dict[str, str], message: str
) -> None:
    write(content)
    with pytest.raises(ConfigError) as refused:
        load(environ={f"CONGDOAN_{name}": value for name, value in variables.items()})
    assert message in str(refused.value)


def test_variables_that_are_no_settings_and_small_letters_are_passed_over() -> None:
    config = load(environ={"CONGDOAN_COLOUR": "x", "congdoan_delay": "9", "DELAY": "9"})
    assert config.delay == 2.0


def test_help_imports_neither_settings_nor_database() -> None:
    script = (
        "import sys\nfrom crawler.cli.main import run\nrun(['--help'])\nprint(*sys.modules, file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert not {"pydantic", "pydantic_settings", "scrapy", "sqlalchemy"} & set(done.stderr.split())
