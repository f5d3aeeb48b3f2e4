"""`congdoan report`, `site judge`: how the sites are, and what a person says to it."""

from __future__ import annotations

import json
import sys
from datetime import UTC, datetime
from pathlib import Path

import click
from sqlalchemy import Connection

from crawler.cli.context import Setup, console
from crawler.cli.output.health import print_overview, print_proposals
from crawler.config import ConfigError
from crawler.health.html_report import write_badges, write_page
from crawler.health.metrics import write_metrics
from crawler.health.overview import overview
from spiders.profile.site_profile import SiteProfile
from storage.database.engine import reading
from storage.database.ids import number_in
from storage.runs import runs as run_rows
from storage.runs import status_reviews as judgements
from storage.runs.runs import Run
from storage.runs.status_reviews import Decision, Judgement

FILE = click.Path(path_type=Path, dir_okay=False)


@click.command()
@click.argument("run", required=False)
@click.option("--json", "as_json", is_flag=True, help="The summary, the proposals and the reports as JSON.")
@click.option("--html", "page", type=FILE, metavar="FILE", help="Write one page with charts.")
@click.option("--badges", type=click.Path(path_type=Path, file_okay=False), help="Write an SVG badge a site.")
@click.option("--metrics", type=FILE, metavar="FILE", help="Write Prometheus metrics; must end in .prom.")
@click.option("--sites", "every", is_flag=True, help="Every site's newest run, of whatever night.")
@click.option("-v", "--verbose", is_flag=True, help="Details of every site, not only of those in trouble.")
@click.pass_obj
def report(setup: Setup, /, run: str | None, every: bool, verbose: bool, **told: object) -> None:
    """Print the report of a RUN (its number), of a night (its name), or of the last night.

    \b
    Example: congdoan report --html night.html --badges badges

    Sites in trouble come first. Exit code 0 only when every run shown is healthy.
    """
    with reading(setup.archive()) as connection:
        chosen = _chosen(connection, run, every=every)
        if not chosen:
            raise click.ClickException(
                f"no run or night {run or ''} in this archive; `congdoan nightly` makes one"
            )
        seen = overview(connection, chosen)
    if isinstance(page := told["page"], Path):
        write_page(seen, page)
    if isinstance(folder := told["badges"], Path):
        write_badges(seen, folder)
    if isinstance(metrics := told["metrics"], Path):
        write_metrics(seen, metrics)
    if told["as_json"]:
        click.echo(json.dumps(seen.as_dict(), ensure_ascii=False, indent=1))
    else:
        print_overview(console(), seen, every=verbose or len(seen.sites) == 1)
    sys.exit(0 if seen.healthy else 1)


def _chosen(connection: Connection, run: str | None, *, every: bool) -> tuple[Run, ...]:
    if every:
        return run_rows.newest_of_each(connection)
    if run and run.isdigit():
        number = number_in(run)
        one = run_rows.get(connection, number) if number else None
        return (one,) if one else ()
    night = run or run_rows.last_night(connection)
    return run_rows.of_night(connection, night) if night else ()


@click.command("judge")
@click.argument("key", required=False)
@click.argument("word", type=click.Choice(["accept", "refuse", "usual"]), required=False)
@click.option("--note", default="", help="Why, for those who come after.")
@click.option("--write", is_flag=True, help="With accept: also change `status` in the profile's file.")
@click.pass_obj
def judge(setup: Setup, key: str | None, word: str | None, note: str, write: bool) -> None:
    """Judge what is proposed of the site KEY's life, or call what is flagged usual; alone: list proposals.

    \b
    Example: congdoan site judge congdoanbackan accept --write --note "asked the federation"

    accept, refuse: of a proposal (live → frozen, moved, dark, hijacked, or back). A profile is changed
    only with --write. usual: what is flagged is how the site is now; its past begins with its last run.
    """
    engine = setup.archive()
    if key is None:
        with reading(engine) as connection:
            print_proposals(console(), judgements.undecided(connection))
        return
    (profile,) = setup.chosen((key,))
    if word is None:
        with reading(engine) as connection:
            print_proposals(console(), judgements.judged(connection, key))
        return
    with engine.begin() as connection:
        if word == "usual":
            _call_usual(connection, profile, note)
            return
        standing = _standing(connection, key)
        said = Decision.ACCEPTED if word == "accept" else Decision.REFUSED
        if said is Decision.ACCEPTED and write:
            _write_status(setup, profile, standing.becomes)
        judgements.decide(connection, standing.id, said, datetime.now(UTC), note)
    click.echo(f"{key}: {standing.was} → {standing.becomes} {said.value}")
    if said is Decision.ACCEPTED and not write:
        click.echo(f'now set `status = "{standing.becomes}"` in {_path(setup, key)}, or use --write')


def _standing(connection: Connection, key: str) -> Judgement:
    found = judgements.standing(connection, key)
    if found is None:
        raise click.ClickException(f"nothing is proposed of {key}; `congdoan site judge` lists what is")
    return found


def _call_usual(connection: Connection, profile: SiteProfile, note: str) -> None:
    newest = run_rows.newest(connection, profile.key)
    if newest is None:
        raise click.ClickException(f"{profile.key} was never visited: nothing of it is usual yet")
    judgements.call_usual(connection, profile.key, profile.status, newest.id, datetime.now(UTC), note)
    click.echo(f"{profile.key}: usual from run {newest.id} on")


def _path(setup: Setup, key: str) -> Path:
    return next(setup.config.sites.rglob(f"{key}.toml"))


def _write_status(setup: Setup, profile: SiteProfile, status: str) -> None:
    """Change the one line of the profile; raises ConfigError where it is not plainly there."""
    path = _path(setup, profile.key)
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    top = next((n for n, line in enumerate(lines) if line.startswith("[")), len(lines))
    places = [n for n, line in enumerate(lines[:top]) if line.split("=")[0].strip() == "status"]
    if len(places) > 1:
        raise ConfigError(f"{path}: `status` stands there {len(places)} times; mend it by hand")
    made = f'status = "{status}"\n'
    if places:
        lines[places[0]] = made
    else:  # a live site need not say so
        lines.insert(1, made)
    path.write_text("".join(lines), encoding="utf-8")
