"""`congdoan site new`: explore a site without a profile, print the findings, write a proposed profile."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, get_args

import click
from rich.console import Console
from rich.markup import escape

from crawler.cli.context import Setup, console
from crawler.cli.output.samples import sample_table
from crawler.config import Config, ConfigError, dial_option
from crawler.ingest.saved_pages import explore_saved
from crawler.onboarding.explore import ExploreResult, explore_web, home_page_of, load_platforms, read_samples
from spiders.explore.page import host_of
from spiders.explore.write_profile import (
    SHELL_ADVICE,
    ProfileProposal,
    SiteDescription,
    profile_toml,
    propose_profile,
)
from spiders.profile.provinces import provinces
from spiders.profile.site_profile import Level, load_profile
from spiders.profile_lint import profile_problems

DOMAIN_ENDINGS = {"com", "org", "net", "gov", "edu", "vn", "info", "example"}
NEW_SITE_FOLDERS = {
    "central": "trung_uong",
    "press": "trung_uong",
    "sector": "nganh",
}  # of sites without a province
NEW_SITE_LEVEL = "province"  # what most sites are


@click.command("new")
@click.argument("url")
@click.option(
    "--from",
    "source",
    type=click.Path(path_type=Path, exists=True),
    help="A WARC file, saved page or directory of saved pages, when the site cannot be reached.",
)
@click.option("--name", help="The site's name; by default its front page's title.")
@click.option("--level", type=click.Choice(get_args(Level)), help="Level of its owner; by default guessed.")
@click.option("--place", help="Its province, like bac_kan; by default guessed.")
@click.option("-o", "--output", type=click.Path(path_type=Path), help="The profile's file.")
@click.option("--force", is_flag=True, help="Write over an existing file.")
@click.option(
    "--dial",
    multiple=True,
    metavar="HOST=ADDRESS",
    help="Fetch HOST from a loopback address:port (a replica site).",
)
@click.pass_obj
def new_site(setup: Setup, /, url: str, dial: tuple[str, ...], **new_options: Any) -> None:  # noqa: ANN401
    """Explore the site at URL with at most 40 requests, print the findings, write a proposed profile.

    \b
    Example: congdoan site new https://congdoan.example/
    From saved pages: congdoan site new https://congdoan.example/ --from saved-pages/

    Level and province are guessed from the front page; the profile says from which words. Read the profile
    before you crawl with it: it is a proposal, and its `verified` says so. Exit code 1 when something that a
    crawl needs was not found.
    """
    config = setup.config_with(dial=dial_option(dial))
    _check_new_profile(config, url, new_options["output"], new_options["place"], force=new_options["force"])
    now = datetime.now(UTC)
    source: Path | None = new_options["source"]
    explored_site = explore_saved(source, url, now) if source else explore_web(config, url, now)
    if not explored_site.survey.pages:
        raise ConfigError(_no_page_message(explored_site, url, source))
    new_rules = propose_profile(explored_site.survey, load_platforms(config.platforms))
    new_site = _describe_new_site(new_rules, explored_site, now, new_options)
    new_profile_file = (
        new_options["output"] or config.sites / _new_site_folder(new_site) / f"{_new_site_key(url)}.toml"
    )
    new_profile_file.parent.mkdir(parents=True, exist_ok=True)
    new_profile_file.write_text(profile_toml(new_rules, new_site), encoding="utf-8")
    new_profile = load_profile(new_profile_file, config.platforms)
    _print_new_site(console(), explored_site, new_rules, new_site)
    console().print(
        sample_table(read_samples(explored_site.survey, new_profile), new_profile), soft_wrap=False
    )
    _print_new_site_doubts(console(), explored_site, new_rules, new_site)
    new_profile_problems = profile_problems(new_profile)
    for line in new_profile_problems:
        console().print(f"[red]to correct:[/red] {escape(line)}")
    console().print(
        f"wrote {new_profile_file}; read it, then: congdoan crawl {new_profile.key}", markup=False
    )
    sys.exit(1 if new_profile_problems or not new_rules.article else 0)


def _check_new_profile(
    config: Config, url: str, output: Path | None, place: str | None, *, force: bool
) -> None:
    """Raise BadParameter, or ConfigError when there is a profile already, before any request is made."""
    if place is not None and place not in provinces():
        raise click.BadParameter(f"{place} is none of the 63 provinces: {', '.join(provinces())}")
    if output and output.suffix != ".toml":
        raise ConfigError(f"{output}: a profile's file ends in .toml; give another -o")
    new_profile_files = [output] if output else sorted(config.sites.rglob(f"{_new_site_key(url)}.toml"))
    new_profile_file = next(
        (new_profile_file for new_profile_file in new_profile_files if new_profile_file.exists()), None
    )
    if new_profile_file and not force:
        raise ConfigError(
            f"{new_profile_file}: there is a profile already; give another -o, or --force to write over it"
        )


def _describe_new_site(
    new_rules: ProfileProposal,
    explored_site: ExploreResult,
    now: datetime,
    new_options: dict[str, Any],
) -> SiteDescription:
    """The description of the site: what the options say, else what was guessed."""
    verified = f"proposed by `congdoan site new` on {now:%Y-%m-%d} from {explored_site.source}; "
    verified += "not read by a person yet"
    new_site_level, place = new_rules.owner.level, new_rules.owner.place
    return SiteDescription(
        level=new_options["level"] or new_site_level.value or NEW_SITE_LEVEL,
        level_why=None
        if new_options["level"]
        else new_site_level.why
        if new_site_level.value
        else "not known; correct it",
        verified=verified,
        name=new_options["name"],
        place=new_options["place"] or place.value,
        place_why=None if new_options["place"] else place.why,
    )


def _new_site_folder(new_site: SiteDescription) -> str:
    return new_site.place or NEW_SITE_FOLDERS.get(new_site.level, "new")


def _new_site_key(url: str) -> str:
    """The key of a site: the labels of its host without common endings, joined by _."""
    host_labels = host_of(home_page_of(url).url).removeprefix("www.").split(".")
    name_labels = [
        host_label for host_label in host_labels if host_label not in DOMAIN_ENDINGS
    ] or host_labels[:1]
    return "_".join(name_labels).replace("-", "_")


def _no_page_message(explored_site: ExploreResult, url: str, source: Path | None) -> str:
    if shells := explored_site.survey.js_shells:
        return f"{url}: the {len(shells)} pages had, {shells[0]} first, {SHELL_ADVICE}"
    failed_pages = (
        "; ".join(explored_site.survey.failures[:3]) or explored_site.trouble or "it answered with no page"
    )
    if source:
        return f"{source}: no page of {url} in it ({failed_pages}); give saved pages of this site"
    advice = "try again later, or explore saved pages with --from"
    return f"{url}: no page could be looked at ({failed_pages}); {advice}"


def _print_new_site(
    new_output: Console,
    explored_site: ExploreResult,
    new_rules: ProfileProposal,
    new_site: SiteDescription,
) -> None:
    new_survey = explored_site.survey
    robots = "read and obeyed" if new_survey.robots else "none seen"
    new_output.print(
        f"[bold]{escape(new_rules.home)}[/bold]: {explored_site.source}; "
        f"{len(new_survey.pages)} pages looked at"
    )
    entry_rules = tuple(
        filter(None, (new_rules.item, new_rules.item_date and f"date in {new_rules.item_date}"))
    )
    new_site_facts = (
        ("level", (_guessed(new_site.level, new_site.level_why),)),
        ("place", (_guessed(new_site.place, new_site.place_why),)),
        (
            "platform",
            (f"{new_rules.platform.name or 'unknown'}: {new_rules.platform.reason}",),
        ),
        ("robots.txt", (robots,)),
        ("feeds", tuple(f"{source.url} ({source.pages} entries)" for source in new_survey.feeds)),
        ("sitemaps", tuple(f"{source.url} ({source.pages} pages)" for source in new_survey.sitemaps)),
        ("articles", new_rules.article),
        ("listings", new_rules.listing),
        ("twins", new_rules.twin),
        ("sections", tuple(f"{source.url} {source.name}" for source in new_rules.sections)),
        ("entries", entry_rules),
        ("pager", tuple(filter(None, (new_rules.pager,)))),
    )
    for name, lines in new_site_facts:
        new_output.print(f"  {name}: {', '.join(lines[:12]) or 'none found'}", markup=False)


def _guessed(value: str | None, why: str | None) -> str:
    if value is None:
        return f"none ({why})"
    return f"{value} (guessed: {why})" if why else f"{value} (as given)"


def _print_new_site_doubts(
    new_output: Console,
    explored_site: ExploreResult,
    new_rules: ProfileProposal,
    new_site: SiteDescription,
) -> None:
    """Print what a person should check first."""
    failed_pages = tuple(f"could not be fetched: {line}" for line in explored_site.survey.failures[:6])
    unknown = (
        () if new_rules.owner.level.value or not new_site.level_why else ("whose site it is: set `level`",)
    )
    for line in (*unknown, *new_rules.doubts, *failed_pages, *filter(None, (explored_site.trouble,))):
        new_output.print(f"  [yellow]uncertain:[/yellow] {escape(line)}")
