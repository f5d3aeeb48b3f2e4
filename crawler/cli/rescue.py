"""`congdoan rescue`, `package`: everything of a dying site, and a site as one file."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path

import click

from crawler.cli.context import Setup, console, open_archive
from crawler.cli.crawl import DIAL, close, crawled
from crawler.config import Config, dial_option
from crawler.night.session import Night
from crawler.packaging.wacz import Packaged, package
from spiders.profile.site_profile import SiteProfile
from storage.database.engine import reading

TARGET = click.Path(path_type=Path, dir_okay=False)
NO_BUDGET = 1_000_000_000  # pages

# A rescue is bounded by politeness alone: 0 is no limit.
NO_LIMITS = dict.fromkeys(
    ("night_pages", "night_megabytes", "night_minutes", "site_megabytes", "site_minutes"), 0
)


@click.command()
@click.argument("key", metavar="SITE")
@click.option("-o", "--output", type=TARGET, help="Package it as WACZ afterwards.")
@DIAL
@click.pass_obj
def rescue(setup: Setup, key: str, output: Path | None, dial: tuple[str, ...]) -> None:
    """Ask for everything SITE has, because it may be gone tomorrow; polite as ever, without a budget.

    \b
    Example: congdoan rescue congdoanbackan -o congdoanbackan.wacz

    Whole articles first, with their images and files, then ways to more: whenever it ends, what was had is
    whole. All that ever failed is asked again. Interrupted, the same command goes on.
    """
    (profile,) = setup.chosen((key,))
    config = setup.config_with(dial=dial_option(dial))
    now = datetime.now(UTC)
    night = Night(f"{now:%Y%m%dT%H%M%SZ}-rescue", now, rescue=True)
    result = crawled(config.model_copy(update=NO_LIMITS), [to_rescue(profile)], night)
    close(config, result)
    if output is not None:
        _package(config, profile, output)
    sys.exit(0 if result.healthy else 1)


def to_rescue(profile: SiteProfile) -> SiteProfile:
    """The profile without a budget, images and files included; its delay stays."""
    everything = {
        "budget": NO_BUDGET,
        "megabytes": None,
        "minutes": None,
        "images": True,
        "attachments": True,
    }
    return profile.model_copy(update={"fetch": profile.fetch.model_copy(update=everything)})


@click.command("package")
@click.argument("key", metavar="SITE")
@click.option("-o", "--output", type=TARGET, required=True, help="The WACZ file.")
@click.pass_obj
def package_site(setup: Setup, key: str, output: Path) -> None:
    """Write all captures of SITE as one WACZ file, which replays in ReplayWeb.page and pywb.

    \b
    Example: congdoan package congdoanbackan -o congdoanbackan.wacz
    """
    (profile,) = setup.chosen((key,))
    _package(setup.config, profile, output)


def _package(config: Config, profile: SiteProfile, output: Path) -> None:
    engine = open_archive(config)
    with reading(engine) as connection:
        _told(package(connection, config, profile, output))
    engine.dispose()


def _told(made: Packaged) -> None:
    size = f"{made.bytes / 1e6:.1f} MB"
    console().print(
        f"{made.path}: {made.pages} pages of {made.warcs} WARC files, {size}, valid", markup=False
    )
    if made.unchanged:
        told = f"  {made.unchanged} answers that a page had not changed (304) stay in the archive alone"
        console().print(told, markup=False)
    for name in made.left_out:
        console().print(f"  left out: {name} is still being written, or not there", markup=False)
