"""`congdoan reprocess`: extract stored captures again with the present profile."""

from __future__ import annotations

import sys

import click
from rich.console import Console
from rich.text import Text

from crawler.cli.context import Setup, console
from crawler.reprocess.reread_articles import ReprocessResult
from crawler.reprocess.reread_articles import reprocess as read_again
from storage.frontier.leases import SiteBusyError

URLS_PER_KIND = 5  # printed of each kind


@click.command()
@click.argument("sites", nargs=-1, required=True)
@click.pass_obj
def reprocess(setup: Setup, sites: tuple[str, ...]) -> None:
    """Extract the stored captures of SITES again and store the articles that change.

    \b
    Example: congdoan reprocess congdoanbackan

    For use after a profile was corrected (`congdoan site diff` shows beforehand what would change). No
    request is made to the site. Changes are in the feed as re_extracted; earlier texts stay as revisions.
    """
    engine, needs_a_person = setup.archive(), False
    for profile in setup.profiles_named(sites):
        try:
            result = read_again(engine, setup.config.warcs, profile)
        except (SiteBusyError, LookupError) as error:
            raise click.ClickException(str(error)) from error
        _print(console(), profile.key, result)
        needs_a_person = needs_a_person or bool(result.unread or result.no_longer)
    sys.exit(1 if needs_a_person else 0)


def _print(out: Console, site: str, result: ReprocessResult) -> None:
    out.print(
        Text(f"{site}: {result.pages} captures extracted again, {len(result.changed)} articles changed")
    )
    if result.files:
        out.print(Text(f"  {result.files} attachments and images read again"))
    for label, urls in (
        ("changed", result.changed),
        ("no article any more, left as stored", result.no_longer),
        ("perhaps an article now, fetched again in the next run", result.asked_again),
        ("could not be read", result.unread),
    ):
        for url in urls[:URLS_PER_KIND]:
            out.print(Text(f"  {label}: {url}"))
        if len(urls) > URLS_PER_KIND:
            out.print(Text(f"  … and {len(urls) - URLS_PER_KIND} more"))
