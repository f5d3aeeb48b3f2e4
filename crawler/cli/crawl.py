"""`congdoan crawl`: visit named sites now; what it shares with `nightly` and `rescue`."""

from __future__ import annotations

import sys
from datetime import UTC, datetime

import click

from crawler.cli.context import Setup, console, open_archive
from crawler.cli.output.health import print_overview
from crawler.cli.output.progress import watcher
from crawler.config import Config, dial_option
from crawler.health.end_of_night import close_night
from crawler.night.run import NightResult
from crawler.night.run import crawl as crawl_sites
from crawler.night.session import NightSettings
from spiders.profile.site_profile import SiteProfile

DIAL = click.option(
    "--dial",
    multiple=True,
    metavar="HOST=ADDRESS",
    help="Fetch HOST from a loopback address:port (a replica site).",
)
REVISIT = click.option(
    "--revisit",
    type=click.Choice(["due", "all"]),
    default="due",
    show_default=True,
    help="Which stored articles are fetched again.",
)
AS_OF = click.option(
    "--as-of", metavar="TIME", help="Compute what is due as of this instant (ISO 8601); default: now."
)


def instant_option(text: str | None) -> datetime:
    """The instant of --as-of, in UTC unless it says otherwise; now without the option."""
    if text is None:
        return datetime.now(UTC)
    try:
        as_of_instant = datetime.fromisoformat(text)
    except ValueError as error:
        raise click.BadParameter(f"{text}: not a time such as 2026-03-01T01:00+07:00") from error
    return as_of_instant if as_of_instant.tzinfo else as_of_instant.replace(tzinfo=UTC)


def new_night(now: datetime, as_of: str | None, revisit: str) -> NightSettings:
    """A night named after `now`, its due dates counted from `as_of` (ISO 8601; None: now)."""
    return NightSettings(f"{now:%Y%m%dT%H%M%SZ}", instant_option(as_of), revisit_all=revisit == "all")


def run_night(config: Config, sites: list[SiteProfile], night: NightSettings) -> None:
    """Visit sites, report, and end the process: exit code 0 when every run is healthy."""
    crawl_result = visit_sites(config, sites, night)
    close_and_report(config, crawl_result)
    sys.exit(0 if crawl_result.healthy else 1)


def visit_sites(config: Config, sites: list[SiteProfile], night: NightSettings) -> NightResult:
    """Visit sites and store what they have in the archive, which is created when there is none."""
    open_archive(config, create=True).dispose()
    return crawl_sites(config, sites, night, watcher(console(err=True)))


def close_and_report(config: Config, crawl_result: NightResult) -> None:
    """Print the report of a night, write the files and send the message that the configuration names."""
    crawl_engine = open_archive(config)
    night_overview = close_night(crawl_engine, config, crawl_result.runs, crawl_result.errors)
    crawl_engine.dispose()
    print_overview(console(), night_overview)
    for crawl_error in crawl_result.errors:
        console().print(f"could not begin: {crawl_error}", markup=False)


@click.command()
@click.argument("sites", nargs=-1, required=True)
@DIAL
@REVISIT
@AS_OF
@click.pass_obj
def crawl(
    setup: Setup, sites: tuple[str, ...], dial: tuple[str, ...], revisit: str, as_of: str | None
) -> None:
    """Visit the named SITES now, due or not.

    \b
    Example: congdoan crawl congdoanbackan laodongthudo
    """
    config = setup.config_with(dial=dial_option(dial))
    run_night(config, setup.profiles_named(sites), new_night(datetime.now(UTC), as_of, revisit))
