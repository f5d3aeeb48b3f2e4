"""`congdoan site …`: list and show profiles; the door to all else that is done with them."""

from __future__ import annotations

from typing import get_args

import click

from crawler.cli.context import Setup, console
from crawler.cli.lazy_group import Door
from crawler.cli.output.sites import picked, print_site, print_sites
from spiders.profile.provinces import places
from spiders.profile.site_profile import Level, Status, schema_text

LEVELS = click.Choice(get_args(Level))


COMMANDS = {
    "budget": (
        "site.budget:budget",
        "Print what is asked of a site in a night, as a text for its webmaster.",
    ),
    "candidates": ("site.candidates:candidates", "Show hosts that look like unions' and have no profile."),
    "check": ("site.check:check", "Check profiles, and try them with a small crawl."),
    "diff": ("site.diff:diff", "Read stored captures with a mended profile, and show what would change."),
    "furniture": ("reprocess:furniture", "Show the lines of a site learned to be no article's text."),
    "judge": ("report:judge", "Judge what is proposed of a site's life, or call what it is now usual."),
    "new": ("site.new:new_site", "Explore an unknown site and propose its profile."),
}


@click.group(cls=Door, lazily=COMMANDS)
def site() -> None:
    """List, show and check site profiles, and propose one for a new site.

    \b
    Example: congdoan site list
    """


@site.command("list")
@click.option("--status", type=click.Choice(get_args(Status)), help="Only sites of this status.")
@click.option("--level", type=LEVELS, help="Only sites of this level.")
@click.option("--place", help="Only sites of this province, of its time or of now (e.g. bac_kan).")
@click.pass_obj
def list_sites(setup: Setup, status: str | None, level: str | None, place: str | None) -> None:
    """List every site we know of, or those that answer the filters.

    \b
    Example: congdoan site list --level province --place da_nang
    """
    if place is not None and place not in places():
        raise click.BadParameter(f"{place} is none of the 63 provinces: {', '.join(places())}")
    print_sites(console(), picked(setup.profiles.values(), status, level, place))


@site.command("show")
@click.argument("key")
@click.pass_obj
def show_site(setup: Setup, key: str) -> None:
    """Print all we know of the site KEY: whose, when, what before and after, by which rules.

    \b
    Example: congdoan site show congdoanquangnam
    """
    (profile,) = setup.chosen((key,))
    path = next(setup.config.sites.rglob(f"{key}.toml"))
    print_site(console(), profile, path.read_text(encoding="utf-8"))


@site.command("schema")
def schema() -> None:
    """Print the JSON schema of profiles, for editors that check TOML while it is typed.

    \b
    Example: congdoan site schema > profile.schema.json
    """
    click.echo(schema_text(), nl=False)
