"""`congdoan site …`: the group of commands about site profiles, imported when one of them is run."""

from __future__ import annotations

import click

from crawler.cli.lazy_group import LazyGroup

COMMANDS = {
    "boilerplate": "Show the boilerplate lines learned of a site, or correct them.",
    "budget": "Print what is asked of a site in a night, as a text for its webmaster.",
    "candidates": "Show hosts that look like unions' and have no profile.",
    "check": "Check profiles, and try them with a small crawl.",
    "diff": "Read stored captures with a mended profile, and show what would change.",
    "judge": "Judge what is proposed of a site's life, or call what it is now usual.",
    "list": "List every site we know of, or those that answer the filters.",
    "new": "Explore an unknown site and propose its profile.",
    "schema": "Print the JSON schema of profiles, for editors that check TOML.",
    "show": "Print all we know of a site: whose, when, what before and after, by which rules.",
}
ALIASES = {"furniture": "boilerplate"}  # names of 0.1.0


@click.group(cls=LazyGroup, package="crawler.cli.site", summaries=COMMANDS, aliases=ALIASES)
def site() -> None:
    """List, show and check site profiles, and propose one for a new site.

    \b
    Example: congdoan site list
    """
