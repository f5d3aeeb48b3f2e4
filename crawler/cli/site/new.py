"""`congdoan site new`: explores a site nobody has described yet, shows what is found, writes its profile."""

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

KNOWN_ENDINGS = {"com", "org", "net", "gov", "edu", "vn", "info", "example"}
FOLDERS = {"central": "trung_uong", "press": "trung_uong", "sector": "nganh"}  # of sites without a province
UNKNOWN_LEVEL = "province"  # what most sites are


@click.command("new")
@click.argument("url")
@click.option(
    "--from",
    "source",
    type=click.Path(path_type=Path, exists=True),
    help="A WARC file, saved page or directory of saved pages, where the site cannot be reached.",
)
@click.option("--name", help="The site's name; by default its front page's title.")
@click.option("--level", type=click.Choice(get_args(Level)), help="Whose site it is; by default guessed.")
@click.option("--place", help="Its province, as in the registry: bac_kan; by default guessed.")
@click.option("-o", "--output", type=click.Path(path_type=Path), help="The profile's file.")
@click.option("--force", is_flag=True, help="Write over an existing file.")
@click.option(
    "--dial", multiple=True, metavar="HOST=ADDRESS", help="Ask HOST at a loopback address:port (a replica)."
)
@click.pass_obj
def new_site(setup: Setup, /, url: str, dial: tuple[str, ...], **options: Any) -> None:  # noqa: ANN401
    """Explore the site at URL with at most 40 requests, show what is found, write its profile.

    \b
    Example: congdoan site new https://congdoan.example/
    From saved pages: congdoan site new https://congdoan.example/ --from saved-pages/

    Level and province are guessed from what the front page says of itself; the profile says from which
    words. Read the profile before you crawl with it: it is a proposal, and its `verified` says so.
    Exit code 1 when something was not found that a crawl needs.
    """
    config = setup.config_with(dial=dial_option(dial))
    _check_target(config, url, options["output"], options["place"], force=options["force"])
    now = datetime.now(UTC)
    source: Path | None = options["source"]
    explored = explore_saved(source, url, now) if source else explore_web(config, url, now)
    if not explored.survey.pages:
        raise ConfigError(_nothing(explored, url, source))
    found = propose_profile(explored.survey, load_platforms(config.platforms))
    about = _about(found, explored, now, options)
    path = options["output"] or config.sites / _folder(about) / f"{_key(url)}.toml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(profile_toml(found, about), encoding="utf-8")
    profile = load_profile(path, config.platforms)
    _report(console(), explored, found, about)
    console().print(sample_table(read_samples(explored.survey, profile), profile), soft_wrap=False)
    _doubts(console(), explored, found, about)
    wrong = profile_problems(profile)
    for line in wrong:
        console().print(f"[red]to mend:[/red] {escape(line)}")
    console().print(f"wrote {path}; read it, then: congdoan crawl {profile.key}", markup=False)
    sys.exit(1 if wrong or not found.article else 0)


def _check_target(config: Config, url: str, output: Path | None, place: str | None, *, force: bool) -> None:
    """Raises before anything is asked: BadParameter, or ConfigError when a profile is there already."""
    if place is not None and place not in provinces():
        raise click.BadParameter(f"{place} is none of the 63 provinces: {', '.join(provinces())}")
    if output and output.suffix != ".toml":
        raise ConfigError(f"{output}: a profile's file ends in .toml; give another -o")
    known = [output] if output else sorted(config.sites.rglob(f"{_key(url)}.toml"))
    path = next((path for path in known if path.exists()), None)
    if path and not force:
        raise ConfigError(f"{path}: there is a profile already; give another -o, or --force to write over it")


def _about(
    found: ProfileProposal, explored: ExploreResult, now: datetime, options: dict[str, Any]
) -> SiteDescription:
    """What the command line says of the site, else what was guessed."""
    verified = (
        f"proposed by `congdoan site new` on {now:%Y-%m-%d} from {explored.source}; not read by a person yet"
    )
    level, place = found.owner.level, found.owner.place
    return SiteDescription(
        level=options["level"] or level.value or UNKNOWN_LEVEL,
        level_why=None if options["level"] else level.why if level.value else "not known; correct it",
        verified=verified,
        name=options["name"],
        place=options["place"] or place.value,
        place_why=None if options["place"] else place.why,
    )


def _folder(about: SiteDescription) -> str:
    return about.place or FOLDERS.get(about.level, "new")


def _key(url: str) -> str:
    """A site's key from its host: the labels that are not an ending all domains have."""
    labels = host_of(home_page_of(url).url).removeprefix("www.").split(".")
    told = [label for label in labels if label not in KNOWN_ENDINGS] or labels[:1]
    return "_".join(told).replace("-", "_")


def _nothing(explored: ExploreResult, url: str, source: Path | None) -> str:
    if shells := explored.survey.js_shells:
        return f"{url}: the {len(shells)} pages had, {shells[0]} first, {SHELL_ADVICE}"
    lost = "; ".join(explored.survey.failures[:3]) or explored.trouble or "it answered with no page"
    if source:
        return f"{source}: no page of {url} in it ({lost}); give saved pages of this site"
    return f"{url}: no page could be looked at ({lost}); try again later, or explore saved pages with --from"


def _report(out: Console, explored: ExploreResult, found: ProfileProposal, about: SiteDescription) -> None:
    survey = explored.survey
    robots = "read and obeyed" if survey.robots else "none seen"
    out.print(f"[bold]{escape(found.home)}[/bold]: {explored.source}; {len(survey.pages)} pages looked at")
    told = (
        ("level", (_guessed(about.level, about.level_why),)),
        ("place", (_guessed(about.place, about.place_why),)),
        ("platform", (f"{found.platform.name or 'unknown'}: {found.platform.reason}",)),
        ("robots.txt", (robots,)),
        ("feeds", tuple(f"{each.url} ({each.pages} entries)" for each in survey.feeds)),
        ("sitemaps", tuple(f"{each.url} ({each.pages} pages)" for each in survey.sitemaps)),
        ("articles", found.article),
        ("listings", found.listing),
        ("twins", found.twin),
        ("sections", tuple(f"{each.url} {each.name}" for each in found.sections)),
        ("entries", tuple(filter(None, (found.item, found.item_date and f"date in {found.item_date}")))),
        ("pager", tuple(filter(None, (found.pager,)))),
    )
    for name, lines in told:
        out.print(f"  {name}: {', '.join(lines[:12]) or 'none found'}", markup=False)


def _guessed(value: str | None, why: str | None) -> str:
    if value is None:
        return f"none ({why})"
    return f"{value} (guessed: {why})" if why else f"{value} (as given)"


def _doubts(out: Console, explored: ExploreResult, found: ProfileProposal, about: SiteDescription) -> None:
    """What a person should look at first."""
    lost = tuple(f"could not be had: {line}" for line in explored.survey.failures[:6])
    unknown = () if found.owner.level.value or not about.level_why else ("whose site it is: set `level`",)
    for line in (*unknown, *found.doubts, *lost, *filter(None, (explored.trouble,))):
        out.print(f"  [yellow]uncertain:[/yellow] {escape(line)}")
