"""`python -m benchmarks.dedup.costs`: texts signed a second, and the index up to a million articles."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import click

from benchmarks.dedup.corpus import CorpusError, news
from benchmarks.dedup.cost import growth, growth_table, signing, slow

TEXTS = 20_000
SIZES = (1_000, 100_000, 1_000_000)


@click.command()
@click.option("--size", "sizes", type=int, multiple=True, default=SIZES, show_default=True, help="Articles.")
@click.option("--database", help="Measure there (an empty PostgreSQL database) and not in SQLite.")
@click.option("--json", "out", type=click.Path(path_type=Path), help="Write the figures here too.")
def main(sizes: Sequence[int], database: str | None, out: Path | None) -> None:
    """Measure; exit code 1 when an aim is missed."""
    try:
        texts = [original.text for original in news(TEXTS)]
    except CorpusError as error:
        raise click.ClickException(str(error)) from error
    speed = signing(texts)
    click.echo(f"signed: {speed.together:,.0f} articles/s in two processes, {speed.alone:,.0f} in one")
    grown = [growth(texts, size, database) for size in sizes]
    click.echo(growth_table(grown))
    if out:
        told = {"signing": asdict(speed), "growth": [asdict(one) for one in grown]}
        out.write_text(json.dumps(told, indent=2) + "\n", encoding="utf-8")
    lost = slow(speed, grown)
    for line in lost:
        click.echo(f"missed: {line}", err=True)
    raise SystemExit(1 if lost else 0)


if __name__ == "__main__":
    main()
