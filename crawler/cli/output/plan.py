"""The plan of a night as a dry run prints it: by site whether it is due and why, what waits, its budget."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

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
    out: Console, planned: Sequence[PlannedSite], due_counts: Mapping[str, DueCounts], config: Config
) -> None:
    """Print the plan as a table: sites in the order of their visits, then those not due."""
    table = Table(title="what the next night would fetch", title_justify="left")
    for name in PLAN_COLUMNS:
        table.add_column(name, justify="left" if name in {"site", "due", "why", "budget"} else "right")
    for planned_site in planned:
        if planned_site.due or not planned_site.why.startswith(NEVER_FETCHED):
            table.add_row(
                *_planned_site_cells(planned_site, due_counts.get(planned_site.profile.key), config)
            )
    out.print(table)
    never_fetched = Counter(
        planned_site.profile.status for planned_site in planned if planned_site.why.startswith(NEVER_FETCHED)
    )
    for status, count in sorted(never_fetched.items()):
        out.print(f"{count} sites are never asked, status {status}: `congdoan site list --status {status}`")
    due = sum(planned_site.due for planned_site in planned)
    at_once = min(config.sites_at_once, due)
    limits = budget_text(BudgetLimits.of_night(config))
    out.print(f"{due} sites are due, {at_once} at a time; the whole night: {limits}")
    out.print(
        "discovery, pending, again and revisits are fetched within the budget; backlog: see [fetch] backfill"
    )


def _planned_site_cells(
    planned_site: PlannedSite, outlook: DueCounts | None, config: Config
) -> tuple[str, ...]:
    profile = planned_site.profile
    if outlook is None:
        counts: tuple[str, ...] = (str(_entry_page_count(profile)), "", "", "", "", "")
    else:
        numbers = (outlook.discovery, outlook.quiet, outlook.pending, outlook.again, outlook.revisits)
        backlog = f"{min(outlook.backlog, profile.fetch.backfill)} of {outlook.backlog}"
        counts = (*(str(number or "") for number in numbers), backlog if outlook.backlog else "")
    due = "[green]yes[/green]" if planned_site.due else "no"
    return (
        profile.key,
        due,
        escape(planned_site.why),
        *counts,
        budget_text(BudgetLimits.of_site(profile, config)),
    )


def _entry_page_count(profile: SiteProfile) -> int:
    discover = profile.discover
    return len(profile.seeds) + len(discover.feeds) + len(discover.sitemaps) + len(discover.listings)


def budget_text(limits: BudgetLimits) -> str:
    """Limits in words: `200 pages, 50 MB`."""
    parts = [f"{limits.pages} pages"] if limits.pages else []
    parts += [f"{limits.megabytes:g} MB"] if limits.megabytes else []
    parts += [f"{limits.minutes:g} min"] if limits.minutes else []
    return ", ".join(parts) or "no limit"
