"""`congdoan site judge`: accept or refuse a proposed status of a site, or call its state usual."""

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
from storage.runs import status_reviews as status_reviews
from storage.runs.status_reviews import ReviewDecision, StatusReview


@click.command("judge")
@click.argument("key", required=False)
@click.argument("word", type=click.Choice(["accept", "refuse", "usual"]), required=False)
@click.option("--note", default="", help="The reason, for later readers.")
@click.option("--write", is_flag=True, help="With accept: also change `status` in the profile's file.")
@click.pass_obj
def judge(setup: Setup, key: str | None, word: str | None, note: str, write: bool) -> None:
    """Accept or refuse the proposed status of the site KEY, or accept what is flagged; alone: list proposals.

    \b
    Example: congdoan site judge congdoanbackan accept --write --note "asked the federation"

    accept, refuse: a proposal (live → frozen, moved, dark, hijacked, or back). The profile is changed only
    with --write. usual: what is flagged is normal from now on; the baseline starts with the last run.
    """
    engine = setup.archive()
    if key is None:
        with reading(engine) as connection:
            print_proposals(console(), status_reviews.open_proposals(connection))
        return
    (profile,) = setup.profiles_named((key,))
    if word is None:
        with reading(engine) as connection:
            print_proposals(console(), status_reviews.read_reviews(connection, key))
        return
    with engine.begin() as connection:
        if word == "usual":
            _call_usual(connection, profile, note)
            return
        proposal = _open_proposal(connection, key)
        decision = ReviewDecision.ACCEPTED if word == "accept" else ReviewDecision.REFUSED
        if decision is ReviewDecision.ACCEPTED and write:
            _write_status(setup, profile, proposal.becomes)
        status_reviews.decide_review(connection, proposal.id, decision, datetime.now(UTC), note)
    click.echo(f"{key}: {proposal.was} → {proposal.becomes} {decision.value}")
    if decision is ReviewDecision.ACCEPTED and not write:
        click.echo(f'now set `status = "{proposal.becomes}"` in {_profile_path(setup, key)}, or use --write')


def _open_proposal(connection: Connection, key: str) -> StatusReview:
    proposal = status_reviews.open_proposal(connection, key)
    if proposal is None:
        raise click.ClickException(f"nothing is proposed for {key}; `congdoan site judge` lists what is")
    return proposal


def _call_usual(connection: Connection, profile: SiteProfile, note: str) -> None:
    newest = run_rows.newest_run(connection, profile.key)
    if newest is None:
        raise click.ClickException(f"{profile.key} was never visited: there is no run to accept as usual")
    status_reviews.accept_as_usual(
        connection, profile.key, profile.status, newest.id, datetime.now(UTC), note
    )
    click.echo(f"{profile.key}: usual from run {newest.id} on")


def _profile_path(setup: Setup, key: str) -> Path:
    return next(setup.config.sites.rglob(f"{key}.toml"))


def _write_status(setup: Setup, profile: SiteProfile, status: str) -> None:
    """Set `status` in the profile's file; raises ConfigError when it is set more than once."""
    path = _profile_path(setup, profile.key)
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    first_table = next((n for n, line in enumerate(lines) if line.startswith("[")), len(lines))
    line_numbers = [n for n, line in enumerate(lines[:first_table]) if line.split("=")[0].strip() == "status"]
    if len(line_numbers) > 1:
        raise ConfigError(f"{path}: `status` is set {len(line_numbers)} times; mend it by hand")
    status_line = f'status = "{status}"\n'
    if line_numbers:
        lines[line_numbers[0]] = status_line
    else:  # a live site need not say so
        lines.insert(1, status_line)
    path.write_text("".join(lines), encoding="utf-8")
