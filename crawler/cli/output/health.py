"""The report of a night by the health of its sites, those in trouble first, and proposals of a status."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from crawler.cli.output.reports import print_details
from crawler.health.overview import Overview, SiteState
from storage.runs.status_reviews import StatusReview

HEALTH_WORDS = {
    "trouble": "[bold red]✗ trouble[/bold red]",
    "notice": "[yellow]i notice[/yellow]",
    "well": "[green]✓ well[/green]",
    "running": "… running",
}
COUNT_COLUMNS = (
    *("asked", "new", "revised", "copy", "same", "kept", "discovered", "moved"),
    *("not_an_article", "gone", "failed", "refused", "waiting", "s"),
)


def print_overview(out: Console, overview: Overview, *, every: bool = False) -> None:
    """Print the table, details of sites in trouble (`every`: of all sites), proposals and totals."""
    rows = [(state, _counts_of_run(state)) for state in overview.sites]
    used = [name for name in COUNT_COLUMNS if any(numbers.get(name) for _, numbers in rows)]
    table = Table(title=f"night {overview.night}", title_justify="left")
    for name in ("health", "site", "run"):
        table.add_column(name, justify="right" if name == "run" else "left")
    for name in used:
        table.add_column(name.replace("_", " "), justify="right")
    for state, numbers in rows:
        cells = [str(numbers[name] or "") for name in used]
        table.add_row(HEALTH_WORDS[state.state_word], state.key, str(state.run.id), *cells)
    out.print(table)
    for state in overview.sites:
        if every or state.state_word != "well":
            _print_site(out, state)
    print_proposals(out, overview.proposals)
    _print_night_summary(out, overview)


def _counts_of_run(state: SiteState) -> dict[str, int]:
    counts, states = state.report.get("counts", {}), state.report.get("states", {})
    fetched = sum(count for outcome, count in counts.items() if outcome != "refused")
    waiting = states.get("pending", 0) + states.get("leased", 0)
    seconds = round(state.report.get("seconds", 0))
    return {**dict.fromkeys(COUNT_COLUMNS, 0), **counts, "asked": fetched, "waiting": waiting, "s": seconds}


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
    if not finding["alarm"]:  # alarms are among the problems
        out.print(f"  [yellow]i[/yellow] {sign}: {escape(finding['message'])}")
    out.print(f"    {sign}: {escape(finding['advice'])}")
    for name in ("then", "now"):
        if finding[name]:
            out.print(f"      {name}: {escape(_observation_text(finding[name]))}")
    for url in filter(None, finding["examples"]):
        out.print(f"      e.g. {escape(url)}")


def _observation_text(observation: Mapping[str, Any]) -> str:
    return ", ".join(
        f"{name} {_value_text(number)}"
        for name, number in observation.items()
        if number not in ({}, [], None)
    )


def _value_text(value: object) -> str:
    if isinstance(value, dict):
        return "(" + ", ".join(f"{name}: {count}" for name, count in value.items()) + ")"
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def print_proposals(out: Console, reviews: Sequence[StatusReview]) -> None:
    """Print proposed changes of a site's status, with the decision on those that were reviewed."""
    for review in reviews:
        decision = f" [{review.decision.value}]" if review.decision else ""
        arrow = "" if review.was == review.becomes else f" → {review.becomes}"
        evidence = f": {'; '.join(review.evidence)}" if review.evidence else ""
        note = f" ({review.note})" if review.note else ""
        line = f"{review.site}: {review.was}{arrow}{decision}{evidence}{note}"
        out.print(f"proposed: {line}" if review.decision is None else line, markup=False)
        if review.decision is None:
            out.print(f"    congdoan site judge {review.site} accept|refuse", markup=False)


def _print_night_summary(out: Console, overview: Overview) -> None:
    summary = overview.summary()
    articles = summary["articles"]
    site_counts = f"{summary['sites']} sites: {summary['trouble']} in trouble ({len(summary['newly'])} newly)"
    site_counts += f", {summary['notice']} worth knowing, {summary['well']} well"
    article_counts = (
        f"{articles['new']} new articles, {articles['copy']} copies, {articles['revised']} revised"
    )
    out.print(f"{site_counts}; {article_counts}, {articles['gone']} gone", markup=False)
    if summary["recovered"]:
        out.print(f"recovered: {', '.join(summary['recovered'])}", markup=False)
    if overview.undelivered:
        out.print(f"the last message did not arrive: {overview.undelivered}", markup=False)
    verdict = "[green]healthy[/green]" if overview.healthy else "[red]needs a person[/red]"
    out.print(f"night {overview.night}: {verdict}")
