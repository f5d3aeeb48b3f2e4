"""`python -m benchmarks` (`make bench`): the short form of every benchmark into one dated table."""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

import click

from benchmarks.short_forms import SHORT_FORMS, Measurement, ShortForm

RESULTS = Path(__file__).parent / "results"
TIMEOUT_SECONDS = 1800
BROKEN = "broken"


def run(form: ShortForm, arguments: Sequence[str], figures: Path) -> tuple[str, list[Measurement]]:
    """Run one benchmark in a process of its own.

    Returns (state, measurements). State is `reached` or `missed` (its aims), `left out: …` where the corpora
    it needs are absent, or `broken: …`, which is a red build.
    """
    command = [sys.executable, "-W", "ignore", "-m", form.module, *arguments, "--json", str(figures)]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=TIMEOUT_SECONDS, check=False)
    except subprocess.TimeoutExpired:
        return f"{BROKEN}: not done after {TIMEOUT_SECONDS} s", []
    last_lines = " / ".join(done.stderr.strip().splitlines()[-2:])
    if form.needs_corpora and "corpora" in done.stderr and not figures.exists():
        return f"left out: {last_lines}", []
    if done.returncode not in {0, 1} or not figures.exists():
        return f"{BROKEN}: exit code {done.returncode}: {last_lines}", []
    measurements = list(form.measurements(json.loads(figures.read_text(encoding="utf-8"))))
    if not measurements:
        return f"{BROKEN}: it measured nothing", []
    return ("missed" if done.returncode else "reached"), measurements


def machine() -> Iterator[str]:
    """The machine's state, a line each: what a figure cannot be read without."""
    commit = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=False
    )
    yield f"- congdoan {version('congdoan-archive')}, commit {commit.stdout.strip() or 'unknown'}"
    system = f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores"
    yield f"- Python {platform.python_version()}, {system}"
    yield f"- load average before: {', '.join(f'{load:.1f}' for load in os.getloadavg())}"


def table_rows(name: str, state: str, measurements: Sequence[Measurement]) -> Iterator[str]:
    """Rows of the table in Markdown; one without figures where a benchmark gave none."""
    if not measurements:
        yield f"| {name} | {state} | | | | |"
    for measurement in measurements:
        ratio = f"{measurement.ratio:.2f}" if measurement.ratio is not None else ""
        peer = f"{measurement.peer_value:.4g}" if measurement.peer_value is not None else ""
        cells = (name, measurement.quantity, f"{measurement.value:.4g}", measurement.peer, peer, ratio)
        yield f"| {' | '.join(cells)} |"


@click.command()
@click.argument("names", nargs=-1)
@click.option(
    "--smoke", is_flag=True, help="As small as can be, without peers from outside: does it still run?"
)
@click.option(
    "--results", type=click.Path(path_type=Path), default=RESULTS, help="Folder of the dated table."
)
def main(names: tuple[str, ...], smoke: bool, results: Path) -> None:
    """Run all benchmarks, or those named, one after the other; exit code 1 when one is broken.

    An aim that is missed breaks nothing: a figure is read beside the machine's state.
    """
    if unknown := sorted(set(names) - set(SHORT_FORMS)):
        raise click.UsageError(
            f"no benchmark called {', '.join(unknown)}; there are {', '.join(SHORT_FORMS)}"
        )
    started = datetime.now(UTC)
    page = [f"# Benchmarks, {started:%Y-%m-%d %H:%M} UTC", "", *machine(), ""]
    page += ["| benchmark | quantity | ours | peer | peer's | ours ÷ peer's |", "|---|---|---|---|---|---|"]
    states: dict[str, str] = {}
    with tempfile.TemporaryDirectory(prefix="congdoan-bench-") as folder:
        for name in names or SHORT_FORMS:
            form = SHORT_FORMS[name]
            arguments = form.smoke if smoke else form.short
            states[name], measurements = run(form, arguments, Path(folder) / f"{name}.json")
            page += table_rows(name, states[name], measurements)
            click.echo(f"{name}: {states[name]}")
    page += ["", *(f"- {name}: {state}" for name, state in states.items())]
    results.mkdir(parents=True, exist_ok=True)
    target = results / f"{started:%Y-%m-%d}{'-smoke' if smoke else ''}.md"
    target.write_text("\n".join(page) + "\n", encoding="utf-8")
    click.echo(f"written: {target}")
    sys.exit(1 if any(state.startswith(BROKEN) for state in states.values()) else 0)


if __name__ == "__main__":
    main()
