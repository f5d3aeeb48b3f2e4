"""Setup: what every command starts from - the configuration, the profiles, the archive."""

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
    """Made by the command group, read by the commands."""

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

    def chosen(self, names: tuple[str, ...]) -> list[SiteProfile]:
        """The named profiles; raises ConfigError for a name that is none."""
        unknown = [name for name in names if name not in self.profiles]
        if unknown:
            raise ConfigError(f"no site is called {', '.join(unknown)}; `congdoan site list` names them")
        return [self.profiles[name] for name in names]

    def house(self) -> ArchiveIdentity:
        """The archive as citations name it."""
        return ArchiveIdentity(self.config.public_url, self.config.archive_name)

    def archive(self, *, create: bool = False) -> Engine:
        """The archive's database, at the program's schema version; raises DatabaseError."""
        engine = open_archive(self.config, create=create)
        if context := click.get_current_context(silent=True):  # its connections end with the command
            context.find_root().call_on_close(engine.dispose)
        return engine


def open_archive(config: Config, *, create: bool = False) -> Engine:
    """The database of an archive; a new one gets its tables, an old one must be upgraded by command."""
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
    """Where commands print: colours on a terminal, plain text elsewhere, never wrapped in a pipe."""
    made = Console(stderr=err, highlight=False)
    if not made.is_terminal:
        made = Console(stderr=err, highlight=False, width=200, soft_wrap=True)
    return made
