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
    judge_engine = setup.archive()
    if key is None:
        with reading(judge_engine) as connection:
            print_proposals(console(), status_reviews.open_proposals(connection))
        return
    (judged_profile,) = setup.profiles_named((key,))
    if word is None:
        with reading(judge_engine) as connection:
            print_proposals(console(), status_reviews.read_reviews(connection, key))
        return
    with judge_engine.begin() as connection:
        if word == "usual":
            _call_usual(connection, judged_profile, note)
            return
        judged_proposal = _open_proposal(connection, key)
        judge_decision = ReviewDecision.ACCEPTED if word == "accept" else ReviewDecision.REFUSED
        if judge_decision is ReviewDecision.ACCEPTED and write:
            _write_judged_status(setup, judged_profile, judged_proposal.becomes)
        status_reviews.decide_review(connection, judged_proposal.id, judge_decision, datetime.now(UTC), note)
    click.echo(f"{key}: {judged_proposal.was} → {judged_proposal.becomes} {judge_decision.value}")
    if judge_decision is ReviewDecision.ACCEPTED and not write:
        click.echo(
            f'now set `status = "{judged_proposal.becomes}"` in {_judged_file(setup, key)}, or use --write'
        )


def _open_proposal(connection: Connection, judged_key: str) -> StatusReview:
    judged_proposal = status_reviews.open_proposal(connection, judged_key)
    if judged_proposal is None:
        raise click.ClickException(
            f"nothing is proposed for {judged_key}; `congdoan site judge` lists what is"
        )
    return judged_proposal


def _call_usual(connection: Connection, judged_profile: SiteProfile, note: str) -> None:
    newest_run = run_rows.newest_run(connection, judged_profile.key)
    if newest_run is None:
        raise click.ClickException(
            f"{judged_profile.key} was never visited: there is no run to accept as usual"
        )
    status_reviews.accept_as_usual(
        connection, judged_profile.key, judged_profile.status, newest_run.id, datetime.now(UTC), note
    )
    click.echo(f"{judged_profile.key}: usual from run {newest_run.id} on")


def _judged_file(setup: Setup, judged_key: str) -> Path:
    return next(setup.config.sites.rglob(f"{judged_key}.toml"))


def _write_judged_status(setup: Setup, judged_profile: SiteProfile, judged_status: str) -> None:
    """Set `status` in the profile's file; raises ConfigError when it is set more than once."""
    judged_file = _judged_file(setup, judged_profile.key)
    profile_lines = judged_file.read_text(encoding="utf-8").splitlines(keepends=True)
    first_table = next(
        (n for n, profile_line in enumerate(profile_lines) if profile_line.startswith("[")),
        len(profile_lines),
    )
    line_numbers = [
        n
        for n, profile_line in enumerate(profile_lines[:first_table])
        if profile_line.split("=")[0].strip() == "status"
    ]
    if len(line_numbers) > 1:
        raise ConfigError(f"{judged_file}: `status` is set {len(line_numbers)} times; mend it by hand")
    status_line = f'status = "{judged_status}"\n'
    if line_numbers:
        profile_lines[line_numbers[0]] = status_line
    else:  # a live site need not say so
        profile_lines.insert(1, status_line)
    judged_file.write_text("".join(profile_lines), encoding="utf-8")
