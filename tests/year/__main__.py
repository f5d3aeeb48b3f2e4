"""`make year`: the whole year, its nights as they come, and the table of its aims."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import click

from tests.year.aims import extras, judge
from tests.year.year import NightRecord, Plan, Year


def _line(record: NightRecord) -> str:
    unwell = ", ".join(sorted(record.problems)[:4])
    return (
        f"night {record.night}: {record.visits} visits, {record.requests} requests, {record.doings} changes, "
        f"{record.resident / 1e6:.0f} MB, {record.seconds:.1f} s" + (f"; {unwell}" if unwell else "")
    )


@click.command()
@click.option("--nights", default=365, show_default=True)
@click.option("--sites", default=60, show_default=True)
@click.option("--kills", default=100, show_default=True)
@click.option("--episodes", default=120, show_default=True, help="Outages, relayouts, hiccups.")
@click.option("--keep", type=click.Path(path_type=Path), help="Keep the archive in this new folder.")
def main(nights: int, sites: int, kills: int, episodes: int, keep: Path | None) -> None:
    """Simulate a year over replica sites; exit code 1 when an aim is missed."""
    with tempfile.TemporaryDirectory(prefix="congdoan-year-") as scratch:
        year = Year.prepare(Plan(nights, sites, kills, episodes), keep or Path(scratch))
        for record in year.run():
            click.echo(_line(record))
        aims = judge(year)
        for aim in aims:
            click.echo(f"{'met   ' if aim.met else 'MISSED'}  {aim.name}: {aim.figure}  (aim: {aim.aim})")
        for line in extras(year):
            click.echo(f"        {line}")
    sys.exit(0 if all(aim.met for aim in aims) else 1)


if __name__ == "__main__":
    main()
