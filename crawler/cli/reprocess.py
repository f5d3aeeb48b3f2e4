"""`congdoan reprocess` and `site furniture`: what is stored, read better; lines learned to be no text."""

from __future__ import annotations

import sys

import click
from rich.console import Console
from rich.text import Text

from crawler.cli.context import Setup, console
from crawler.reprocess.reread_articles import ReprocessResult
from crawler.reprocess.reread_articles import reprocess as read_again
from storage.frontier.leases import SiteBusyError

SHOWN = 5  # URLs named of each kind


@click.command()
@click.argument("sites", nargs=-1, required=True)
@click.pass_obj
def reprocess(setup: Setup, sites: tuple[str, ...]) -> None:
    """Read the stored captures of SITES again and store what is read otherwise now.

    \b
    Example: congdoan reprocess congdoanbackan

    For after a profile was mended (`congdoan site diff` shows beforehand what would change). Nothing is asked
    of the site. Changes are told in the feed as re_extracted; earlier texts stay as revisions.
    """
    engine, troubled = setup.archive(), False
    for profile in setup.chosen(sites):
        try:
            found = read_again(engine, setup.config.warcs, profile)
        except (SiteBusyError, LookupError) as error:
            raise click.ClickException(str(error)) from error
        _print(console(), profile.key, found)
        troubled = troubled or bool(found.unread or found.no_longer)
    sys.exit(1 if troubled else 0)


def _print(out: Console, site: str, found: ReprocessResult) -> None:
    out.print(Text(f"{site}: {found.pages} captures read again, {len(found.changed)} articles changed"))
    if found.files:
        out.print(Text(f"  {found.files} attachments and images read by today's reader"))
    for told, which in (
        ("changed", found.changed),
        ("no article any more, left as stored", found.no_longer),
        ("perhaps an article now, asked again in the next run", found.asked_again),
        ("could not be read", found.unread),
    ):
        for line in which[:SHOWN]:
            out.print(Text(f"  {told}: {line}"))
        if len(which) > SHOWN:
            out.print(Text(f"  … and {len(which) - SHOWN} more"))
