"""`congdoan site candidates`: linked hosts that look like unknown union sites, for a person to review."""

from __future__ import annotations

import click
from rich.table import Table
from rich.text import Text

from crawler.cli.context import Setup, console
from storage.database.engine import reading
from storage.runs.candidate_sites import CandidateDecision, CandidateSite, decide_candidate, read_candidates


@click.command("candidates")
@click.option("--all", "everything", is_flag=True, help="Also those that were reviewed.")
@click.option("--accept", metavar="HOST", help="Mark HOST as a union site worth a profile.")
@click.option("--reject", metavar="HOST", help="Mark HOST as no union site: it is not listed again.")
@click.pass_obj
def candidates(setup: Setup, everything: bool, accept: str | None, reject: str | None) -> None:
    """List hosts that known sites link to and that look like union sites without a profile.

    \b
    Example: congdoan site candidates --accept congdoanmoi.example
    """
    engine = setup.archive()
    for host, candidate_decision in (
        (accept, CandidateDecision.ACCEPTED),
        (reject, CandidateDecision.REJECTED),
    ):
        if host:
            with engine.begin() as connection:
                if not decide_candidate(connection, host, candidate_decision):
                    raise click.ClickException(
                        f"{host} is no candidate; `congdoan site candidates` lists them"
                    )
            click.echo(f"{host}: {candidate_decision.value}")
    if accept:
        click.echo(f"now write its profile: congdoan site new https://{accept}/")
    if not accept and not reject:
        known_hosts = {host for profile in setup.profiles.values() for host in profile.every_host}
        with reading(engine) as connection:
            unknown_sites = [
                candidate
                for candidate in read_candidates(connection, decided=everything)
                if candidate.host not in known_hosts
            ]
        _print_candidates(unknown_sites)


def _print_candidates(candidate_sites: list[CandidateSite]) -> None:
    if not candidate_sites:
        click.echo("no candidates: no known site links to an unknown one that looks like a union")
        return
    candidate_table = Table()
    for column in ("host", "looks like a union by", "link text", "linked from", "runs", "decision"):
        candidate_table.add_column(column)
    for candidate in candidate_sites:
        candidate_cells = (
            candidate.host,
            candidate.reason,
            candidate.text,
            candidate.found_on,
            str(candidate.sightings),
            candidate.decision or "",
        )
        candidate_table.add_row(*(Text(cell) for cell in candidate_cells))
    console().print(candidate_table)
