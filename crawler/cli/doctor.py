"""`congdoan doctor`: print what a nightly crawl needs and whether it is there."""

from __future__ import annotations

import sys

import click

from crawler import doctor as clinic
from crawler.cli.context import Setup, console


@click.command()
@click.pass_obj
def doctor(setup: Setup) -> None:
    """Look at everything a nightly crawl needs and say what is missing.

    \b
    Example: congdoan doctor
    """
    out = console()
    found = clinic.examine(setup.config)
    for finding in found:
        mark = "[green]ok[/green]  " if finding.ok else "[red]look[/red]"
        out.print(f"{mark} {finding.what}: ", end="")
        out.print(finding.said, markup=False)
    sys.exit(0 if all(finding.ok for finding in found) else 1)
