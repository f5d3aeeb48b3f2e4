"""`python -m benchmarks.reading`: our reader beside its peers, field by field, on the same pages."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from benchmarks.reading.aims import Scores, cpu_ratio, missed
from benchmarks.reading.contenders import OURS, PEERS, PeerError, Reading, read_all
from benchmarks.reading.gold import GoldPage, replica_families, replica_pages, write
from benchmarks.reading.labels import FAMILY as REAL
from benchmarks.reading.labels import LabelsError, labelled_pages
from benchmarks.reading.score import score
from benchmarks.reading.table import tables

SHOWN = 40  # wrong fields told in full with --wrong


def gather(families: Sequence[str], each: int, labels: Path | None) -> list[GoldPage]:
    """The pages of the families named; of all without a name."""
    pages = [page for family in families if family != REAL for page in replica_pages(family, each)]
    if REAL not in families:
        return pages
    try:
        return pages + labelled_pages(labels)
    except LabelsError as error:
        click.echo(f"left out: {error}", err=True)
        return pages


def compare(pages: Sequence[GoldPage], peers: Sequence[str]) -> tuple[Scores, dict[str, Reading]]:
    """Every reader over the same pages, one after the other."""
    with tempfile.TemporaryDirectory(prefix="congdoan-reading-") as folder:
        write(pages, Path(folder))
        readings = {name: read_all(name, Path(folder)) for name in (OURS, *peers)}
    families = dict.fromkeys(page.family for page in pages)
    scores = {
        family: {
            name: score([p for p in pages if p.family == family], reading.answers, generous=name != OURS)
            for name, reading in readings.items()
        }
        for family in families
    }
    return scores, readings


def as_dict(scores: Scores, readings: dict[str, Reading]) -> dict[str, Any]:
    """JSON-ready: figures by family and reader, cost, requests tried, aims missed."""
    return {
        "families": {
            family: {
                name: {"pages": one.pages, "cpu_ms": one.cpu, "errors": one.errors, **one.figures()}
                for name, one in readers.items()
            }
            for family, readers in scores.items()
        },
        "cpu_ratio": {name: cpu_ratio(scores, name) for name in readings},
        "requests": {name: reading.requests for name, reading in readings.items()},
        "missed": missed(scores),
    }


def _chosen(told: str, known: Sequence[str], what: str) -> list[str]:
    names = [name.strip() for name in told.split(",") if name.strip()] or list(known)
    if strangers := [name for name in names if name not in known]:
        raise click.UsageError(f"no {what} called {', '.join(strangers)}; there are {', '.join(known)}")
    return names


@click.command()
@click.option("--families", default="", help="Only these, comma-separated; all without it.")
@click.option("--peers", default="", help="Only these, comma-separated, or `none`; all without it.")
@click.option("--each", default=12, show_default=True, help="Pages of each replica site; 0 = all.")
@click.option("--labels", type=click.Path(path_type=Path), help="Folder of labels.json for real pages.")
@click.option("--json", "out", type=click.Path(path_type=Path), help="Write the figures here too.")
@click.option("--wrong", is_flag=True, help="Also print what our reader got wrong.")
def main(families: str, peers: str, each: int, labels: Path | None, out: Path | None, wrong: bool) -> None:
    """Measure; exit code 1 when an aim is missed."""
    chosen = _chosen(families, [*replica_families(), REAL], "family")
    beside = [] if peers == "none" else _chosen(peers, PEERS, "peer")
    pages = gather(chosen, each, labels)
    if not pages:
        raise click.UsageError("no pages: the families named have none here")
    try:
        scores, readings = compare(pages, beside)
    except PeerError as error:
        raise click.ClickException(str(error)) from error
    if out:
        told = as_dict(scores, readings)
        out.write_text(json.dumps(told, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    click.echo(tables(scores))
    for name, reading in readings.items():
        if reading.requests:
            click.echo(f"{name} asked for the network {reading.requests} times (it was off)")
    if wrong:
        lines = [line for readers in scores.values() for line in readers[OURS].wrong]
        click.echo("\n".join(f"wrong: {line}" for line in lines[:SHOWN]), err=True)
    lost = missed(scores)
    for line in lost:
        click.echo(f"missed: {line}", err=True)
    raise SystemExit(1 if lost else 0)


if __name__ == "__main__":
    main()
