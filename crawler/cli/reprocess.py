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
            reprocess_result = read_again(engine, setup.config.warcs, profile)
        except (SiteBusyError, LookupError) as error:
            raise click.ClickException(str(error)) from error
        _print_reprocess_result(console(), profile.key, reprocess_result)
        needs_a_person = needs_a_person or bool(reprocess_result.unread or reprocess_result.no_longer)
    sys.exit(1 if needs_a_person else 0)


def _print_reprocess_result(reprocess_output: Console, site: str, reprocess_result: ReprocessResult) -> None:
    reprocess_output.print(
        Text(
            f"{site}: {reprocess_result.pages} captures extracted again, "
            f"{len(reprocess_result.changed)} articles changed"
        )
    )
    if reprocess_result.files:
        reprocess_output.print(Text(f"  {reprocess_result.files} attachments and images read again"))
    for url_outcome, reprocessed_urls in (
        ("changed", reprocess_result.changed),
        ("no article any more, left as stored", reprocess_result.no_longer),
        ("perhaps an article now, fetched again in the next run", reprocess_result.asked_again),
        ("could not be read", reprocess_result.unread),
    ):
        for reprocessed_url in reprocessed_urls[:URLS_PER_KIND]:
            reprocess_output.print(Text(f"  {url_outcome}: {reprocessed_url}"))
        if len(reprocessed_urls) > URLS_PER_KIND:
            reprocess_output.print(Text(f"  … and {len(reprocessed_urls) - URLS_PER_KIND} more"))
