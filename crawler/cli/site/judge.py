"""`congdoan site judge`: review a proposed status of a site, or accept how it is now as usual."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import click
from sqlalchemy import Connection

from crawler.cli.context import Setup, console
from crawler.cli.output.health import print_proposals
from crawler.config import ConfigError
from spiders.profile.site_profile import SiteProfile
from storage.database.engine import reading
from storage.runs import runs as run_rows
from storage.runs import status_reviews as judgements
from storage.runs.status_reviews import ReviewDecision, StatusReview


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
            print_proposals(console(), judgements.open_proposals(connection))
        return
    (profile,) = setup.profiles_named((key,))
    if word is None:
        with reading(engine) as connection:
            print_proposals(console(), judgements.read_reviews(connection, key))
        return
    with engine.begin() as connection:
        if word == "usual":
            _call_usual(connection, profile, note)
            return
        standing = _standing(connection, key)
        said = ReviewDecision.ACCEPTED if word == "accept" else ReviewDecision.REFUSED
        if said is ReviewDecision.ACCEPTED and write:
            _write_status(setup, profile, standing.becomes)
        judgements.decide_review(connection, standing.id, said, datetime.now(UTC), note)
    click.echo(f"{key}: {standing.was} → {standing.becomes} {said.value}")
    if said is ReviewDecision.ACCEPTED and not write:
        click.echo(f'now set `status = "{standing.becomes}"` in {_path(setup, key)}, or use --write')


def _standing(connection: Connection, key: str) -> StatusReview:
    found = judgements.open_proposal(connection, key)
    if found is None:
        raise click.ClickException(f"nothing is proposed of {key}; `congdoan site judge` lists what is")
    return found


def _call_usual(connection: Connection, profile: SiteProfile, note: str) -> None:
    newest = run_rows.newest_run(connection, profile.key)
    if newest is None:
        raise click.ClickException(f"{profile.key} was never visited: nothing of it is usual yet")
    judgements.accept_as_usual(connection, profile.key, profile.status, newest.id, datetime.now(UTC), note)
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
