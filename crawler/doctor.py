"""The doctor: everything a nightly crawl needs, looked at without asking the web anything."""

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

ENOUGH_DISK = 2_000_000_000  # bytes


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at."""

    what: str
    ok: bool
    said: str


def examine(config: Config) -> list[Finding]:
    """Every finding, in the order a crawl would meet it."""
    looks: tuple[Callable[[Config], Iterator[Finding]], ...] = (
        _python,
        _profiles,
        _contact,
        _browser,
        _disk,
        _database,
        _warcs,
    )
    return [finding for look in looks for finding in look(config)]


def _python(_config: Config) -> Iterator[Finding]:
    version = ".".join(str(part) for part in sys.version_info[:3])
    yield Finding("Python", sys.version_info >= (3, 11), f"{version} (3.11 or newer is needed)")


def _profiles(config: Config) -> Iterator[Finding]:
    try:
        profiles = load_profiles(config.sites, config.platforms)
    except ProfileError as error:
        yield Finding("profiles", False, str(error))
        return
    between = registry_problems(profiles)
    faults = [
        f"{k}: {line}"
        for k, profile in profiles.items()
        for line in (*profile_problems(profile), *between[k])
    ]
    yield Finding("profiles", not faults, "; ".join(faults) or f"{len(profiles)} in {config.sites}")


def _contact(config: Config) -> Iterator[Finding]:
    said = config.contact or "none: live sites will not be asked; set `contact` in congdoan.toml"
    yield Finding("contact address", bool(config.contact), said)


def _browser(config: Config) -> Iterator[Finding]:
    try:
        wanting = [key for key, p in load_profiles(config.sites, config.platforms).items() if p.fetch.browser]
    except ProfileError:
        return  # told by the look at the profiles
    lacking = missing_browser(config.chromium)
    needed = f"needed by {', '.join(wanting)}" if wanting else "no profile needs it"
    yield Finding(
        "browser", not (wanting and lacking), f"{lacking or 'playwright and Chromium are there'} ({needed})"
    )


def _disk(config: Config) -> Iterator[Finding]:
    place = config.data.absolute()
    while not place.exists():
        place = place.parent
    writable = os.access(place, os.W_OK)
    yield Finding(
        "data directory",
        writable,
        f"{config.data} ({'writable' if writable else f'{place} is not writable'})",
    )
    free = shutil.disk_usage(place).free
    yield Finding("disk space", free > ENOUGH_DISK, f"{free / 1e9:.1f} GB free where {config.data} lies")


def _database(config: Config) -> Iterator[Finding]:
    url = config.database_url
    if url.startswith("sqlite:///") and not (config.data / "archive.db").exists() and not config.database:
        yield Finding("database", True, f"{shown(url)}: not there yet; the first crawl makes it")
        return
    try:
        engine = open_database(url)
        require_current(engine)
        faults = list(integrity(engine))
        with reading(engine) as connection:
            faults += engine_for(connection).verify(connection)
    except DatabaseError as error:
        yield Finding("database", False, str(error))
    except DBAPIError as error:
        yield Finding("database", False, str(explain(error, url)))
    else:
        yield Finding("database", not faults, "; ".join(faults) or f"{shown(url)}: sound")


def _warcs(config: Config) -> Iterator[Finding]:
    files = list(config.warcs.glob("*.warc.gz*")) if config.warcs.is_dir() else []
    left = [path.name for path in files if path.suffix == ".open"]
    size = sum(path.stat().st_size for path in files)
    said = f"{len(files)} files, {size / 1e6:.1f} MB"
    if left:
        said += f"; open: {', '.join(left)} (a crawl is running, or the next one finishes them)"
    yield Finding("WARC files", True, said)
