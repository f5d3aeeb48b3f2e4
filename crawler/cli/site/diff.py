"""`congdoan site diff`: what a changed profile would change in the stored articles."""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path

import click
from rich.console import Console
from rich.text import Text

from crawler.cli.context import Setup, console
from crawler.config import ConfigError
from crawler.reprocess.compare import FIELDS, FieldDifference, ProfileComparison, compare_profile
from spiders.profile.site_profile import SiteProfile, load_profile
from storage.database.engine import reading


@click.command("diff")
@click.argument("site")
@click.option(
    "--with",
    "file",
    type=click.Path(path_type=Path),
    help="The profile file to try; default: the site's own.",
)
@click.option("-n", "--limit", type=int, help="Extract at most so many captures.")
@click.option("--examples", default=3, show_default=True, help="Examples printed of each difference.")
@click.pass_obj
def diff(setup: Setup, site: str, file: Path | None, limit: int | None, examples: int) -> None:
    """Extract the stored captures of SITE with its profile, or another, and print what would change.

    \b
    Example: congdoan site diff congdoanbackan --with draft.toml

    No request is made and nothing is stored. Exit code 1 when anything would change.
    """
    profile = _profile(setup, site, file)
    with reading(setup.archive()) as connection:
        comparison = compare_profile(connection, setup.config.warcs, profile, limit)
    _print_comparison(console(), comparison, examples)
    sys.exit(1 if comparison.differences or comparison.kinds or comparison.unread else 0)


def _profile(setup: Setup, site: str, file: Path | None) -> SiteProfile:
    if file is None:
        return setup.profiles_named((site,))[0]
    if not file.exists():
        raise ConfigError(f"{file}: no such profile file")
    return load_profile(file, setup.config.platforms).model_copy(update={"key": site})


def _print_comparison(out: Console, comparison: ProfileComparison, examples: int) -> None:
    out.print(f"{comparison.pages} captures read again")
    for line in comparison.unread[:examples]:
        out.print(Text(f"  could not be read: {line}"))
    counts = Counter(difference.field for difference in comparison.differences)
    for name in ("article", *FIELDS):
        if counts[name]:
            out.print(Text(f"{name}: {counts[name]} of {comparison.pages} would change", style="bold"))
            _print_examples(
                out,
                [difference for difference in comparison.differences if difference.field == name],
                examples,
            )
    kind_changes = Counter((difference.before, difference.after) for difference in comparison.kinds)
    for (before, after), count in kind_changes.most_common():
        out.print(Text(f"{count} URLs would be {after}, not {before}", style="bold"))
        of_change = [
            difference
            for difference in comparison.kinds
            if (difference.before, difference.after) == (before, after)
        ]
        for difference in of_change[:examples]:
            out.print(Text(f"  {difference.url}"))
    if not counts and not kind_changes:
        out.print("nothing would change")


def _print_examples(out: Console, differences: list[FieldDifference], examples: int) -> None:
    for difference in differences[:examples]:
        out.print(Text(f"  {difference.url}"))
        out.print(Text(f"    - {difference.before}", style="red"))
        out.print(Text(f"    + {difference.after}", style="green"))
