"""The report of one run, and of a night of the demo: counts, discovery, files, reasons, problems."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from spiders.profile.site_profile import SiteProfile
from storage.runs.runs import Run

if TYPE_CHECKING:
    from crawler.night.run import NightResult  # imports the crawler, which a search does not need

OUTCOME_COLUMNS = (
    *("new", "revised", "copy", "same", "kept", "discovered", "moved"),
    *("not_an_article", "gone", "failed", "refused"),
)
RUN_COLUMNS = ("site", "run", "asked", *OUTCOME_COLUMNS, "waiting", "s", "health")


def print_result(out: Console, result: NightResult, *, every: bool = True) -> None:
    """Print a night's report and one closing line; without `every` details only of sites in trouble."""
    print_runs(out, result.night, result.runs)
    for run in result.runs:
        if every or not run.healthy:
            print_details(out, run)
    for line in result.errors:
        out.print(f"[red]could not begin:[/red] {escape(line)}")
    for line in result.left:
        out.print(f"left out: {escape(line)}")
    verdict = "[green]healthy[/green]" if result.healthy else "[red]needs a person[/red]"
    out.print(f"night {result.night}: {verdict}")


def print_runs(out: Console, night: str, runs: Sequence[Run]) -> None:
    """Print a table of the runs of a night, one site a row."""
    rows = [_run_cells(run) for run in runs]
    used = [name for name in RUN_COLUMNS if any(row[name] for row in rows)]
    table = Table(title=f"night {night}", title_justify="left", box=None)
    for name in used:
        table.add_column(name.replace("_", " "), justify="left" if name in {"site", "health"} else "right")
    for row in rows:
        table.add_row(*(row[name] for name in used))
    out.print(table)


def _run_cells(run: Run) -> dict[str, str]:
    report: Mapping[str, Any] = run.report or {}
    counts: Mapping[str, int] = report.get("counts", {})
    states: Mapping[str, int] = report.get("states", {})
    numbers = {name: counts.get(name, 0) for name in OUTCOME_COLUMNS}
    numbers["asked"] = sum(count for outcome, count in counts.items() if outcome != "refused")
    numbers["waiting"] = states.get("pending", 0) + states.get("leased", 0)
    cells = {name: str(count or "") for name, count in numbers.items()}
    seconds = f"{report.get('seconds', 0):.0f}"
    health = "[green]ok[/green]" if run.healthy else "[red]look[/red]"
    return {"site": run.site, "run": str(run.id), **cells, "s": seconds, "health": health}


def print_details(out: Console, run: Run) -> None:
    """Print the details of one run: states of its URLs, discovery, articles, files, reasons, problems."""
    report: Mapping[str, Any] = run.report or {}
    fills = report.get("fills", {})
    replica_mark = " [yellow](replica: dialled)[/yellow]" if run.dialled else ""
    resumed = f", resumed {run.attempts - 1} times" if run.attempts > 1 else ""
    out.print(
        f"[bold]{run.site}[/bold]{replica_mark}: {report.get('ending', run.ending or 'running')}{resumed}"
    )
    url_states = ", ".join(f"{count} {state}" for state, count in sorted(report.get("states", {}).items()))
    out.print(f"  found {report.get('found', 0)} URLs; the frontier now has {url_states}")
    _print_discovery_proof(out, report.get("proof") or {})
    if fills.get("articles"):
        shares = ", ".join(f"{name} {fills[name]:.1%}" for name in ("dated", "authored", "leads", "sections"))
        copies = f" ({fills['copies']} of them copies)" if fills.get("copies") else ""
        body_size = f"{shares}, median body {fills['chars']:.0f} characters"
        out.print(f"  {fills['articles']} articles read{copies}: {body_size}")
    _print_file_tallies(out, report.get("files", ()))
    if browser := report.get("browser"):
        out.print(f"  browser: {', '.join(f'{count} {event}' for event, count in browser.items())}")
    for tally in report.get("tallies", ()):
        if tally["reason"] and tally["outcome"] not in {"same", "copy"}:
            event = f"{tally['count']} {tally['kind']} {tally['outcome']}: {tally['reason']}"
            out.print(f"  {event}, e.g. {escape(tally['example'])}")
    for line in report.get("problems", ()):
        out.print(f"  [red]![/red] {escape(line)}")


def _print_discovery_proof(out: Console, proof: Mapping[str, Any]) -> None:
    """Print the pages and links that discovery read, in numbers that add up."""
    if not proof:
        return
    pages = ", ".join(f"{count} {kind}" for kind, count in proof["pages"].items()) or "no page"
    refused = ", ".join(f"{count} {reason}" for reason, count in proof["refused"].items())
    link_counts = f"{proof['new']} new, {proof['known']} known, {sum(proof['refused'].values())} refused"
    link_counts += f" ({refused})" if refused else ""
    link_counts += f", {proof['unbelieved']} not followed" if proof["unbelieved"] else ""
    out.print(
        f"  discovery read {pages}: {proof['seen']} links = {link_counts}, {proof['unexplained']} unexplained"
    )
    backlog = f"; {proof['backlog']} old URLs in the backlog" if proof["backlog"] else ""
    article_counts = f"{proof['asked']} asked, {proof['waiting']} waiting, {proof['lost']} unexplained"
    out.print(f"  {proof['articles']} articles first heard of: {article_counts}{backlog}")


def _print_file_tallies(out: Console, tallies: Sequence[Mapping[str, Any]]) -> None:
    """Print how many attachments and images were stored, and why others were not, with an example."""
    for kind in dict.fromkeys(tally["kind"] for tally in tallies):
        of_kind = [tally for tally in tallies if tally["kind"] == kind]
        statuses = ", ".join(f"{tally['count']} {tally['status']}" for tally in of_kind)
        total = sum(tally["count"] for tally in of_kind)
        out.print(f"  {total} {kind}{'' if total == 1 else 's'}: {statuses}")
        for tally in of_kind:
            if tally["status"] not in {"read", "waiting"}:
                detail = escape(tally["detail"] or "")
                out.print(f"    {tally['status']}: e.g. {escape(tally['example'])} {detail}".rstrip())


def print_nothing_due(
    out: Console, profiles: Mapping[str, SiteProfile], last_visits: Mapping[str, tuple[datetime, bool]]
) -> None:
    """Print why no site was due."""
    out.print(f"no site is due: {len(profiles)} profiles, {len(last_visits)} visited before")
    for key, profile in sorted(profiles.items()):
        if key in last_visits:
            out.print(f"  {key}: visited {last_visits[key][0]:%Y-%m-%d %H:%M} UTC, every {profile.every}")
    never_visited = Counter(profile.status for key, profile in profiles.items() if key not in last_visits)
    for status, count in sorted(never_visited.items()):
        out.print(f"  {count} never asked, status {status}: `congdoan site list --status {status}`")


def highlighted(text: str, spans: Sequence[tuple[int, int]]) -> Text:
    """The text with the matching spans in colour and underlined."""
    shown = Text(text)
    for start, end in spans:
        shown.stylize("bold underline yellow", start, end)
    return shown
