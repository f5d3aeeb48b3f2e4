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
    tried_profile = _tried_profile(setup, site, file)
    with reading(setup.archive()) as connection:
        site_diff = compare_profile(connection, setup.config.warcs, tried_profile, limit)
    _print_site_diff(console(), site_diff, examples)
    sys.exit(1 if site_diff.differences or site_diff.kinds or site_diff.unread else 0)


def _tried_profile(setup: Setup, site: str, file: Path | None) -> SiteProfile:
    if file is None:
        return setup.profiles_named((site,))[0]
    if not file.exists():
        raise ConfigError(f"{file}: no such profile file")
    return load_profile(file, setup.config.platforms).model_copy(update={"key": site})


def _print_site_diff(site_diff_output: Console, site_diff: ProfileComparison, examples: int) -> None:
    site_diff_output.print(f"{site_diff.pages} captures read again")
    for line in site_diff.unread[:examples]:
        site_diff_output.print(Text(f"  could not be read: {line}"))
    diff_counts = Counter(field_diff.field for field_diff in site_diff.differences)
    for name in ("article", *FIELDS):
        if diff_counts[name]:
            site_diff_output.print(
                Text(f"{name}: {diff_counts[name]} of {site_diff.pages} would change", style="bold")
            )
            _print_diff_examples(
                site_diff_output,
                [field_diff for field_diff in site_diff.differences if field_diff.field == name],
                examples,
            )
    kind_diffs = Counter((field_diff.before, field_diff.after) for field_diff in site_diff.kinds)
    for (before, after), count in kind_diffs.most_common():
        site_diff_output.print(Text(f"{count} URLs would be {after}, not {before}", style="bold"))
        diffs_of_kind = [
            field_diff
            for field_diff in site_diff.kinds
            if (field_diff.before, field_diff.after) == (before, after)
        ]
        for field_diff in diffs_of_kind[:examples]:
            site_diff_output.print(Text(f"  {field_diff.url}"))
    if not diff_counts and not kind_diffs:
        site_diff_output.print("nothing would change")


def _print_diff_examples(
    site_diff_output: Console, field_diffs: list[FieldDifference], examples: int
) -> None:
    for field_diff in field_diffs[:examples]:
        site_diff_output.print(Text(f"  {field_diff.url}"))
        site_diff_output.print(Text(f"    - {field_diff.before}", style="red"))
        site_diff_output.print(Text(f"    + {field_diff.after}", style="green"))
