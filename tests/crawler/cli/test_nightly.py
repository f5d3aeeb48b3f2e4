"""The commands of the night as their operator meets them: the dry run, the schedule, the exit codes."""

from __future__ import annotations

import shutil
import subprocess
from configparser import ConfigParser
from pathlib import Path

import pytest

from crawler.cli.main import run
from crawler.demo.server import ReplicaServer

SITE = "congdoanbackan"


@pytest.fixture(autouse=True)
def quiet(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("CONGDOAN_DELAY", "0")
    monkeypatch.setenv("CONGDOAN_WORKERS", "1")
    monkeypatch.chdir(tmp_path)


def test_a_dry_run_asks_nothing_makes_nothing_and_says_why(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with ReplicaServer(1, scale=0.05, sites=[SITE]) as server:
        dial = [part for host, address in server.dial.items() for part in ("--dial", f"{host}={address}")]
        told = ["--data", str(tmp_path / "archive")]
        assert run([*told, "nightly", "--dry-run", *dial]) == 0
        said = capsys.readouterr().out
        assert "never visited" in said
        assert "never asked, status unknown" in said
        assert not (tmp_path / "archive").exists()
        assert server.requests == []
        assert run([*told, "crawl", SITE, *dial]) == 0, capsys.readouterr().out
        asked = len(server.requests)
        capsys.readouterr()
        assert run([*told, "nightly", "--dry-run", *dial, "--until", "05:00"]) == 0
        said = capsys.readouterr().out
        line = next(line for line in said.splitlines() if SITE in line)
        assert "every 30d" in line
        assert " no " in line
        assert run([*told, "nightly", "--dry-run", *dial, "--as-of", "2099-01-01"]) == 0
        later = next(line for line in capsys.readouterr().out.splitlines() if SITE in line)
        assert "yes" in later
        assert "5000 pages" in later
        assert len(server.requests) == asked


def test_a_deadline_that_is_no_time_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["nightly", "--until", "late"]) == 3
    assert "not a time of day like 05:00" in capsys.readouterr().err


def scheduled(capsys: pytest.CaptureFixture[str], tmp_path: Path, only: str) -> str:
    told = ["--data", str(tmp_path / "kho lưu trữ"), "schedule", "--at", "01:30", "--until", "05:00"]
    assert run([*told, "--user", "root", "--only", only]) == 0
    return capsys.readouterr().out


def test_the_units_are_what_systemd_reads(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    units = tmp_path / "units"
    units.mkdir()
    for only, job in (("", "nightly"), ("verify-", "verify")):
        for kind in ("service", "timer"):
            text = scheduled(capsys, tmp_path, f"{only}{kind}")
            assert text.startswith(f"# /etc/systemd/system/congdoan-{job}.{kind}\n")
            (units / f"congdoan-{job}.{kind}").write_text(text, encoding="utf-8")
    service = ConfigParser(strict=False, interpolation=None)
    service.optionxform = str  # type: ignore[assignment,method-assign]
    service.read(units / "congdoan-nightly.service", encoding="utf-8")
    assert "nightly --until 05:00" in service["Service"]["ExecStart"]
    assert Path(service["Service"]["ExecStart"].split()[0]).is_absolute()
    assert service["Service"]["KillMode"] == "mixed", "readers are not to be stopped before the night is"
    timer = ConfigParser(interpolation=None)
    timer.read(units / "congdoan-nightly.timer", encoding="utf-8")
    assert timer["Timer"]["OnCalendar"] == "*-*-* 01:30:00 Asia/Ho_Chi_Minh"
    daily = (units / "congdoan-verify.service").read_text(encoding="utf-8")
    assert " verify --share 1/30\n" in daily
    assert "OnCalendar=*-*-* 12:00:00 " in (units / "congdoan-verify.timer").read_text(encoding="utf-8")
    verify = shutil.which("systemd-analyze")
    if verify is None:
        return
    checked = subprocess.run(
        [verify, "verify", *map(str, sorted(units.iterdir()))], capture_output=True, text=True, check=False
    )
    about = [line for line in checked.stderr.splitlines() if "congdoan" in line]
    assert about == [], about


def test_the_cron_line_has_its_five_fields_and_a_command(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    lines = scheduled(capsys, tmp_path, "cron").splitlines()
    assert lines[1] == "CRON_TZ=Asia/Ho_Chi_Minh"
    assert lines[2].split()[:5] == ["30", "01", "*", "*", "*"]
    assert "'" in lines[2], "a directory with blanks is quoted"
    assert lines[2].endswith("nightly --until 05:00")
    assert lines[3].split()[:5] == ["00", "12", "*", "*", "*"]
    assert lines[3].endswith("verify --share 1/30")


def test_a_schedule_at_no_time_is_refused_and_a_password_is_never_printed(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert run(["schedule", "--at", "25:00"]) == 2
    assert "not a time of day" in capsys.readouterr().err
    assert run(["--database", "postgresql+psycopg://u:secret@h/d", "schedule"]) == 0
    shown = capsys.readouterr()
    assert "secret" not in shown.out + shown.err
