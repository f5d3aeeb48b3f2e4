"""Setup: what every command starts from, the configuration, the profiles and the database."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from sqlalchemy import Engine

from crawler import config as configuration
from crawler.config import Config, ConfigError, SourceKind
from spiders.profile.site_profile import SiteProfile, load_profiles
from storage.citations.reference import ArchiveIdentity
from storage.database.engine import open_database, require_current, upgrade

DEMO_DATA = Path("demo-archive")  # where `congdoan demo` puts its archive
DEMO_MARK = "made-by-congdoan-demo"  # only a directory with this file in it is emptied


@dataclass
class Setup:
    """The options of the command group and what follows from them; click hands it to every command."""

    overrides: Mapping[str, Any]

    @cached_property
    def config(self) -> Config:
        """The configuration; raises ConfigError."""
        return configuration.load(self.overrides)

    def config_with(self, **more: Any) -> Config:  # noqa: ANN401 - any field of Config
        """The configuration with a command's own options over it."""
        given = {key: value for key, value in more.items() if value is not None}
        return configuration.load({**self.overrides, **given})

    def or_demo(self) -> Setup:
        """Over the demo's archive, when there is no other and none is named; else this setup."""
        config, sources = configuration.load_with_sources(self.overrides)
        unnamed = all(sources[key].kind is SourceKind.DEFAULT for key in ("data", "database"))
        if unnamed and not (config.data / "archive.db").exists() and (DEMO_DATA / DEMO_MARK).exists():
            return Setup({**self.overrides, "data": DEMO_DATA})
        return self

    @cached_property
    def profiles(self) -> Mapping[str, SiteProfile]:
        """Every site profile; raises ProfileError."""
        return load_profiles(self.config.sites, self.config.platforms)

    def profiles_named(self, names: tuple[str, ...]) -> list[SiteProfile]:
        """The profiles of these keys; raises ConfigError for an unknown key."""
        unknown = [name for name in names if name not in self.profiles]
        if unknown:
            raise ConfigError(f"no site is called {', '.join(unknown)}; `congdoan site list` names them")
        return [self.profiles[name] for name in names]

    def archive_identity(self) -> ArchiveIdentity:
        """Name and public address of the archive, as citations print them."""
        return ArchiveIdentity(self.config.public_url, self.config.archive_name)

    def archive(self, *, create: bool = False) -> Engine:
        """The archive's database, at the program's schema version; raises DatabaseError."""
        engine = open_archive(self.config, create=create)
        if context := click.get_current_context(silent=True):  # its connections end with the command
            context.find_root().call_on_close(engine.dispose)
        return engine


def open_archive(config: Config, *, create: bool = False) -> Engine:
    """Open the database of an archive; `create` makes one that is missing.

    Raises ConfigError where there is none, DatabaseError for an old schema.
    """
    url = config.database_url
    if url.startswith("sqlite:///") and not create:
        path = config.data / "archive.db"
        if not config.database and not path.exists():
            raise ConfigError(
                f"{path}: there is no archive yet; run `congdoan nightly` or `congdoan db upgrade`"
            )
    engine = open_database(url)
    if create:
        _create(engine)
    require_current(engine)
    return engine


def _create(engine: Engine) -> None:
    """Give an empty database its tables; one that has some is left for `congdoan db upgrade`."""
    from storage.database.engine import reading, version

    with reading(engine) as connection:
        empty = version(connection) is None
    if empty:
        upgrade(engine)


def console(*, err: bool = False) -> Console:
    """The output of commands: coloured on a terminal, plain and not wrapped elsewhere."""
    output = Console(stderr=err, highlight=False)
    if not output.is_terminal:
        output = Console(stderr=err, highlight=False, width=200, soft_wrap=True)
    return output
