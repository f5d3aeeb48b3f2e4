"""Runs the commands of the site-profile tutorial, in order and exactly as printed."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.paths import ROOT

pytestmark = pytest.mark.slow

TUTORIAL = ROOT / "docs" / "tutorials" / "site-profile.md"


def test_the_site_profile_tutorial_runs_from_a_clone(tmp_path: Path) -> None:
    clone = tmp_path / "congdoan-archive"
    subprocess.run(["git", "clone", "-q", "--depth=1", ROOT.as_uri(), str(clone)], check=True)
    blocks = re.findall(r"^```sh\n(.*?)^```", TUTORIAL.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    assert len(blocks) >= 8
    script = "set -e\ntrap 'kill $(cat replica.pid 2>/dev/null) 2>/dev/null || true' EXIT\n" + "".join(blocks)
    author = {
        f"GIT_{who}_{what}": "a@b.example" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")
    }
    environ = {**os.environ, **author, "PYTHONPATH": str(clone), "CONGDOAN_DELAY": "0", "NO_COLOR": "1"}
    environ["PATH"] = f"{Path(sys.executable).parent}:{environ['PATH']}"
    tutorial_run = subprocess.run(
        ["bash", "-c", script],
        cwd=clone,
        env=environ,
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert tutorial_run.returncode == 0, tutorial_run.stdout[-3000:] + tutorial_run.stderr[-3000:]
    assert "congdoanhuyen: ok" in tutorial_run.stdout
    assert "0 articles changed" in tutorial_run.stdout
    assert "Profile of a district federation" in tutorial_run.stdout
