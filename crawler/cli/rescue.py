"""`congdoan rescue`: fetch everything of a site that may be gone soon."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path

import click

from crawler.cli.context import Setup
from crawler.cli.crawl import DIAL, close_and_report, visit_sites
from crawler.cli.package import TARGET, write_package
from crawler.config import dial_option
from crawler.night.session import NightSettings
from spiders.profile.site_profile import SiteProfile

RESCUE_BUDGET = 1_000_000_000  # pages

# A rescue is limited by the delay alone; 0 is no limit.
RESCUE_LIMITS = dict.fromkeys(
    ("night_pages", "night_megabytes", "night_minutes", "site_megabytes", "site_minutes"), 0
)


@click.command()
@click.argument("key", metavar="SITE")
@click.option("-o", "--output", type=TARGET, help="Then write a WACZ file.")
@DIAL
@click.pass_obj
def rescue(setup: Setup, key: str, output: Path | None, dial: tuple[str, ...]) -> None:
    """Fetch everything SITE has, because it may be gone soon: without a budget, at the usual delay.

    \b
    Example: congdoan rescue congdoanbackan -o congdoanbackan.wacz

    Articles come first, with their images and files, then listings: whenever it ends, what is stored is
    complete. URLs that failed earlier are fetched again. After an interruption the same command resumes.
    """
    (profile,) = setup.profiles_named((key,))
    rescue_config = setup.config_with(dial=dial_option(dial))
    now = datetime.now(UTC)
    rescue_night = NightSettings(f"{now:%Y%m%dT%H%M%SZ}-rescue", now, rescue=True)
    rescue_result = visit_sites(
        rescue_config.model_copy(update=RESCUE_LIMITS), [to_rescue(profile)], rescue_night
    )
    close_and_report(rescue_config, rescue_result)
    if output is not None:
        write_package(rescue_config, profile, output)
    sys.exit(0 if rescue_result.healthy else 1)


def to_rescue(profile: SiteProfile) -> SiteProfile:
    """The profile without a budget, images and files included; its delay stays."""
    rescue_fetch = {
        "budget": RESCUE_BUDGET,
        "megabytes": None,
        "minutes": None,
        "images": True,
        "attachments": True,
    }
    return profile.model_copy(update={"fetch": profile.fetch.model_copy(update=rescue_fetch)})
