"""`congdoan site …`: list, show and check profiles."""

from __future__ import annotations

import sys
from typing import get_args

import click

from crawler.cli.context import Setup, console
from crawler.cli.registry import picked, print_site, print_sites
from crawler.cli.trial import print_trial
from crawler.config import dial_option
from crawler.trial import trial
from spiders.check import complaints, registry_complaints
from spiders.places import places
from spiders.profile import Level, Status, schema_text

LEVELS = click.Choice(get_args(Level))


@click.group()
def site() -> None:
    r"""List, show and check site profiles, and propose one for a new site.

    \b
    Example: congdoan site list
    """


@site.command("list")
@click.option("--status", type=click.Choice(get_args(Status)), help="Only sites of this status.")
@click.option("--level", type=LEVELS, help="Only sites of this level.")
@click.option("--place", help="Only sites of this province, of its time or of now (e.g. bac_kan).")
@click.pass_obj
def list_sites(setup: Setup, status: str | None, level: str | None, place: str | None) -> None:
    r"""List every site we know of, or those that answer the filters.

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
    r"""Print all we know of the site KEY: whose, when, what before and after, by which rules.

    \b
    Example: congdoan site show congdoanquangnam
    """
    (profile,) = setup.chosen((key,))
    path = next(setup.config.sites.rglob(f"{key}.toml"))
    print_site(console(), profile, path.read_text(encoding="utf-8"))


@site.command("check")
@click.argument("sites", nargs=-1)
@click.option(
    "--crawl", "pages", type=click.IntRange(1), metavar="PAGES", help="Also try them with a small crawl."
)
@click.option("--dial", multiple=True, metavar="HOST=ADDRESS", help="Ask HOST at a loopback address:port.")
@click.pass_obj
def check_sites(setup: Setup, sites: tuple[str, ...], pages: int | None, dial: tuple[str, ...]) -> None:
    r"""Check the profiles of SITES, or all: keys, patterns, addresses, kin.

    \b
    Example: congdoan site check laodongthudo --crawl 30

    Nothing is asked without --crawl; with it, coverage, fill rates and what is missing are shown, and
    nothing is kept. Exit code 1 when anything is wrong.
    """
    out = console()
    chosen = setup.chosen(sites or tuple(sorted(setup.profiles)))
    between = registry_complaints(setup.profiles)
    wrong = 0
    for profile in chosen:
        lines = (*complaints(profile), *between[profile.key])
        wrong += len(lines)
        out.print(f"{profile.key}: {'; '.join(lines) if lines else 'ok'}", markup=False)
        if pages is not None and not lines:
            found = trial(setup.config_with(dial=dial_option(dial)), profile, pages)
            print_trial(out, found)
            wrong += not found.articles or bool(found.problems)
    sys.exit(1 if wrong else 0)


@site.command("schema")
def schema() -> None:
    r"""Print the JSON schema of profiles, for editors that check TOML while it is typed.

    \b
    Example: congdoan site schema > profile.schema.json
    """
    click.echo(schema_text(), nl=False)


COMMANDS = (site,)
