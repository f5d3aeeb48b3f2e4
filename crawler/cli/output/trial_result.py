"""The result of a trial crawl: coverage, fill rates of fields, examples and what is missing."""

from __future__ import annotations

from rich.console import Console
from rich.table import Table
from rich.text import Text

from crawler.onboarding.trial_crawl import TrialResult
from storage.stories.attribution import printed_text


def print_trial(out: Console, trial: TrialResult) -> None:
    """Print what a trial crawl fetched, which fields its articles have, and which it never found."""
    counts = ", ".join(f"{count} {name.replace('_', ' ')}" for name, count in sorted(trial.counts.items()))
    out.print(f"{trial.fetched_urls} pages asked: {counts}")
    for reason, count in sorted(trial.reasons.items()):
        out.print(f"  {count} {reason}")
    table = Table()
    for name in ("title", "day", "author", "section", "body"):
        table.add_column(name)
    for page in trial.examples:
        cells = (page.title, printed_text(page.published), page.author or "", " / ".join(page.section))
        table.add_row(*(Text(cell) for cell in cells), f"{len(page.body)} characters")
    out.print(table)
    for name, share in trial.fills.items():
        out.print(f"  {name}: {share:.0%} of {trial.articles} articles")
    dates = ", ".join(f"{count} from {source}" for source, count in sorted(trial.dates.items()))
    out.print(f"  dates: {dates or 'none'}")
    if trial.missing:
        out.print(f"[yellow]never found[/yellow]: {', '.join(trial.missing)}")
    for line in trial.problems:
        out.print(Text(f"! {line}"))
