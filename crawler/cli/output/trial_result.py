"""How the trial of a profile is printed: coverage, fill rates and what is missing."""

from __future__ import annotations

from rich.console import Console
from rich.table import Table
from rich.text import Text

from crawler.onboarding.trial_crawl import TrialResult
from storage.stories.attribution import printed_text


def print_trial(out: Console, found: TrialResult) -> None:
    """What a small crawl found, filled, and never found."""
    told = ", ".join(f"{count} {name.replace('_', ' ')}" for name, count in sorted(found.counts.items()))
    out.print(f"{found.fetched_urls} pages asked: {told}")
    for reason, count in sorted(found.reasons.items()):
        out.print(f"  {count} {reason}")
    table = Table()
    for name in ("title", "day", "author", "section", "body"):
        table.add_column(name)
    for page in found.examples:
        cells = (page.title, printed_text(page.published), page.author or "", " / ".join(page.section))
        table.add_row(*(Text(cell) for cell in cells), f"{len(page.body)} characters")
    out.print(table)
    for name, share in found.fills.items():
        out.print(f"  {name}: {share:.0%} of {found.articles} articles")
    dates = ", ".join(f"{count} from {source}" for source, count in sorted(found.dates.items()))
    out.print(f"  dates: {dates or 'none'}")
    if found.missing:
        out.print(f"[yellow]never found[/yellow]: {', '.join(found.missing)}")
    for line in found.problems:
        out.print(Text(f"! {line}"))
