"""`congdoan site …`: the group of commands about site profiles, imported when one of them is run."""

from __future__ import annotations

import click

from crawler.cli.lazy_group import LazyGroup

COMMANDS = {
    "boilerplate": "Print the boilerplate lines learned of a site, or correct them.",
    "budget": "Print how often and how fast a site is visited, for its webmaster.",
    "candidates": "List hosts that look like union sites and have no profile.",
    "check": "Check profiles, and try them with a small crawl.",
    "diff": "Print what a changed profile would change in stored articles.",
    "judge": "Accept or refuse the proposed status of a site, or call it usual.",
    "list": "List every site that has a profile, or those that match the filters.",
    "new": "Explore an unknown site and propose its profile.",
    "schema": "Print the JSON schema of profiles, for editors that check TOML.",
    "show": "Print the profile of a site: owner, dates, related sites, rules.",
}
ALIASES = {"furniture": "boilerplate"}  # names of 0.1.0


@click.group(cls=LazyGroup, package="crawler.cli.site", summaries=COMMANDS, aliases=ALIASES)
def site() -> None:
    """List, show and check site profiles, and propose one for a new site.

    \b
    Example: congdoan site list
    """
