"""The doctor and the session say what is missing for sites that need a browser."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from crawler.browser.process import BrowserMissingError, missing_browser, require_browser
from crawler.config import Config
from crawler.installation_check import InstallationCheck, check_installation

PROFILE = """
name = "Liên đoàn Lao động huyện Mẫu"
domain = "cong-doan.example"
level = "district"
status = "unidentified"
verified = "made up for the tests"
seeds = ["https://cong-doan.example/"]
[urls]
article = ['^/bai-viet/']
"""


def finding(tmp_path: Path, profile: str, chromium: str) -> InstallationCheck:
    sites = tmp_path / "sites"
    sites.mkdir()
    (sites / "cong_doan.toml").write_text(profile, encoding="utf-8")
    config = Config(data=tmp_path, sites=sites, chromium=chromium)
    return next(each for each in check_installation(config) if each.subject == "browser")


def test_the_doctor_does_not_mind_a_missing_browser_that_nobody_needs(tmp_path: Path) -> None:
    found = finding(tmp_path, PROFILE, "/nowhere/chromium")
    assert found.ok
    assert "no profile needs it" in found.message


def test_the_doctor_tells_what_to_install_for_whom(tmp_path: Path) -> None:
    found = finding(tmp_path, PROFILE + "[fetch]\nbrowser = true\n", "/nowhere/chromium")
    assert not found.ok
    assert "apt-get install chromium" in found.message
    assert "needed by cong_doan" in found.message


def test_a_browser_is_looked_for_where_it_is_said_to_be(tmp_path: Path) -> None:
    path = tmp_path / "chromium"
    path.write_text("#!/bin/sh\n")
    path.chmod(0o755)
    assert missing_browser(str(path)) is None
    with pytest.raises(BrowserMissingError, match=r"site mau: .*no-such-browser.*apt-get install chromium"):
        require_browser("mau", "no-such-browser")


def test_the_python_package_may_be_what_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "playwright", None)
    assert "congdoan-archive[browser]" in (missing_browser("/bin/sh") or "")
