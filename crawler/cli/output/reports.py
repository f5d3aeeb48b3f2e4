"""What commands print: run reports, search hits, articles."""

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
    from crawler.night.run import NightResult  # with all that crawls, which a search needs not

OUTCOMES = (
    *("new", "revised", "copy", "same", "kept", "discovered", "moved"),
    *("not_an_article", "gone", "failed", "refused"),
)
COLUMNS = ("site", "run", "asked", *OUTCOMES, "waiting", "s", "health")


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
    word = "[green]healthy[/green]" if result.healthy else "[red]needs a person[/red]"
    out.print(f"night {result.night}: {word}")


def print_runs(out: Console, night: str, runs: Sequence[Run]) -> None:
    """Print a table of the runs of a night, one site a row."""
    rows = [_cells(run) for run in runs]
    used = [name for name in COLUMNS if any(row[name] for row in rows)]
    table = Table(title=f"night {night}", title_justify="left", box=None)
    for name in used:
        table.add_column(name.replace("_", " "), justify="left" if name in {"site", "health"} else "right")
    for row in rows:
        table.add_row(*(row[name] for name in used))
    out.print(table)


def _cells(run: Run) -> dict[str, str]:
    report: Mapping[str, Any] = run.report or {}
    counts: Mapping[str, int] = report.get("counts", {})
    states: Mapping[str, int] = report.get("states", {})
    numbers = {name: counts.get(name, 0) for name in OUTCOMES}
    numbers["asked"] = sum(count for outcome, count in counts.items() if outcome != "refused")
    numbers["waiting"] = states.get("pending", 0) + states.get("leased", 0)
    cells = {name: str(count or "") for name, count in numbers.items()}
    seconds = f"{report.get('seconds', 0):.0f}"
    health = "[green]ok[/green]" if run.healthy else "[red]look[/red]"
    return {"site": run.site, "run": str(run.id), **cells, "s": seconds, "health": health}


def print_details(out: Console, run: Run) -> None:
    """What one run has to say, below the table."""
    report: Mapping[str, Any] = run.report or {}
    fills = report.get("fills", {})
    marks = " [yellow](replica: dialled)[/yellow]" if run.dialled else ""
    resumed = f", resumed {run.attempts - 1} times" if run.attempts > 1 else ""
    out.print(f"[bold]{run.site}[/bold]{marks}: {report.get('ending', run.ending or 'running')}{resumed}")
    known = ", ".join(f"{count} {state}" for state, count in sorted(report.get("states", {}).items()))
    out.print(f"  found {report.get('found', 0)} URLs; the frontier now has {known}")
    _proof(out, report.get("proof") or {})
    if fills.get("articles"):
        shares = ", ".join(f"{name} {fills[name]:.1%}" for name in ("dated", "authored", "leads", "sections"))
        copies = f" ({fills['copies']} of them copies)" if fills.get("copies") else ""
        told = f"{shares}, median body {fills['chars']:.0f} characters"
        out.print(f"  {fills['articles']} articles read{copies}: {told}")
    _files(out, report.get("files", ()))
    if browser := report.get("browser"):
        out.print(f"  browser: {', '.join(f'{count} {what}' for what, count in browser.items())}")
    for tally in report.get("tallies", ()):
        if tally["reason"] and tally["outcome"] not in {"same", "copy"}:
            what = f"{tally['count']} {tally['kind']} {tally['outcome']}: {tally['reason']}"
            out.print(f"  {what}, e.g. {escape(tally['example'])}")
    for line in report.get("problems", ()):
        out.print(f"  [red]![/red] {escape(line)}")


def _proof(out: Console, proof: Mapping[str, Any]) -> None:
    """What discovery saw, in numbers that add up."""
    if not proof:
        return
    pages = ", ".join(f"{count} {kind}" for kind, count in proof["pages"].items()) or "no page"
    refused = ", ".join(f"{count} {reason}" for reason, count in proof["refused"].items())
    told = f"{proof['new']} new, {proof['known']} known, {sum(proof['refused'].values())} refused"
    told += f" ({refused})" if refused else ""
    told += f", {proof['unbelieved']} not followed" if proof["unbelieved"] else ""
    out.print(f"  discovery read {pages}: {proof['seen']} links = {told}, {proof['unexplained']} unexplained")
    waits = f"; {proof['backlog']} old URLs in the backlog" if proof["backlog"] else ""
    found = f"{proof['asked']} asked, {proof['waiting']} waiting, {proof['lost']} unexplained"
    out.print(f"  {proof['articles']} articles first heard of: {found}{waits}")


def _files(out: Console, tallies: Sequence[Mapping[str, Any]]) -> None:
    """Attachments and images: how many were had, and each reason why some were not, with an example."""
    for kind in dict.fromkeys(tally["kind"] for tally in tallies):
        told = [tally for tally in tallies if tally["kind"] == kind]
        counted = ", ".join(f"{tally['count']} {tally['status']}" for tally in told)
        total = sum(tally["count"] for tally in told)
        out.print(f"  {total} {kind}{'' if total == 1 else 's'}: {counted}")
        for tally in told:
            if tally["status"] not in {"read", "waiting"}:
                why = escape(tally["detail"] or "")
                out.print(f"    {tally['status']}: e.g. {escape(tally['example'])} {why}".rstrip())


def print_nothing_due(
    out: Console, profiles: Mapping[str, SiteProfile], last: Mapping[str, tuple[datetime, bool]]
) -> None:
    """Why a night had nothing to do."""
    out.print(f"no site is due: {len(profiles)} profiles, {len(last)} visited before")
    for key, profile in sorted(profiles.items()):
        if key in last:
            out.print(f"  {key}: visited {last[key][0]:%Y-%m-%d %H:%M} UTC, every {profile.every}")
    never = Counter(profile.status for key, profile in profiles.items() if key not in last)
    for status, count in sorted(never.items()):
        out.print(f"  {count} never asked, status {status}: `congdoan site list --status {status}`")


def highlighted(text: str, spans: Sequence[tuple[int, int]]) -> Text:
    """A text with its hits marked: in colour, and underlined for those who do not see it."""
    shown = Text(text)
    for start, end in spans:
        shown.stylize("bold underline yellow", start, end)
    return shown
