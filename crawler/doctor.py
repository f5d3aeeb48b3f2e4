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
    checks: tuple[Callable[[Config], Iterator[InstallationCheck]], ...] = (
        _python,
        _profiles,
        _contact,
        _browser,
        _disk,
        _database,
        _warcs,
    )
    return [result for check in checks for result in check(config)]


def _python(_config: Config) -> Iterator[InstallationCheck]:
    version = ".".join(str(part) for part in sys.version_info[:3])
    yield InstallationCheck("Python", sys.version_info >= (3, 11), f"{version} (3.11 or newer is needed)")


def _profiles(config: Config) -> Iterator[InstallationCheck]:
    try:
        profiles = load_profiles(config.sites, config.platforms)
    except ProfileError as error:
        yield InstallationCheck("profiles", False, str(error))
        return
    registry_faults = registry_problems(profiles)
    faults = [
        f"{key}: {line}"
        for key, profile in profiles.items()
        for line in (*profile_problems(profile), *registry_faults[key])
    ]
    yield InstallationCheck("profiles", not faults, "; ".join(faults) or f"{len(profiles)} in {config.sites}")


def _contact(config: Config) -> Iterator[InstallationCheck]:
    message = config.contact or "none: live sites will not be crawled; set `contact` in congdoan.toml"
    yield InstallationCheck("contact address", bool(config.contact), message)


def _browser(config: Config) -> Iterator[InstallationCheck]:
    try:
        profiles = load_profiles(config.sites, config.platforms)
    except ProfileError:
        return  # reported by the check of the profiles
    sites_with_browser = [key for key, profile in profiles.items() if profile.fetch.browser]
    missing = missing_browser(config.chromium)
    need = f"needed by {', '.join(sites_with_browser)}" if sites_with_browser else "no profile needs it"
    yield InstallationCheck(
        "browser",
        not (sites_with_browser and missing),
        f"{missing or 'playwright and Chromium are there'} ({need})",
    )


def _disk(config: Config) -> Iterator[InstallationCheck]:
    existing = config.data.absolute()
    while not existing.exists():
        existing = existing.parent
    writable = os.access(existing, os.W_OK)
    yield InstallationCheck(
        "data directory",
        writable,
        f"{config.data} ({'writable' if writable else f'{existing} is not writable'})",
    )
    free_bytes = shutil.disk_usage(existing).free
    yield InstallationCheck(
        "disk space",
        free_bytes > MIN_FREE_DISK_BYTES,
        f"{free_bytes / 1e9:.1f} GB free where {config.data} lies",
    )


def _database(config: Config) -> Iterator[InstallationCheck]:
    url = config.database_url
    if url.startswith("sqlite:///") and not (config.data / "archive.db").exists() and not config.database:
        yield InstallationCheck("database", True, f"{shown(url)}: not there yet; the first crawl makes it")
        return
    try:
        engine = open_database(url)
        require_current(engine)
        faults = list(integrity(engine))
        with reading(engine) as connection:
            faults += engine_for(connection).verify(connection)
    except DatabaseError as error:
        yield InstallationCheck("database", False, str(error))
    except DBAPIError as error:
        yield InstallationCheck("database", False, str(explain(error, url)))
    else:
        yield InstallationCheck("database", not faults, "; ".join(faults) or f"{shown(url)}: sound")


def _warcs(config: Config) -> Iterator[InstallationCheck]:
    files = list(config.warcs.glob("*.warc.gz*")) if config.warcs.is_dir() else []
    open_files = [path.name for path in files if path.suffix == ".open"]
    size = sum(path.stat().st_size for path in files)
    message = f"{len(files)} files, {size / 1e6:.1f} MB"
    if open_files:
        message += f"; open: {', '.join(open_files)} (a crawl is running, or the next one finishes them)"
    yield InstallationCheck("WARC files", True, message)
