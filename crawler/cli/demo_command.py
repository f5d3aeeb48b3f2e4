"""`congdoan demo`: the whole archive on replica sites."""

from __future__ import annotations

import sys

import click

from crawler.cli.context import Setup, console
from crawler.cli.demo import DATA
from crawler.cli.demo import run as run_demo


@click.command()
@click.option("--scale", default=1.0, show_default=True, help="Size of the replica sites.")
@click.option("--keep/--fresh", default=False, help="Go on with the archive of an earlier demo.")
@click.pass_obj
def demo(setup: Setup, scale: float, keep: bool) -> None:
    """Crawl five bundled replica sites for two nights, report, and search: no network needed.

    \b
    Example: congdoan demo --scale 0.2
    """
    data = setup.overrides.get("data") or DATA
    sys.exit(run_demo(data, scale=scale, fresh=not keep, out=console(), err=console(err=True)))
