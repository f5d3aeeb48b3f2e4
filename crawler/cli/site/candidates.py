"""`congdoan site candidates`: hosts that look like unknown union sites, for a person to judge."""

from __future__ import annotations

import click
from rich.table import Table
from rich.text import Text

from crawler.cli.context import Setup, console
from storage.database.engine import reading
from storage.runs.candidate_sites import CandidateDecision, CandidateSite, decide_candidate, read_candidates


@click.command("candidates")
@click.option("--all", "everything", is_flag=True, help="Also those a person has judged.")
@click.option("--accept", metavar="HOST", help="Say that HOST is a union's site worth a profile.")
@click.option("--reject", metavar="HOST", help="Say that HOST is none: it is not shown again.")
@click.pass_obj
def candidates(setup: Setup, everything: bool, accept: str | None, reject: str | None) -> None:
    """Show hosts that known sites link to and that look like unions we do not know.

    \b
    Example: congdoan site candidates --accept congdoanmoi.example
    """
    engine = setup.archive()
    for host, decision in ((accept, CandidateDecision.ACCEPTED), (reject, CandidateDecision.REJECTED)):
        if host:
            with engine.begin() as connection:
                if not decide_candidate(connection, host, decision):
                    raise click.ClickException(
                        f"{host} is no candidate; `congdoan site candidates` lists them"
                    )
            click.echo(f"{host}: {decision.value}")
    if accept:
        click.echo(f"now write its profile: congdoan site new https://{accept}/")
    if not accept and not reject:
        known = {host for profile in setup.profiles.values() for host in profile.every_host}
        with reading(engine) as connection:
            found = [
                each for each in read_candidates(connection, decided=everything) if each.host not in known
            ]
        _print(found)


def _print(found: list[CandidateSite]) -> None:
    if not found:
        click.echo("no candidates: no known site links to an unknown one that looks like a union")
        return
    table = Table()
    for column in ("host", "looks like a union by", "link text", "found on", "runs", "judged"):
        table.add_column(column)
    for each in found:
        cells = (each.host, each.reason, each.text, each.found_on, str(each.sightings), each.decision or "")
        table.add_row(*(Text(cell) for cell in cells))
    console().print(table)
