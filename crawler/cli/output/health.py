"""The report of a night by the health of its sites, those in trouble first, and proposals of a status."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from crawler.cli.output.run_report import print_details
from crawler.health.overview import Overview, SiteState
from storage.runs.status_reviews import StatusReview

HEALTH_WORDS = {
    "trouble": "[bold red]✗ trouble[/bold red]",
    "notice": "[yellow]i notice[/yellow]",
    "well": "[green]✓ well[/green]",
    "running": "… running",
}
HEALTH_COLUMNS = (
    *("asked", "new", "revised", "copy", "same", "kept", "discovered", "moved"),
    *("not_an_article", "gone", "failed", "refused", "waiting", "s"),
)


def print_overview(health_output: Console, health_overview: Overview, *, every: bool = False) -> None:
    """Print the table, details of sites in trouble (`every`: of all sites), proposals and totals."""
    health_rows = [(site_health, _health_counts(site_health)) for site_health in health_overview.sites]
    health_columns = [
        name for name in HEALTH_COLUMNS if any(health_counts.get(name) for _, health_counts in health_rows)
    ]
    health_table = Table(title=f"night {health_overview.night}", title_justify="left")
    for name in ("health", "site", "run"):
        health_table.add_column(name, justify="right" if name == "run" else "left")
    for name in health_columns:
        health_table.add_column(name.replace("_", " "), justify="right")
    for site_health, health_counts in health_rows:
        health_cells = [str(health_counts[name] or "") for name in health_columns]
        health_table.add_row(
            HEALTH_WORDS[site_health.state_word], site_health.key, str(site_health.run.id), *health_cells
        )
    health_output.print(health_table)
    for site_health in health_overview.sites:
        if every or site_health.state_word != "well":
            _print_site_health(health_output, site_health)
    print_proposals(health_output, health_overview.proposals)
    _print_health_summary(health_output, health_overview)


def _health_counts(site_health: SiteState) -> dict[str, int]:
    counts, states = site_health.report.get("counts", {}), site_health.report.get("states", {})
    fetched = sum(count for outcome, count in counts.items() if outcome != "refused")
    waiting = states.get("pending", 0) + states.get("leased", 0)
    seconds = round(site_health.report.get("seconds", 0))
    return {**dict.fromkeys(HEALTH_COLUMNS, 0), **counts, "asked": fetched, "waiting": waiting, "s": seconds}


def _print_site_health(health_output: Console, site_health: SiteState) -> None:
    print_details(health_output, site_health.run)
    health_findings = site_health.health
    if failing := health_findings.get("failing"):
        health_output.print(f"    what to do: {escape(failing['advice'])}")
    for health_finding in health_findings.get("findings", ()):
        _print_health_finding(health_output, health_finding)
    if health_findings.get("rhythm"):
        health_output.print(f"  {escape(health_findings['rhythm'])}", style="dim")
    if since := health_findings.get("since"):
        health_output.print(f"  in trouble since the night {since}", style="dim")


def _print_health_finding(health_output: Console, health_finding: Mapping[str, Any]) -> None:
    health_sign = health_finding["sign"].replace("_", " ")
    if not health_finding["alarm"]:  # alarms are among the problems
        health_output.print(f"  [yellow]i[/yellow] {health_sign}: {escape(health_finding['message'])}")
    health_output.print(f"    {health_sign}: {escape(health_finding['advice'])}")
    for name in ("then", "now"):
        if health_finding[name]:
            health_output.print(f"      {name}: {escape(_observation_text(health_finding[name]))}")
    for url in filter(None, health_finding["examples"]):
        health_output.print(f"      e.g. {escape(url)}")


def _observation_text(health_observation: Mapping[str, Any]) -> str:
    return ", ".join(
        f"{name} {_value_text(number)}"
        for name, number in health_observation.items()
        if number not in ({}, [], None)
    )


def _value_text(value: object) -> str:
    if isinstance(value, dict):
        return "(" + ", ".join(f"{name}: {count}" for name, count in value.items()) + ")"
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def print_proposals(health_output: Console, status_reviews: Sequence[StatusReview]) -> None:
    """Print proposed changes of a site's status, with the decision on those that were reviewed."""
    for status_review in status_reviews:
        decision = f" [{status_review.decision.value}]" if status_review.decision else ""
        arrow = "" if status_review.was == status_review.becomes else f" → {status_review.becomes}"
        evidence = f": {'; '.join(status_review.evidence)}" if status_review.evidence else ""
        note = f" ({status_review.note})" if status_review.note else ""
        line = f"{status_review.site}: {status_review.was}{arrow}{decision}{evidence}{note}"
        health_output.print(f"proposed: {line}" if status_review.decision is None else line, markup=False)
        if status_review.decision is None:
            health_output.print(f"    congdoan site judge {status_review.site} accept|refuse", markup=False)


def _print_health_summary(health_output: Console, health_overview: Overview) -> None:
    health_summary = health_overview.summary()
    articles = health_summary["articles"]
    site_counts = f"{health_summary['sites']} sites: {health_summary['trouble']} in trouble "
    site_counts += f"({len(health_summary['newly'])} newly)"
    site_counts += f", {health_summary['notice']} worth knowing, {health_summary['well']} well"
    article_counts = (
        f"{articles['new']} new articles, {articles['copy']} copies, {articles['revised']} revised"
    )
    health_output.print(f"{site_counts}; {article_counts}, {articles['gone']} gone", markup=False)
    if health_summary["recovered"]:
        health_output.print(f"recovered: {', '.join(health_summary['recovered'])}", markup=False)
    if health_overview.undelivered:
        health_output.print(f"the last message did not arrive: {health_overview.undelivered}", markup=False)
    verdict = "[green]healthy[/green]" if health_overview.healthy else "[red]needs a person[/red]"
    health_output.print(f"night {health_overview.night}: {verdict}")
