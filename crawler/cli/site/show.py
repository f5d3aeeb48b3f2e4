"""`congdoan site show`: one site profile in full."""

from __future__ import annotations

import click

from crawler.cli.context import Setup, console
from crawler.cli.output.sites import print_site


@click.command("show")
@click.argument("key")
@click.pass_obj
def show_site(setup: Setup, key: str) -> None:
    """Print the profile of the site KEY: owner, dates, predecessors and successors, rules.

    \b
    Example: congdoan site show congdoanquangnam
    """
    (shown_site,) = setup.profiles_named((key,))
    shown_site_file = next(setup.config.sites.rglob(f"{key}.toml"))
    print_site(console(), shown_site, shown_site_file.read_text(encoding="utf-8"))
