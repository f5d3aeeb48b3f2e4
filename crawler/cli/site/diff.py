"""`congdoan site diff`: what a change of a profile does to stored captures."""

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
    "--with", "file", type=click.Path(path_type=Path), help="A profile file to try; default: the site's own."
)
@click.option("-n", "--limit", type=int, help="Read at most so many captures.")
@click.option("--examples", default=3, show_default=True, help="Examples shown of each difference.")
@click.pass_obj
def diff(setup: Setup, site: str, file: Path | None, limit: int | None, examples: int) -> None:
    """Read a SITE's stored captures with its profile, or another, and show what would change.

    \b
    Example: congdoan site diff congdoanbackan --with draft.toml

    Nothing is asked and nothing is stored. Exit code 1 when anything would change.
    """
    profile = _profile(setup, site, file)
    with reading(setup.archive()) as connection:
        found = compare_profile(connection, setup.config.warcs, profile, limit)
    _print(console(), found, examples)
    sys.exit(1 if found.differences or found.kinds or found.unread else 0)


def _profile(setup: Setup, site: str, file: Path | None) -> SiteProfile:
    if file is None:
        return setup.profiles_named((site,))[0]
    if not file.exists():
        raise ConfigError(f"{file}: no such profile file")
    return load_profile(file, setup.config.platforms).model_copy(update={"key": site})


def _print(out: Console, found: ProfileComparison, examples: int) -> None:
    out.print(f"{found.pages} captures read again")
    for line in found.unread[:examples]:
        out.print(Text(f"  could not be read: {line}"))
    counts = Counter(each.field for each in found.differences)
    for name in ("article", *FIELDS):
        if counts[name]:
            out.print(Text(f"{name}: {counts[name]} of {found.pages} would change", style="bold"))
            _examples(out, [each for each in found.differences if each.field == name], examples)
    turned = Counter((each.before, each.after) for each in found.kinds)
    for (before, after), count in turned.most_common():
        out.print(Text(f"{count} URLs would be {after}, not {before}", style="bold"))
        same = [each for each in found.kinds if (each.before, each.after) == (before, after)]
        for each in same[:examples]:
            out.print(Text(f"  {each.url}"))
    if not counts and not turned:
        out.print("nothing would change")


def _examples(out: Console, found: list[FieldDifference], examples: int) -> None:
    for each in found[:examples]:
        out.print(Text(f"  {each.url}"))
        out.print(Text(f"    - {each.before}", style="red"))
        out.print(Text(f"    + {each.after}", style="green"))
