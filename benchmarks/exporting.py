"""Exporting: the archive's own exports beside DuckDB's COPY of the same rows, in one run."""

from __future__ import annotations

import json
import tempfile
from dataclasses import asdict
from pathlib import Path

import click

from benchmarks.apart import apart
from benchmarks.exporters import Took, build, duckdbs, load, ours

LEAST = {"parquet": 20_000, "jsonl.zst": 12_000}  # articles a second, by the clock on the wall
MOST_MEMORY = 700  # MB at the peak of an export, whatever the archive's size


def compare(size: int, rounds: int) -> dict[str, Took]:
    """Every contender in a fresh process, its quickest of so many rounds."""
    with tempfile.TemporaryDirectory(prefix="congdoan-") as folder:
        here = Path(folder)
        archive, rows = str(here / "archive.db"), str(here / "rows.duckdb")
        apart(build, archive, size)  # a child begins with the peak of its parent: this one stays small
        taken: dict[str, list[Took]] = {}
        for number in range(rounds):
            for form in LEAST:
                mine, theirs = str(here / f"ours.{form}"), str(here / f"theirs.{form}")
                taken.setdefault(f"congdoan {form}", []).append(apart(ours, archive, form, mine))
                if not number and form == "parquet":
                    apart(load, mine, rows)
                taken.setdefault(f"duckdb {form}", []).append(apart(duckdbs, rows, form, theirs))
        return {name: min(found, key=lambda one: one.wall) for name, found in taken.items()}


def wrong(taken: dict[str, Took]) -> list[str]:
    """Aims that were missed, one line each."""
    found = []
    for form, least in LEAST.items():
        mine = taken[f"congdoan {form}"]
        if mine.a_second < least:
            found.append(f"{form}: {mine.a_second:,.0f} articles a second (at least {least:,})")
        if mine.memory > MOST_MEMORY:
            found.append(f"{form}: {mine.memory:.0f} MB at the peak (at most {MOST_MEMORY})")
    return found


def table(taken: dict[str, Took]) -> str:
    """The figures, for a person."""
    head = ("", "articles/s", "CPU µs each", "peak MB", "file MB")
    lines = [head]
    for name, took in taken.items():
        figures = (f"{took.a_second:,.0f}", f"{took.cpu_each:.1f}", f"{took.memory:.0f}", f"{took.size:.1f}")
        lines.append((name, *figures))
    return "\n".join("".join((line[0].ljust(22), *(cell.rjust(13) for cell in line[1:]))) for line in lines)


@click.command()
@click.option("--articles", default=50_000, show_default=True, help="Size of the synthetic archive.")
@click.option("--rounds", default=3, show_default=True, help="The quickest of so many counts.")
@click.option("--json", "figures", type=click.Path(path_type=Path), help="Write the figures here too.")
def main(articles: int, rounds: int, figures: Path | None) -> None:
    """Measure; exit code 1 when an aim is missed."""
    taken = compare(articles, rounds)
    click.echo(table(taken))
    if figures:
        by_contender = {name: asdict(took) for name, took in taken.items()}
        figures.write_text(json.dumps(by_contender, indent=2) + "\n", encoding="utf-8")
    missed = wrong(taken)
    for line in missed:
        click.echo(f"missed: {line}", err=True)
    raise SystemExit(1 if missed else 0)


if __name__ == "__main__":
    main()
