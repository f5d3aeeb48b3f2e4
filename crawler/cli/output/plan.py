"""The plan of a night as a dry run prints it: by site whether it is due and why, what waits, its budget."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from crawler.budget import BudgetLimits
from crawler.config import Config
from crawler.night.plan import PlannedSite
from spiders.profile.site_profile import SiteProfile
from storage.frontier.due import DueCounts

PLAN_COLUMNS = (
    "site",
    "due",
    "why",
    "discovery",
    "quiet",
    "pending",
    "again",
    "revisits due",
    "backlog",
    "budget",
)
NEVER_FETCHED = "never asked"


def print_plan(
    plan_output: Console,
    planned_sites: Sequence[PlannedSite],
    due_counts: Mapping[str, DueCounts],
    config: Config,
) -> None:
    """Print the plan as a table: sites in the order of their visits, then those not due."""
    plan_table = Table(title="what the next night would fetch", title_justify="left")
    for name in PLAN_COLUMNS:
        plan_table.add_column(name, justify="left" if name in {"site", "due", "why", "budget"} else "right")
    for planned_site in planned_sites:
        if planned_site.due or not planned_site.why.startswith(NEVER_FETCHED):
            plan_table.add_row(
                *_planned_site_cells(planned_site, due_counts.get(planned_site.profile.key), config)
            )
    plan_output.print(plan_table)
    never_planned = Counter(
        planned_site.profile.status
        for planned_site in planned_sites
        if planned_site.why.startswith(NEVER_FETCHED)
    )
    for status, count in sorted(never_planned.items()):
        plan_output.print(
            f"{count} sites are never asked, status {status}: `congdoan site list --status {status}`"
        )
    due_in_plan = sum(planned_site.due for planned_site in planned_sites)
    planned_at_once = min(config.sites_at_once, due_in_plan)
    planned_budget = budget_text(BudgetLimits.of_night(config))
    plan_output.print(
        f"{due_in_plan} sites are due, {planned_at_once} at a time; the whole night: {planned_budget}"
    )
    plan_output.print(
        "discovery, pending, again and revisits are fetched within the budget; backlog: see [fetch] backfill"
    )


def print_nothing_due(
    plan_output: Console,
    profiles: Mapping[str, SiteProfile],
    last_visits: Mapping[str, tuple[datetime, bool]],
) -> None:
    """Print why no site was due."""
    plan_output.print(f"no site is due: {len(profiles)} profiles, {len(last_visits)} visited before")
    for key, profile in sorted(profiles.items()):
        if key in last_visits:
            plan_output.print(
                f"  {key}: visited {last_visits[key][0]:%Y-%m-%d %H:%M} UTC, every {profile.every}"
            )
    never_visited = Counter(profile.status for key, profile in profiles.items() if key not in last_visits)
    for status, count in sorted(never_visited.items()):
        plan_output.print(f"  {count} never asked, status {status}: `congdoan site list --status {status}`")


def _planned_site_cells(
    planned_site: PlannedSite, planned_counts: DueCounts | None, config: Config
) -> tuple[str, ...]:
    planned_profile = planned_site.profile
    if planned_counts is None:
        plan_counts: tuple[str, ...] = (str(_entry_page_count(planned_profile)), "", "", "", "", "")
    else:
        plan_numbers = (
            planned_counts.discovery,
            planned_counts.quiet,
            planned_counts.pending,
            planned_counts.again,
            planned_counts.revisits,
        )
        backlog = f"{min(planned_counts.backlog, planned_profile.fetch.backfill)} of {planned_counts.backlog}"
        plan_counts = (
            *(str(number or "") for number in plan_numbers),
            backlog if planned_counts.backlog else "",
        )
    due_in_plan = "[green]yes[/green]" if planned_site.due else "no"
    return (
        planned_profile.key,
        due_in_plan,
        escape(planned_site.why),
        *plan_counts,
        budget_text(BudgetLimits.of_site(planned_profile, config)),
    )


def _entry_page_count(profile: SiteProfile) -> int:
    discover = profile.discover
    return len(profile.seeds) + len(discover.feeds) + len(discover.sitemaps) + len(discover.listings)


def budget_text(planned_budget: BudgetLimits) -> str:
    """Limits in words: `200 pages, 50 MB`."""
    budget_parts = [f"{planned_budget.pages} pages"] if planned_budget.pages else []
    budget_parts += [f"{planned_budget.megabytes:g} MB"] if planned_budget.megabytes else []
    budget_parts += [f"{planned_budget.minutes:g} min"] if planned_budget.minutes else []
    return ", ".join(budget_parts) or "no limit"
