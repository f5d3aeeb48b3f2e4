"""Every benchmark still runs, with its contenders: the smallest form of each, no figure judged."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.short_forms import SHORT_FORMS
from tests.paths import ROOT

QUICKEST = "throughput"  # the one that `make test` runs


@pytest.mark.parametrize(
    "name", [name if name == QUICKEST else pytest.param(name, marks=pytest.mark.slow) for name in SHORT_FORMS]
)
def test_a_benchmark_runs(name: str, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "benchmarks", name, "--smoke", "--results", str(tmp_path)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if "left out" in done.stdout:
        pytest.skip(done.stdout.splitlines()[0])
    assert done.returncode == 0, done.stdout + done.stderr
    (page,) = tmp_path.glob("*.md")
    assert f"| {name} | " in page.read_text(encoding="utf-8")


def test_every_benchmark_has_a_short_form() -> None:
    """A module with a command of its own is a benchmark, or is named here."""
    modules = {form.module for form in SHORT_FORMS.values()}
    for path in (ROOT / "benchmarks").rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        if "@click.command" in text and "peers" not in path.parts and path.stem not in {"short_forms"}:
            module = ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__main__")
            assert module in modules | {"benchmarks", "benchmarks.dedup.costs"}, module
