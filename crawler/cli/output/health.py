"""What `congdoan report` and `site judge` print: sites in trouble first, then what each has to say."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from crawler.cli.output.reports import print_details
from crawler.health.overview import Overview, SiteState
from storage.runs.status_reviews import StatusReview

WORDS = {
    "trouble": "[bold red]✗ trouble[/bold red]",
    "notice": "[yellow]i notice[/yellow]",
    "well": "[green]✓ well[/green]",
    "running": "… running",
}
NUMBERS = (
    *("asked", "new", "revised", "copy", "same", "kept", "discovered", "moved"),
    *("not_an_article", "gone", "failed", "refused", "waiting", "s"),
)


def print_overview(out: Console, told: Overview, *, every: bool = False) -> None:
    """The table, what each site in trouble (`every`: each site) has to say, proposals, the closing lines."""
    rows = [(state, _numbers(state)) for state in told.sites]
    used = [name for name in NUMBERS if any(numbers.get(name) for _, numbers in rows)]
    table = Table(title=f"night {told.night}", title_justify="left")
    for name in ("health", "site", "run"):
        table.add_column(name, justify="right" if name == "run" else "left")
    for name in used:
        table.add_column(name.replace("_", " "), justify="right")
    for state, numbers in rows:
        cells = [str(numbers[name] or "") for name in used]
        table.add_row(WORDS[state.state_word], state.key, str(state.run.id), *cells)
    out.print(table)
    for state in told.sites:
        if every or state.state_word != "well":
            _print_site(out, state)
    print_proposals(out, told.proposals)
    _print_close(out, told)


def _numbers(state: SiteState) -> dict[str, int]:
    counts, states = state.report.get("counts", {}), state.report.get("states", {})
    asked = sum(count for outcome, count in counts.items() if outcome != "refused")
    waiting = states.get("pending", 0) + states.get("leased", 0)
    seconds = round(state.report.get("seconds", 0))
    return {**dict.fromkeys(NUMBERS, 0), **counts, "asked": asked, "waiting": waiting, "s": seconds}


def _print_site(out: Console, state: SiteState) -> None:
    print_details(out, state.run)
    health = state.health
    if failing := health.get("failing"):
        out.print(f"    what to do: {escape(failing['advice'])}")
    for finding in health.get("findings", ()):
        _print_finding(out, finding)
    if health.get("rhythm"):
        out.print(f"  {escape(health['rhythm'])}", style="dim")
    if since := health.get("since"):
        out.print(f"  in trouble since the night {since}", style="dim")


def _print_finding(out: Console, finding: Mapping[str, Any]) -> None:
    sign = finding["sign"].replace("_", " ")
    if not finding["alarm"]:  # the alarms stand among the problems
        out.print(f"  [yellow]i[/yellow] {sign}: {escape(finding['message'])}")
    out.print(f"    {sign}: {escape(finding['advice'])}")
    for name in ("then", "now"):
        if finding[name]:
            out.print(f"      {name}: {escape(_short(finding[name]))}")
    for url in filter(None, finding["examples"]):
        out.print(f"      e.g. {escape(url)}")


def _short(told: Mapping[str, Any]) -> str:
    return ", ".join(f"{name} {_value(value)}" for name, value in told.items() if value not in ({}, [], None))


def _value(value: object) -> str:
    if isinstance(value, dict):
        return "(" + ", ".join(f"{name}: {count}" for name, count in value.items()) + ")"
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def print_proposals(out: Console, told: Sequence[StatusReview]) -> None:
    """Proposals, and what was said to those that were judged."""
    for each in told:
        said = f" [{each.decision.value}]" if each.decision else ""
        arrow = "" if each.was == each.becomes else f" → {each.becomes}"
        evidence = f": {'; '.join(each.evidence)}" if each.evidence else ""
        note = f" ({each.note})" if each.note else ""
        line = f"{each.site}: {each.was}{arrow}{said}{evidence}{note}"
        out.print(f"proposed: {line}" if each.decision is None else line, markup=False)
        if each.decision is None:
            out.print(f"    congdoan site judge {each.site} accept|refuse", markup=False)


def _print_close(out: Console, told: Overview) -> None:
    summary = told.summary()
    articles = summary["articles"]
    counted = f"{summary['sites']} sites: {summary['trouble']} in trouble ({len(summary['newly'])} newly)"
    counted += f", {summary['notice']} worth knowing, {summary['well']} well"
    brought = f"{articles['new']} new articles, {articles['copy']} copies, {articles['revised']} revised"
    out.print(f"{counted}; {brought}, {articles['gone']} gone", markup=False)
    if summary["recovered"]:
        out.print(f"recovered: {', '.join(summary['recovered'])}", markup=False)
    if told.undelivered:
        out.print(f"the last message did not arrive: {told.undelivered}", markup=False)
    word = "[green]healthy[/green]" if told.healthy else "[red]needs a person[/red]"
    out.print(f"night {told.night}: {word}")
