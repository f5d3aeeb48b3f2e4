"""`congdoan site …`: list, show and check profiles, explore a site nobody has described yet."""

from __future__ import annotations

import sys
import tomllib
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, get_args

import click
from rich.console import Console
from rich.markup import escape

from crawler.cli.context import Setup, console
from crawler.cli.registry import picked, print_site, print_sites
from crawler.cli.trial import print_trial
from crawler.config import Config, ConfigError, dial_option
from crawler.explorer import Explored, Sample, explore_saved, explore_web, home_of, sample
from crawler.trial import trial
from spiders.check import complaints, registry_complaints
from spiders.explore.look import host_of
from spiders.explore.propose import About, Findings, findings, profile_text
from spiders.places import places
from spiders.profile import Level, SiteProfile, Status, load, schema_text

LEVELS = click.Choice(get_args(Level))
KNOWN_ENDINGS = {"com", "org", "net", "gov", "edu", "vn", "info", "example"}


@click.group()
def site() -> None:
    r"""List, show and check site profiles, and propose one for a new site.

    \b
    Example: congdoan site list
    """


@site.command("list")
@click.option("--status", type=click.Choice(get_args(Status)), help="Only sites of this status.")
@click.option("--level", type=LEVELS, help="Only sites of this level.")
@click.option("--place", help="Only sites of this province, of its time or of now (e.g. bac_kan).")
@click.pass_obj
def list_sites(setup: Setup, status: str | None, level: str | None, place: str | None) -> None:
    r"""List every site we know of, or those that answer the filters.

    \b
    Example: congdoan site list --level province --place da_nang
    """
    if place is not None and place not in places():
        raise click.BadParameter(f"{place} is none of the 63 provinces: {', '.join(places())}")
    print_sites(console(), picked(setup.profiles.values(), status, level, place))


@site.command("show")
@click.argument("key")
@click.pass_obj
def show_site(setup: Setup, key: str) -> None:
    r"""Print all we know of the site KEY: whose, when, what before and after, by which rules.

    \b
    Example: congdoan site show congdoanquangnam
    """
    (profile,) = setup.chosen((key,))
    path = next(setup.config.sites.rglob(f"{key}.toml"))
    print_site(console(), profile, path.read_text(encoding="utf-8"))


@site.command("check")
@click.argument("sites", nargs=-1)
@click.option(
    "--crawl", "pages", type=click.IntRange(1), metavar="PAGES", help="Also try them with a small crawl."
)
@click.option("--dial", multiple=True, metavar="HOST=ADDRESS", help="Ask HOST at a loopback address:port.")
@click.pass_obj
def check_sites(setup: Setup, sites: tuple[str, ...], pages: int | None, dial: tuple[str, ...]) -> None:
    r"""Check the profiles of SITES, or all: keys, patterns, addresses, kin.

    \b
    Example: congdoan site check laodongthudo --crawl 30

    Nothing is asked without --crawl; with it, coverage, fill rates and what is missing are shown, and
    nothing is kept. Exit code 1 when anything is wrong.
    """
    out = console()
    chosen = setup.chosen(sites or tuple(sorted(setup.profiles)))
    between = registry_complaints(setup.profiles)
    wrong = 0
    for profile in chosen:
        lines = (*complaints(profile), *between[profile.key])
        wrong += len(lines)
        out.print(f"{profile.key}: {'; '.join(lines) if lines else 'ok'}", markup=False)
        if pages is not None and not lines:
            found = trial(setup.config_with(dial=dial_option(dial)), profile, pages)
            print_trial(out, found)
            wrong += not found.articles or bool(found.problems)
    sys.exit(1 if wrong else 0)


@site.command("schema")
def schema() -> None:
    r"""Print the JSON schema of profiles, for editors that check TOML while it is typed.

    \b
    Example: congdoan site schema > profile.schema.json
    """
    click.echo(schema_text(), nl=False)


@site.command("new")
@click.argument("url")
@click.option(
    "--from",
    "source",
    type=click.Path(path_type=Path, exists=True),
    help="A WARC file, saved page or directory of saved pages, where the site cannot be reached.",
)
@click.option("--name", help="The site's name; by default its front page's title.")
@click.option("--level", type=LEVELS, default="province", show_default=True, help="Whose site it is.")
@click.option("--place", help="Its province, as in the registry: bac_kan.")
@click.option("-o", "--output", type=click.Path(path_type=Path), help="The profile's file.")
@click.option("--force", is_flag=True, help="Write over an existing file.")
@click.option(
    "--dial", multiple=True, metavar="HOST=ADDRESS", help="Ask HOST at a loopback address:port (a replica)."
)
@click.pass_obj
def new_site(setup: Setup, /, url: str, dial: tuple[str, ...], **options: Any) -> None:  # noqa: ANN401
    """Explore the site at URL with at most 40 requests, show what is found, write its profile.

    \b
    Example: congdoan site new https://congdoan.example/ --level province --place bac_kan
    From saved pages: congdoan site new https://congdoan.example/ --from saved-pages/

    Read the profile before you crawl with it: it is a proposal, and its `verified` says so.
    Exit code 1 when something was not found that a crawl needs.
    """  # noqa: D301
    config = setup.config_with(dial=dial_option(dial))
    path = _target(config, url, options["output"], options["place"], force=options["force"])
    now = datetime.now(UTC)
    source: Path | None = options["source"]
    explored = explore_saved(source, url, now) if source else explore_web(config, url, now)
    if not explored.survey.looks:
        raise ConfigError(_nothing(explored, url))
    found = findings(explored.survey, _platforms(config.platforms))
    verified = (
        f"proposed by `congdoan site new` on {now:%Y-%m-%d} from {explored.source}; not read by a person yet"
    )
    about = About(options["level"], verified, options["name"], options["place"])
    _write(path, profile_text(found, about))
    profile = load(path, config.platforms)
    _report(console(), explored, found, profile)
    wrong = complaints(profile)
    for line in wrong:
        console().print(f"[red]to mend:[/red] {escape(line)}")
    console().print(f"wrote {path}; read it, then: congdoan crawl {profile.key}", markup=False)
    sys.exit(1 if wrong or not found.article else 0)


def _target(config: Config, url: str, output: Path | None, place: str | None, *, force: bool) -> Path:
    """Where the profile goes; raises ConfigError when something is there already."""
    path = output or config.sites / (place or "new") / f"{_key(url)}.toml"
    if path.suffix != ".toml":
        raise ConfigError(f"{path}: a profile's file ends in .toml; give another -o")
    if path.exists() and not force:
        raise ConfigError(f"{path}: there is a profile already; give another -o, or --force to write over it")
    return path


def _key(url: str) -> str:
    """A site's key from its host: the labels that are not an ending all domains have."""
    labels = host_of(home_of(url).url).removeprefix("www.").split(".")
    told = [label for label in labels if label not in KNOWN_ENDINGS] or labels[:1]
    return "_".join(told).replace("-", "_")


def _nothing(explored: Explored, url: str) -> str:
    lost = "; ".join(explored.survey.lost[:3]) or explored.trouble or "it answered with no page"
    return f"{url}: no page could be looked at ({lost}); try again later, or explore saved pages with --from"


def _platforms(folder: Path) -> Mapping[str, Mapping[str, Any]]:
    paths = sorted(folder.glob("*.toml"))
    return {path.stem: tomllib.loads(path.read_text(encoding="utf-8")) for path in paths}


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def _report(out: Console, explored: Explored, found: Findings, profile: SiteProfile) -> None:
    survey = explored.survey
    robots = "read and obeyed" if survey.robots else "none seen"
    out.print(f"[bold]{escape(found.home)}[/bold]: {explored.source}; {len(survey.looks)} pages looked at")
    told = (
        ("robots.txt", (robots,)),
        ("feeds", tuple(f"{each.url} ({each.pages} entries)" for each in survey.feeds)),
        ("sitemaps", tuple(f"{each.url} ({each.pages} pages)" for each in survey.sitemaps)),
        ("articles", found.article),
        ("listings", found.listing),
        ("twins", found.twin),
        ("sections", tuple(f"{each.url} {each.name}" for each in found.sections)),
        ("entries", tuple(filter(None, (found.item, found.item_date and f"date in {found.item_date}")))),
        ("pager", tuple(filter(None, (found.pager,)))),
        ("platform", (f"{found.platform.name or 'unknown'}: {found.platform.reason}",)),
    )
    for name, lines in told:
        out.print(f"  {name}: {', '.join(lines[:12]) or 'none found'}", markup=False)
    _print_sample(out, sample(survey, profile))
    lost = tuple(f"could not be had: {line}" for line in survey.lost[:6])
    for line in (*found.doubts, *lost, *filter(None, (explored.trouble,))):
        out.print(f"  [yellow]uncertain:[/yellow] {escape(line)}")


def _print_sample(out: Console, samples: tuple[Sample, ...]) -> None:
    """Each article as it would be stored, every field with where it came from."""
    for each in samples:
        article = each.result.article
        out.print(f"  sample {each.url}", markup=False)
        if article is None:
            out.print(f"    no article: {each.result.reason} ({each.result.detail})", markup=False)
            continue
        sources = {told.field: f"{told.source} {told.rule}" for told in article.provenance}
        day = article.published.day.isoformat() if article.published else "none"
        rows = (
            ("title", article.title),
            ("published", day),
            ("author", article.author or "none"),
            ("section", " / ".join(article.section) or "none"),
            ("lead", (article.lead or "none")[:80]),
        )
        for name, value in rows:
            out.print(f"    {name}: {value}  [{sources.get(name, 'not found')}]", markup=False)
        text = article.body.replace("\n", " ")
        out.print(f"    body: {len(text)} characters: {text[:60]} … {text[-40:]}", markup=False)


COMMANDS = (site,)
