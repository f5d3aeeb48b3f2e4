"""`congdoan report`, `site`, `db`, `doctor`: the commands that look after the archive."""

from __future__ import annotations

import json
import sys
from typing import get_args

import click

from crawler import doctor as clinic
from crawler.cli.context import Setup, console
from crawler.cli.registry import picked, print_site, print_sites
from crawler.cli.render import print_runs
from spiders.check import complaints, registry_complaints
from spiders.places import places
from spiders.profile import Level, Status
from storage import runs as run_rows
from storage.database import head, integrity, open_database, reading, require_current
from storage.database import upgrade as upgrade_tables
from storage.runs import Run
from storage.search.engine import engine_for


@click.command()
@click.argument("run", required=False)
@click.option("--json", "as_json", is_flag=True, help="The reports as JSON.")
@click.pass_obj
def report(setup: Setup, run: str | None, as_json: bool) -> None:
    r"""Print the report of a RUN (its number), of a night (its name), or of the last night.

    \b
    Example: congdoan report 17
    """
    with reading(setup.archive()) as connection:
        if run and run.isdigit():
            one = run_rows.get(connection, int(run))
            chosen: tuple[Run, ...] = (one,) if one else ()
        else:
            night = run or run_rows.last_night(connection)
            chosen = run_rows.of_night(connection, night) if night else ()
    if not chosen:
        raise click.ClickException(
            f"no run or night {run or ''} in this archive; `congdoan nightly` makes one"
        )
    if as_json:
        click.echo(json.dumps([dict(entry.report or {}) for entry in chosen], ensure_ascii=False, indent=1))
    else:
        print_runs(console(), chosen[0].night, chosen)
    sys.exit(0 if all(entry.healthy for entry in chosen) else 1)


@click.group()
def site() -> None:
    r"""List, show and check site profiles.

    \b
    Example: congdoan site list
    """


@site.command("list")
@click.option("--status", type=click.Choice(get_args(Status)), help="Only sites of this status.")
@click.option("--level", type=click.Choice(get_args(Level)), help="Only sites of this level.")
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
@click.pass_obj
def check_sites(setup: Setup, sites: tuple[str, ...]) -> None:
    r"""Check the profiles of SITES, or all: keys, patterns, addresses, kin; nothing is asked.

    \b
    Example: congdoan site check laodongthudo
    """
    out = console()
    chosen = setup.chosen(sites or tuple(sorted(setup.profiles)))
    between = registry_complaints(setup.profiles)
    wrong = 0
    for profile in chosen:
        lines = (*complaints(profile), *between[profile.key])
        wrong += len(lines)
        out.print(f"{profile.key}: {'; '.join(lines) if lines else 'ok'}", markup=False)
    sys.exit(1 if wrong else 0)


@click.group()
def db() -> None:
    r"""Upgrade and check the database.

    \b
    Example: congdoan db check
    """


@db.command("upgrade")
@click.pass_obj
def upgrade(setup: Setup) -> None:
    r"""Create the tables, or bring them to this program's version.

    \b
    Example: congdoan db upgrade
    """
    engine = open_database(setup.config.database_url)
    click.echo(f"schema version {upgrade_tables(engine)}")


@db.command("check")
@click.pass_obj
def check(setup: Setup) -> None:
    r"""Check schema version, integrity, and that the search index agrees with the articles.

    \b
    Example: congdoan db check
    """
    engine = setup.archive()
    require_current(engine)
    found = list(integrity(engine))
    with reading(engine) as connection:
        found += engine_for(connection).verify(connection)
    for line in found:
        click.echo(line, err=True)
    click.echo(f"schema version {head()}: {'sound' if not found else f'{len(found)} problems'}")
    sys.exit(1 if found else 0)


@click.command()
@click.pass_obj
def doctor(setup: Setup) -> None:
    r"""Look at everything a nightly crawl needs and say what is missing.

    \b
    Example: congdoan doctor
    """
    out = console()
    found = clinic.examine(setup.config)
    for finding in found:
        mark = "[green]ok[/green]  " if finding.ok else "[red]look[/red]"
        out.print(f"{mark} {finding.what}: ", end="")
        out.print(finding.said, markup=False)
    sys.exit(0 if all(finding.ok for finding in found) else 1)


COMMANDS = (report, site, db, doctor)
