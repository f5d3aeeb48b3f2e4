"""The result of a trial crawl: coverage, fill rates of fields, examples and what is missing."""

from __future__ import annotations

from rich.console import Console
from rich.table import Table
from rich.text import Text

from crawler.onboarding.trial_crawl import TrialResult
from storage.stories.attribution import printed_text


def print_trial(trial_output: Console, trial: TrialResult) -> None:
    """Print what a trial crawl fetched, which fields its articles have, and which it never found."""
    counts = ", ".join(f"{count} {name.replace('_', ' ')}" for name, count in sorted(trial.counts.items()))
    trial_output.print(f"{trial.fetched_urls} pages asked: {counts}")
    for reason, count in sorted(trial.reasons.items()):
        trial_output.print(f"  {count} {reason}")
    trial_table = Table()
    for name in ("title", "day", "author", "section", "body"):
        trial_table.add_column(name)
    for trial_article in trial.examples:
        cells = (
            trial_article.title,
            printed_text(trial_article.published),
            trial_article.author or "",
            " / ".join(trial_article.section),
        )
        trial_table.add_row(*(Text(cell) for cell in cells), f"{len(trial_article.body)} characters")
    trial_output.print(trial_table)
    for name, share in trial.fills.items():
        trial_output.print(f"  {name}: {share:.0%} of {trial.articles} articles")
    dates = ", ".join(f"{count} from {source}" for source, count in sorted(trial.dates.items()))
    trial_output.print(f"  dates: {dates or 'none'}")
    if trial.missing:
        trial_output.print(f"[yellow]never found[/yellow]: {', '.join(trial.missing)}")
    for line in trial.problems:
        trial_output.print(Text(f"! {line}"))
