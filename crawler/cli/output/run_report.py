"""The report of one run, and of a night of the demo: counts, discovery, files, reasons, problems."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from storage.runs.runs import Run

if TYPE_CHECKING:
    from crawler.night.run import NightResult  # imports the crawler, which a search does not need

OUTCOME_COLUMNS = (
    *("new", "revised", "copy", "same", "kept", "discovered", "moved"),
    *("not_an_article", "gone", "failed", "refused"),
)
RUN_COLUMNS = ("site", "run", "asked", *OUTCOME_COLUMNS, "waiting", "s", "health")


def print_result(run_output: Console, night_result: NightResult, *, every: bool = True) -> None:
    """Print a night's report and one closing line; without `every` details only of sites in trouble."""
    print_runs(run_output, night_result.night, night_result.runs)
    for run in night_result.runs:
        if every or not run.healthy:
            print_details(run_output, run)
    for line in night_result.errors:
        run_output.print(f"[red]could not begin:[/red] {escape(line)}")
    for line in night_result.left:
        run_output.print(f"left out: {escape(line)}")
    verdict = "[green]healthy[/green]" if night_result.healthy else "[red]needs a person[/red]"
    run_output.print(f"night {night_result.night}: {verdict}")


def print_runs(run_output: Console, night: str, runs: Sequence[Run]) -> None:
    """Print a table of the runs of a night, one site a row."""
    run_rows = [_run_cells(run) for run in runs]
    run_columns = [name for name in RUN_COLUMNS if any(run_row[name] for run_row in run_rows)]
    runs_table = Table(title=f"night {night}", title_justify="left", box=None)
    for name in run_columns:
        runs_table.add_column(
            name.replace("_", " "), justify="left" if name in {"site", "health"} else "right"
        )
    for run_row in run_rows:
        runs_table.add_row(*(run_row[name] for name in run_columns))
    run_output.print(runs_table)


def _run_cells(run: Run) -> dict[str, str]:
    run_report: Mapping[str, Any] = run.report or {}
    run_counts: Mapping[str, int] = run_report.get("counts", {})
    url_states: Mapping[str, int] = run_report.get("states", {})
    run_numbers = {name: run_counts.get(name, 0) for name in OUTCOME_COLUMNS}
    run_numbers["asked"] = sum(count for outcome, count in run_counts.items() if outcome != "refused")
    run_numbers["waiting"] = url_states.get("pending", 0) + url_states.get("leased", 0)
    run_cells = {name: str(count or "") for name, count in run_numbers.items()}
    seconds = f"{run_report.get('seconds', 0):.0f}"
    run_health = "[green]ok[/green]" if run.healthy else "[red]look[/red]"
    return {"site": run.site, "run": str(run.id), **run_cells, "s": seconds, "health": run_health}


def print_details(run_output: Console, run: Run) -> None:
    """Print the details of one run: states of its URLs, discovery, articles, files, reasons, problems."""
    run_report: Mapping[str, Any] = run.report or {}
    fill_rates = run_report.get("fills", {})
    replica_mark = " [yellow](replica: dialled)[/yellow]" if run.dialled else ""
    run_resumed = f", resumed {run.attempts - 1} times" if run.attempts > 1 else ""
    run_output.print(
        f"[bold]{run.site}[/bold]{replica_mark}: "
        f"{run_report.get('ending', run.ending or 'running')}{run_resumed}"
    )
    url_states = ", ".join(
        f"{count} {state}" for state, count in sorted(run_report.get("states", {}).items())
    )
    run_output.print(f"  found {run_report.get('found', 0)} URLs; the frontier now has {url_states}")
    _print_discovery_proof(run_output, run_report.get("proof") or {})
    if fill_rates.get("articles"):
        shares = ", ".join(
            f"{name} {fill_rates[name]:.1%}" for name in ("dated", "authored", "leads", "sections")
        )
        copies = f" ({fill_rates['copies']} of them copies)" if fill_rates.get("copies") else ""
        body_size = f"{shares}, median body {fill_rates['chars']:.0f} characters"
        run_output.print(f"  {fill_rates['articles']} articles read{copies}: {body_size}")
    _print_file_tallies(run_output, run_report.get("files", ()))
    if browser := run_report.get("browser"):
        run_output.print(
            f"  browser: {', '.join(f'{count} {run_event}' for run_event, count in browser.items())}"
        )
    for url_tally in run_report.get("tallies", ()):
        if url_tally["reason"] and url_tally["outcome"] not in {"same", "copy"}:
            run_event = (
                f"{url_tally['count']} {url_tally['kind']} {url_tally['outcome']}: {url_tally['reason']}"
            )
            run_output.print(f"  {run_event}, e.g. {escape(url_tally['example'])}")
    for line in run_report.get("problems", ()):
        run_output.print(f"  [red]![/red] {escape(line)}")


def _print_discovery_proof(run_output: Console, discovery_proof: Mapping[str, Any]) -> None:
    """Print the pages and links that discovery read, in numbers that add up."""
    if not discovery_proof:
        return
    pages = ", ".join(f"{count} {kind}" for kind, count in discovery_proof["pages"].items()) or "no page"
    refused = ", ".join(f"{count} {reason}" for reason, count in discovery_proof["refused"].items())
    link_counts = f"{discovery_proof['new']} new, {discovery_proof['known']} known, "
    link_counts += f"{sum(discovery_proof['refused'].values())} refused"
    link_counts += f" ({refused})" if refused else ""
    link_counts += f", {discovery_proof['unbelieved']} not followed" if discovery_proof["unbelieved"] else ""
    run_output.print(
        f"  discovery read {pages}: {discovery_proof['seen']} links = {link_counts}, "
        f"{discovery_proof['unexplained']} unexplained"
    )
    backlog = f"; {discovery_proof['backlog']} old URLs in the backlog" if discovery_proof["backlog"] else ""
    article_counts = f"{discovery_proof['asked']} asked, "
    article_counts += f"{discovery_proof['waiting']} waiting, {discovery_proof['lost']} unexplained"
    run_output.print(f"  {discovery_proof['articles']} articles first heard of: {article_counts}{backlog}")


def _print_file_tallies(run_output: Console, file_tallies: Sequence[Mapping[str, Any]]) -> None:
    """Print how many attachments and images were stored, and why others were not, with an example."""
    for kind in dict.fromkeys(file_tally["kind"] for file_tally in file_tallies):
        tallies_of_kind = [file_tally for file_tally in file_tallies if file_tally["kind"] == kind]
        statuses = ", ".join(
            f"{file_tally['count']} {file_tally['status']}" for file_tally in tallies_of_kind
        )
        total = sum(file_tally["count"] for file_tally in tallies_of_kind)
        run_output.print(f"  {total} {kind}{'' if total == 1 else 's'}: {statuses}")
        for file_tally in tallies_of_kind:
            if file_tally["status"] not in {"read", "waiting"}:
                detail = escape(file_tally["detail"] or "")
                run_output.print(
                    f"    {file_tally['status']}: e.g. {escape(file_tally['example'])} {detail}".rstrip()
                )
