"""`congdoan serve` opens the reading room to this machine, and to others only behind a proxy."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
import time
import urllib.request
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from click.testing import CliRunner

from crawler.cli.access_options import AccessOptions, access_from_options
from crawler.cli.context import Setup
from crawler.cli.main import congdoan, run
from crawler.cli.serve import site_facts, web_settings
from crawler.config import ConfigError
from spiders.profile.site_profile import load_profiles
from storage.database.engine import open_database, upgrade
from storage.web.auth import accounts
from storage.web.roles import Role
from tests.paths import ROOT


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
        assert f"http://127.0.0.1:{port}/" in serving.communicate(timeout=60)[1]


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
    profiles = load_profiles()
    facts = site_facts(profiles)
    assert facts.keys() == profiles.keys()
    assert facts["congdoanbackan"].valid_until == date(2025, 6, 30)
    assert any(relation.key in profiles for told in facts.values() for relation in told.predecessors)


def test_the_room_is_named_and_addressed_as_citations_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CONGDOAN_PUBLIC_URL", "https://luu.example")
    monkeypatch.setenv("CONGDOAN_ARCHIVE_NAME", "Kho riêng")
    room = web_settings(Setup({"data": tmp_path}), "", "", 5)
    assert (room.base_url, room.name) == ("https://luu.example", "Kho riêng")
    told = web_settings(Setup({"data": tmp_path}), "https://khac.example/", "Kho khác", 5)
    assert (told.base_url, told.name) == ("https://khac.example", "Kho khác")
    monkeypatch.setenv("CONGDOAN_PUBLIC_URL", "https://luu.example/kho")
    with pytest.raises(ConfigError, match="public_url = "):
        web_settings(Setup({"data": tmp_path}), "", "", 5)


LOOPBACK = AccessOptions("127.0.0.1", False, (), "", "", (), None, None, "reader", ())
PUBLIC = "https://archive.example"
BEHIND = replace(LOOPBACK, host="10.0.0.5", behind_proxy=True)


def accounts_in(folder: Path) -> Path:
    path = folder / "accounts.txt"
    accounts.put_account(path, "mai", Role.CURATOR, "một mật khẩu dài")
    return path


@pytest.mark.parametrize(
    ("told", "base_url", "said"),
    [
        (replace(LOOPBACK, host="10.0.0.5"), PUBLIC, "others could reach"),
        (BEHIND, "", "--base-url"),
        (replace(LOOPBACK, user_header="X-User"), PUBLIC, "who may tell it"),
        (replace(BEHIND, groups_header="X-Groups"), PUBLIC, "whose groups"),
        (replace(BEHIND, everyone="curator"), PUBLIC, "a reader or nobody"),
        (replace(LOOPBACK, everyone="nobody"), "", "nobody could come in"),
        (replace(BEHIND, accounts=Path("a")), "http://archive.example", "in the clear"),
        (replace(BEHIND, accounts=Path("a"), user_header="X-User"), PUBLIC, "one of them"),
        (replace(BEHIND, accounts=Path("nowhere")), PUBLIC, "congdoan account"),
        (replace(BEHIND, trusted_proxy=("10.0.0.5/8",)), PUBLIC, "write 10.0.0.5"),
        (replace(BEHIND, grant=("mai=king",)), PUBLIC, "NAME=ROLE"),
    ],
)
def test_what_would_leave_the_archive_open_is_refused(told: AccessOptions, base_url: str, said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        access_from_options(told, base_url, {})


def test_sessions_need_a_secret_from_the_environment_or_a_file(tmp_path: Path) -> None:
    told = replace(BEHIND, accounts=accounts_in(tmp_path))
    for environ in ({}, {"CONGDOAN_SECRET": "short"}):
        with pytest.raises(ConfigError, match="32 characters"):
            access_from_options(told, PUBLIC, environ)
    secret = "s" * 32
    assert access_from_options(told, PUBLIC, {"CONGDOAN_SECRET": secret}).session_secret == secret
    (tmp_path / "secret").write_text(f"{secret}\n", encoding="utf-8")
    made = access_from_options(replace(told, secret_file=tmp_path / "secret"), PUBLIC, {})
    assert (made.session_secret, made.secure_cookies) == (secret, True)


def test_who_may_come_in_is_what_was_said() -> None:
    told = replace(
        BEHIND,
        trusted_proxy=("10.0.0.0/24",),
        user_header="X-User",
        grant=("mai=curator",),
        everyone="nobody",
    )
    made = access_from_options(told, PUBLIC, {})
    assert made.hosts == ("localhost", "127.0.0.1", "[::1]", "10.0.0.5", "archive.example")
    assert (made.anonymous_role, made.granted_roles) == (Role.NOBODY, {"mai": Role.CURATOR})
    assert [str(each) for each in made.proxies] == ["10.0.0.0/24"]
    assert access_from_options(LOOPBACK, "", {}).proxies == ()
    assert "*" not in access_from_options(LOOPBACK, "", {}).hosts


def test_an_account_is_made_and_taken_out(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "accounts.txt"
    told = ["account", "mai", "--role", "curator", "--file", str(path)]
    answered = CliRunner().invoke(congdoan, told, input="một mật khẩu dài\nmột mật khẩu dài\n")
    assert answered.exit_code == 0, answered.output
    assert accounts.read_accounts(path)["mai"].role is Role.CURATOR
    assert "mật khẩu" not in path.read_text(encoding="utf-8")
    assert run([*told, "--remove"]) == 0
    assert run([*told, "--remove"]) == 3
    assert "there is no account mai" in capsys.readouterr().err
