"""`congdoan site check`: profiles, and what a small crawl with them finds."""

from __future__ import annotations

import sys

import click

from crawler.cli.context import Setup, console
from crawler.cli.output.trial_result import print_trial
from crawler.config import dial_option
from crawler.onboarding.trial_crawl import trial_crawl
from spiders.profile_lint import profile_problems, registry_problems


@click.command("check")
@click.argument("sites", nargs=-1)
@click.option(
    "--crawl", "pages", type=click.IntRange(1), metavar="PAGES", help="Also try them with a small crawl."
)
@click.option("--dial", multiple=True, metavar="HOST=ADDRESS", help="Ask HOST at a loopback address:port.")
@click.pass_obj
def check(setup: Setup, sites: tuple[str, ...], pages: int | None, dial: tuple[str, ...]) -> None:
    """Check the profiles of SITES, or all: keys, patterns, addresses, kin.

    \b
    Example: congdoan site check laodongthudo --crawl 30

    Nothing is asked without --crawl; with it, coverage, fill rates and what is missing are shown, and
    nothing is kept. Exit code 1 when anything is wrong.
    """
    out = console()
    chosen = setup.profiles_named(sites or tuple(sorted(setup.profiles)))
    between = registry_problems(setup.profiles)
    wrong = 0
    for profile in chosen:
        lines = (*profile_problems(profile), *between[profile.key])
        wrong += len(lines)
        out.print(f"{profile.key}: {'; '.join(lines) if lines else 'ok'}", markup=False)
        if pages is not None and not lines:
            found = trial_crawl(setup.config_with(dial=dial_option(dial)), profile, pages)
            print_trial(out, found)
            wrong += not found.articles or bool(found.problems)
    sys.exit(1 if wrong else 0)
