"""`congdoan site list`: every site profile, or those that match the filters."""

from __future__ import annotations

from typing import get_args

import click

from crawler.cli.context import Setup, console
from crawler.cli.output.sites import filtered_profiles, print_sites
from spiders.profile.provinces import provinces
from spiders.profile.site_profile import Level, Status


@click.command("list")
@click.option("--status", type=click.Choice(get_args(Status)), help="Only sites of this status.")
@click.option("--level", type=click.Choice(get_args(Level)), help="Only sites of this level.")
@click.option("--place", help="Only sites of this province, former or present (e.g. bac_kan).")
@click.pass_obj
def list_sites(setup: Setup, status: str | None, level: str | None, place: str | None) -> None:
    """List every site that has a profile, or those that match the filters.

    \b
    Example: congdoan site list --level province --place da_nang
    """
    if place is not None and place not in provinces():
        raise click.BadParameter(f"{place} is none of the 63 provinces: {', '.join(provinces())}")
    print_sites(console(), filtered_profiles(setup.profiles.values(), status, level, place))
