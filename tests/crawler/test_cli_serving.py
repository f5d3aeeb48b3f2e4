"""`congdoan serve` opens the reading room to this machine, and to others only behind a proxy."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
import time
import urllib.request
from datetime import date
from pathlib import Path

import pytest

from crawler.cli.context import Setup
from crawler.cli.main import run
from crawler.cli.serving import facts_of, room_of
from crawler.config import ConfigError
from spiders.profile import load_all
from storage.database import open_database, upgrade

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.7", "archive.example"])
def test_others_are_let_in_only_behind_a_proxy(
    host: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["--data", str(tmp_path), "serve", "--host", host]) == 3
    assert f"--host {host}: others could reach the reading room" in capsys.readouterr().err


def test_a_public_address_has_no_path(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["--data", str(tmp_path), "serve", "--base-url", "https://a.example/kho"]) == 3
    assert "write it as https://host" in capsys.readouterr().err


def test_an_archive_that_is_not_there_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["--data", str(tmp_path), "serve"]) == 3
    assert "there is no archive yet" in capsys.readouterr().err


def test_it_serves_until_it_is_interrupted(tmp_path: Path) -> None:
    engine = open_database(f"sqlite:///{tmp_path / 'archive.db'}")
    upgrade(engine)
    engine.dispose()
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [
        sys.executable,
        "-m",
        "crawler.cli.main",
        "--data",
        str(tmp_path),
        "serve",
        "--port",
        str(port),
    ]
    with subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, text=True) as serving:
        try:
            assert "Archive of the Trade-Union Press" in _answer(f"http://127.0.0.1:{port}/?lang=en", serving)
        finally:
            serving.send_signal(signal.SIGINT)
        assert f"http://127.0.0.1:{port}/" in serving.communicate(timeout=20)[1]


def _answer(url: str, serving: subprocess.Popen[str]) -> str:
    for _ in range(300):
        assert serving.poll() is None, serving.communicate()[1]
        try:
            with urllib.request.urlopen(url) as response:
                return str(response.read().decode())
        except OSError:
            time.sleep(0.1)
    raise AssertionError(f"{url}: no answer in 30 s")


def test_what_profiles_tell_of_a_sites_life_is_handed_on() -> None:
    profiles = load_all()
    facts = facts_of(profiles)
    assert facts.keys() == profiles.keys()
    assert facts["congdoanbackan"].valid_until == date(2025, 6, 30)
    assert any(relation.key in profiles for told in facts.values() for relation in told.predecessors)


def test_the_room_is_named_and_addressed_as_citations_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CONGDOAN_PUBLIC_URL", "https://luu.example")
    monkeypatch.setenv("CONGDOAN_ARCHIVE_NAME", "Kho riêng")
    room = room_of(Setup({"data": tmp_path}), "", "", 5)
    assert (room.base_url, room.name) == ("https://luu.example", "Kho riêng")
    told = room_of(Setup({"data": tmp_path}), "https://khac.example/", "Kho khác", 5)
    assert (told.base_url, told.name) == ("https://khac.example", "Kho khác")
    monkeypatch.setenv("CONGDOAN_PUBLIC_URL", "https://luu.example/kho")
    with pytest.raises(ConfigError, match="public_url = "):
        room_of(Setup({"data": tmp_path}), "", "", 5)
