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
FOLDERS = {"central": "trung_uong", "press": "trung_uong", "sector": "nganh"}  # of sites without a province
UNKNOWN_LEVEL = "province"  # what most sites are


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
def new_site(setup: Setup, /, url: str, dial: tuple[str, ...], **options: Any) -> None:  # noqa: ANN401
    """Explore the site at URL with at most 40 requests, print the findings, write a proposed profile.

    \b
    Example: congdoan site new https://congdoan.example/
    From saved pages: congdoan site new https://congdoan.example/ --from saved-pages/

    Level and province are guessed from the front page; the profile says from which words. Read the profile
    before you crawl with it: it is a proposal, and its `verified` says so. Exit code 1 when something that a
    crawl needs was not found.
    """
    config = setup.config_with(dial=dial_option(dial))
    _check_target(config, url, options["output"], options["place"], force=options["force"])
    now = datetime.now(UTC)
    source: Path | None = options["source"]
    explored = explore_saved(source, url, now) if source else explore_web(config, url, now)
    if not explored.survey.pages:
        raise ConfigError(_no_page_message(explored, url, source))
    proposal = propose_profile(explored.survey, load_platforms(config.platforms))
    description = _site_description(proposal, explored, now, options)
    path = options["output"] or config.sites / _folder(description) / f"{_key(url)}.toml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(profile_toml(proposal, description), encoding="utf-8")
    profile = load_profile(path, config.platforms)
    _print_proposal(console(), explored, proposal, description)
    console().print(sample_table(read_samples(explored.survey, profile), profile), soft_wrap=False)
    _print_doubts(console(), explored, proposal, description)
    problems = profile_problems(profile)
    for line in problems:
        console().print(f"[red]to correct:[/red] {escape(line)}")
    console().print(f"wrote {path}; read it, then: congdoan crawl {profile.key}", markup=False)
    sys.exit(1 if problems or not proposal.article else 0)


def _check_target(config: Config, url: str, output: Path | None, place: str | None, *, force: bool) -> None:
    """Raise BadParameter, or ConfigError when there is a profile already, before any request is made."""
    if place is not None and place not in provinces():
        raise click.BadParameter(f"{place} is none of the 63 provinces: {', '.join(provinces())}")
    if output and output.suffix != ".toml":
        raise ConfigError(f"{output}: a profile's file ends in .toml; give another -o")
    paths = [output] if output else sorted(config.sites.rglob(f"{_key(url)}.toml"))
    path = next((path for path in paths if path.exists()), None)
    if path and not force:
        raise ConfigError(f"{path}: there is a profile already; give another -o, or --force to write over it")


def _site_description(
    proposal: ProfileProposal, explored: ExploreResult, now: datetime, options: dict[str, Any]
) -> SiteDescription:
    """The description of the site: what the options say, else what was guessed."""
    verified = (
        f"proposed by `congdoan site new` on {now:%Y-%m-%d} from {explored.source}; not read by a person yet"
    )
    level, place = proposal.owner.level, proposal.owner.place
    return SiteDescription(
        level=options["level"] or level.value or UNKNOWN_LEVEL,
        level_why=None if options["level"] else level.why if level.value else "not known; correct it",
        verified=verified,
        name=options["name"],
        place=options["place"] or place.value,
        place_why=None if options["place"] else place.why,
    )


def _folder(description: SiteDescription) -> str:
    return description.place or FOLDERS.get(description.level, "new")


def _key(url: str) -> str:
    """The key of a site: the labels of its host without common endings, joined by _."""
    labels = host_of(home_page_of(url).url).removeprefix("www.").split(".")
    name_labels = [label for label in labels if label not in DOMAIN_ENDINGS] or labels[:1]
    return "_".join(name_labels).replace("-", "_")


def _no_page_message(explored: ExploreResult, url: str, source: Path | None) -> str:
    if shells := explored.survey.js_shells:
        return f"{url}: the {len(shells)} pages had, {shells[0]} first, {SHELL_ADVICE}"
    lost = "; ".join(explored.survey.failures[:3]) or explored.trouble or "it answered with no page"
    if source:
        return f"{source}: no page of {url} in it ({lost}); give saved pages of this site"
    return f"{url}: no page could be looked at ({lost}); try again later, or explore saved pages with --from"


def _print_proposal(
    out: Console, explored: ExploreResult, proposal: ProfileProposal, description: SiteDescription
) -> None:
    survey = explored.survey
    robots = "read and obeyed" if survey.robots else "none seen"
    out.print(f"[bold]{escape(proposal.home)}[/bold]: {explored.source}; {len(survey.pages)} pages looked at")
    facts = (
        ("level", (_guessed(description.level, description.level_why),)),
        ("place", (_guessed(description.place, description.place_why),)),
        ("platform", (f"{proposal.platform.name or 'unknown'}: {proposal.platform.reason}",)),
        ("robots.txt", (robots,)),
        ("feeds", tuple(f"{source.url} ({source.pages} entries)" for source in survey.feeds)),
        ("sitemaps", tuple(f"{source.url} ({source.pages} pages)" for source in survey.sitemaps)),
        ("articles", proposal.article),
        ("listings", proposal.listing),
        ("twins", proposal.twin),
        ("sections", tuple(f"{source.url} {source.name}" for source in proposal.sections)),
        (
            "entries",
            tuple(filter(None, (proposal.item, proposal.item_date and f"date in {proposal.item_date}"))),
        ),
        ("pager", tuple(filter(None, (proposal.pager,)))),
    )
    for name, lines in facts:
        out.print(f"  {name}: {', '.join(lines[:12]) or 'none found'}", markup=False)


def _guessed(value: str | None, why: str | None) -> str:
    if value is None:
        return f"none ({why})"
    return f"{value} (guessed: {why})" if why else f"{value} (as given)"


def _print_doubts(
    out: Console, explored: ExploreResult, proposal: ProfileProposal, description: SiteDescription
) -> None:
    """Print what a person should check first."""
    lost = tuple(f"could not be fetched: {line}" for line in explored.survey.failures[:6])
    unknown = (
        () if proposal.owner.level.value or not description.level_why else ("whose site it is: set `level`",)
    )
    for line in (*unknown, *proposal.doubts, *lost, *filter(None, (explored.trouble,))):
        out.print(f"  [yellow]uncertain:[/yellow] {escape(line)}")
