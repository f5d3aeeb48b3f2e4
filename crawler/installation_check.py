"""Checks of an installation: everything a nightly crawl needs, without a request to the web."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from sqlalchemy.exc import DBAPIError

from crawler.browser.process import missing_browser
from crawler.config import Config
from spiders.profile.site_profile import ProfileError, load_profiles
from spiders.profile_lint import profile_problems, registry_problems
from storage.database.engine import (
    DatabaseError,
    explain,
    integrity,
    open_database,
    reading,
    require_current,
    shown,
)
from storage.search.engine import engine_for

MIN_FREE_DISK_BYTES = 2_000_000_000  # bytes


@dataclass(frozen=True, slots=True)
class InstallationCheck:
    """The result of one check: its subject, whether it is fine, and a message."""

    subject: str
    ok: bool
    message: str


def check_installation(config: Config) -> list[InstallationCheck]:
    """Run all checks, in the order in which a crawl would need what they check."""
    installation_checks: tuple[Callable[[Config], Iterator[InstallationCheck]], ...] = (
        _check_python,
        _check_profiles,
        _check_contact,
        _check_browser,
        _check_disk,
        _check_database,
        _check_warcs,
    )
    return [
        check_result
        for installation_check in installation_checks
        for check_result in installation_check(config)
    ]


def _check_python(_config: Config) -> Iterator[InstallationCheck]:
    python_version = ".".join(str(part) for part in sys.version_info[:3])
    yield InstallationCheck(
        "Python", sys.version_info >= (3, 11), f"{python_version} (3.11 or newer is needed)"
    )


def _check_profiles(config: Config) -> Iterator[InstallationCheck]:
    try:
        profiles = load_profiles(config.sites, config.platforms)
    except ProfileError as error:
        yield InstallationCheck("profiles", False, str(error))
        return
    registry_faults = registry_problems(profiles)
    check_problems = [
        f"{key}: {line}"
        for key, profile in profiles.items()
        for line in (*profile_problems(profile), *registry_faults[key])
    ]
    yield InstallationCheck(
        "profiles", not check_problems, "; ".join(check_problems) or f"{len(profiles)} in {config.sites}"
    )


def _check_contact(config: Config) -> Iterator[InstallationCheck]:
    check_message = config.contact or "none: live sites will not be crawled; set `contact` in congdoan.toml"
    yield InstallationCheck("contact address", bool(config.contact), check_message)


def _check_browser(config: Config) -> Iterator[InstallationCheck]:
    try:
        profiles = load_profiles(config.sites, config.platforms)
    except ProfileError:
        return  # reported by the check of the profiles
    sites_with_browser = [key for key, profile in profiles.items() if profile.fetch.browser]
    missing = missing_browser(config.chromium)
    browser_need = (
        f"needed by {', '.join(sites_with_browser)}" if sites_with_browser else "no profile needs it"
    )
    yield InstallationCheck(
        "browser",
        not (sites_with_browser and missing),
        f"{missing or 'playwright and Chromium are there'} ({browser_need})",
    )


def _check_disk(config: Config) -> Iterator[InstallationCheck]:
    checked_folder = config.data.absolute()
    while not checked_folder.exists():
        checked_folder = checked_folder.parent
    folder_writable = os.access(checked_folder, os.W_OK)
    yield InstallationCheck(
        "data directory",
        folder_writable,
        f"{config.data} ({'writable' if folder_writable else f'{checked_folder} is not writable'})",
    )
    free_bytes = shutil.disk_usage(checked_folder).free
    yield InstallationCheck(
        "disk space",
        free_bytes > MIN_FREE_DISK_BYTES,
        f"{free_bytes / 1e9:.1f} GB free where {config.data} lies",
    )


def _check_database(config: Config) -> Iterator[InstallationCheck]:
    checked_url = config.database_url
    if (
        checked_url.startswith("sqlite:///")
        and not (config.data / "archive.db").exists()
        and not config.database
    ):
        yield InstallationCheck(
            "database", True, f"{shown(checked_url)}: not there yet; the first crawl makes it"
        )
        return
    try:
        checked_engine = open_database(checked_url)
        require_current(checked_engine)
        check_problems = list(integrity(checked_engine))
        with reading(checked_engine) as connection:
            check_problems += engine_for(connection).verify(connection)
    except DatabaseError as error:
        yield InstallationCheck("database", False, str(error))
    except DBAPIError as error:
        yield InstallationCheck("database", False, str(explain(error, checked_url)))
    else:
        yield InstallationCheck(
            "database", not check_problems, "; ".join(check_problems) or f"{shown(checked_url)}: sound"
        )


def _check_warcs(config: Config) -> Iterator[InstallationCheck]:
    checked_warcs = list(config.warcs.glob("*.warc.gz*")) if config.warcs.is_dir() else []
    open_files = [path.name for path in checked_warcs if path.suffix == ".open"]
    warc_bytes = sum(path.stat().st_size for path in checked_warcs)
    check_message = f"{len(checked_warcs)} files, {warc_bytes / 1e6:.1f} MB"
    if open_files:
        check_message += (
            f"; open: {', '.join(open_files)} (a crawl is running, or the next one finishes them)"
        )
    yield InstallationCheck("WARC files", True, check_message)
