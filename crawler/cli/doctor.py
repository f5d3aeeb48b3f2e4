"""`congdoan doctor`: print what a nightly crawl needs and whether it is there."""

from __future__ import annotations

import sys

import click

from crawler.cli.context import Setup, console
from crawler.installation_check import check_installation


@click.command()
@click.pass_obj
def doctor(setup: Setup) -> None:
    """Check everything a nightly crawl needs and print what is missing.

    \b
    Example: congdoan doctor
    """
    out = console()
    checks = check_installation(setup.config)
    for check in checks:
        mark = "[green]ok[/green]  " if check.ok else "[red]look[/red]"
        out.print(f"{mark} {check.subject}: ", end="")
        out.print(check.message, markup=False)
    sys.exit(0 if all(check.ok for check in checks) else 1)
