"""`congdoan site check`: check profiles for mistakes, and try them with a small crawl."""

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
    "--crawl",
    "pages",
    type=click.IntRange(1),
    metavar="PAGES",
    help="Also try them with a crawl of so many pages.",
)
@click.option(
    "--dial",
    multiple=True,
    metavar="HOST=ADDRESS",
    help="Fetch HOST from a loopback address:port (a replica site).",
)
@click.pass_obj
def check(setup: Setup, sites: tuple[str, ...], pages: int | None, dial: tuple[str, ...]) -> None:
    """Check the profiles of SITES, or all: keys, patterns, addresses, related sites.

    \b
    Example: congdoan site check laodongthudo --crawl 30

    No request is made without --crawl; with it, coverage, fill rates and what is missing are printed, and
    nothing is stored. Exit code 1 when anything is wrong.
    """
    check_output = console()
    checked_profiles = setup.profiles_named(sites or tuple(sorted(setup.profiles)))
    registry_faults = registry_problems(setup.profiles)
    problem_count = 0
    for checked_profile in checked_profiles:
        check_problems = (*profile_problems(checked_profile), *registry_faults[checked_profile.key])
        problem_count += len(check_problems)
        check_output.print(
            f"{checked_profile.key}: {'; '.join(check_problems) if check_problems else 'ok'}", markup=False
        )
        if pages is not None and not check_problems:
            trial = trial_crawl(setup.config_with(dial=dial_option(dial)), checked_profile, pages)
            print_trial(check_output, trial)
            problem_count += not trial.articles or bool(trial.problems)
    sys.exit(1 if problem_count else 0)
