"""What a dry run prints: per site whether it is due and why, what waits, what may be used."""

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

COLUMNS = (
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
NEVER = "never asked"


def print_plan(
    out: Console, planned: Sequence[PlannedSite], coming: Mapping[str, DueCounts], config: Config
) -> None:
    """The plan as a table: sites in the order of their visits, then those not due; nothing is asked."""
    table = Table(title="what the next night would ask", title_justify="left")
    for name in COLUMNS:
        table.add_column(name, justify="left" if name in {"site", "due", "why", "budget"} else "right")
    for each in planned:
        if each.due or not each.why.startswith(NEVER):
            table.add_row(*_cells(each, coming.get(each.profile.key), config))
    out.print(table)
    never = Counter(each.profile.status for each in planned if each.why.startswith(NEVER))
    for status, count in sorted(never.items()):
        out.print(f"{count} sites are never asked, status {status}: `congdoan site list --status {status}`")
    due = sum(each.due for each in planned)
    side = min(config.sites_at_once, due)
    limits = budget_text(BudgetLimits.of_night(config))
    out.print(f"{due} sites are due, {side} at a time; the whole night: {limits}")
    out.print(
        "discovery, pending, again and revisits are asked within the budget; backlog: see [fetch] backfill"
    )


def _cells(each: PlannedSite, outlook: DueCounts | None, config: Config) -> tuple[str, ...]:
    profile = each.profile
    if outlook is None:
        counts: tuple[str, ...] = (str(_roots(profile)), "", "", "", "", "")
    else:
        numbers = (outlook.discovery, outlook.quiet, outlook.pending, outlook.again, outlook.revisits)
        backlog = f"{min(outlook.backlog, profile.fetch.backfill)} of {outlook.backlog}"
        counts = (*(str(number or "") for number in numbers), backlog if outlook.backlog else "")
    due = "[green]yes[/green]" if each.due else "no"
    return (profile.key, due, escape(each.why), *counts, budget_text(BudgetLimits.of_site(profile, config)))


def _roots(profile: SiteProfile) -> int:
    discover = profile.discover
    return len(profile.seeds) + len(discover.feeds) + len(discover.sitemaps) + len(discover.listings)


def budget_text(limits: BudgetLimits) -> str:
    """Limits as people say them."""
    told = [f"{limits.pages} pages"] if limits.pages else []
    told += [f"{limits.megabytes:g} MB"] if limits.megabytes else []
    told += [f"{limits.minutes:g} min"] if limits.minutes else []
    return ", ".join(told) or "no limit"
