"""Config: every setting of an operator, from options over CONGDOAN_* variables over one TOML file."""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import Field, ValidationError, field_validator
from pydantic.fields import FieldInfo
from pydantic_settings import (
    BaseSettings,
    EnvSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from spiders.profile.fields import Hours
from spiders.profile.site_profile import SPIDERS_FOLDER as SPIDERS

PREFIX = "CONGDOAN_"
FILE = "congdoan.toml"
FILE_VARIABLE = PREFIX + "CONFIG"  # names another file


class ConfigError(Exception):
    """A configuration that cannot be used: names the file or variable, the key and what to do."""


class Config(BaseSettings):
    """Every setting an operator may make; read-only. `load` fills it, the constructor reads no source."""

    model_config = SettingsConfigDict(frozen=True, extra="forbid", case_sensitive=True, env_prefix=PREFIX)

    data: Path = Field(
        Path("archive"), description="Directory of the WARC files, the reports and, by default, the database."
    )
    database: str = Field(
        "", description="SQLAlchemy URL of the database; empty: SQLite in the data directory."
    )
    contact: str = Field(
        "", description="Mail address or page for webmasters; live sites are not crawled without it."
    )
    sites: Path = Field(SPIDERS / "sites", description="Directory of the site profiles.")
    platforms: Path = Field(SPIDERS / "platforms", description="Directory of the platform profiles.")
    delay: float = Field(2.0, ge=0, description="Least seconds between two requests to one host.")
    timezone: str = Field("Asia/Ho_Chi_Minh", description="Time zone of `until` and of quiet hours.")
    until: str = Field("", description="Time of day, HH:MM, at which a night ends; empty: when all is done.")
    quiet: tuple[Hours, ...] = Field(
        (),
        description="Hours of the day without requests, like 06:00-11:00; a profile may name others. "
        "In the variable, separated by commas.",
    )
    night_pages: int = Field(
        0, ge=0, description="Most pages a night may request from all sites together; 0: no limit."
    )
    night_megabytes: float = Field(
        0, ge=0, description="Most megabytes a night may download from all sites together; 0: no limit."
    )
    night_minutes: float = Field(0, ge=0, description="Most minutes a night may take; 0: no limit.")
    site_megabytes: float = Field(
        0,
        ge=0,
        description="Most megabytes of one visit to one site; 0: no limit; profiles may differ.",
    )
    site_minutes: float = Field(
        0, ge=0, description="Most minutes of one visit to one site; 0: no limit; profiles may differ."
    )
    concurrency: int = Field(8, ge=1, description="Requests in flight at once, all sites together.")
    sites_at_once: int = Field(8, ge=1, description="Sites visited at the same time.")
    workers: int = Field(os.cpu_count() or 1, ge=1, description="Processes that extract articles.")
    timeout: float = Field(60.0, gt=0, description="Seconds within which a response must be complete.")
    read_timeout: float = Field(30.0, gt=0, description="Seconds within which one page must be extracted.")
    max_bytes: int = Field(50_000_000, ge=1, description="Most bytes of one response.")
    # press photographs have 0.1 to 2 MB
    max_image_bytes: int = Field(10_000_000, ge=1, description="Most bytes of one image.")
    reader_memory: int = Field(
        3_000_000_000, ge=0, description="Address space of an extracting process in bytes; 0: no limit."
    )
    chromium: str = Field(
        "", description="Path of the browser for sites that need one; empty: looked for on the PATH."
    )
    browser_timeout: float = Field(
        30.0, gt=0, description="Seconds a page may take in the browser, without the waits for politeness."
    )
    browser_requests: int = Field(100, ge=1, description="Most requests of the scripts of one page.")
    report_page: Path | None = Field(None, description="HTML page written at the end of every night.")
    badges: Path | None = Field(
        None, description="Directory of SVG badges of the sites, written at the end of every night."
    )
    metrics: Path | None = Field(
        None, description="File for node_exporter's textfile collector; its name ends in .prom."
    )
    public_url: str = Field(
        "", description="Address of the reading room in citations and feeds; empty: they name no address."
    )
    archive_name: str = Field(
        "Kho lưu trữ báo chí công đoàn", description="Name of the archive in citations."
    )
    notify_file: Path | None = Field(
        None, description='TOML file of targets, name = "Apprise URL"; secret, so with mode 600.'
    )
    tell: str = Field("", description="Names of the targets told of a night in trouble, separated by blanks.")
    dial: Mapping[str, str] = Field(
        {},
        description="Loopback address:port by host, for replica sites only. "
        "In the variable, host=address separated by commas.",
    )

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """The constructor takes its arguments alone: `load` names the file and the variables."""
        return (init_settings,)

    @field_validator("dial")
    @classmethod
    def _only_loopback(cls, dial: Mapping[str, str]) -> Mapping[str, str]:
        for host, address in dial.items():
            if not address.startswith(("127.", "localhost:", "[::1]:")):
                raise ValueError(f"{host} is dialled to {address}: only loopback addresses may be dialled")
        return dial

    @field_validator("until")
    @classmethod
    def _time_of_day(cls, until: str) -> str:
        if until and not re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d", until):
            raise ValueError(f"not a time of day like 05:00: {until}")
        return until

    @field_validator("timezone")
    @classmethod
    def _time_zone(cls, timezone: str) -> str:
        try:
            ZoneInfo(timezone)
        except (ZoneInfoNotFoundError, ValueError, OSError) as error:
            raise ValueError(f"not a time zone like Asia/Ho_Chi_Minh: {timezone}") from error
        return timezone

    @field_validator("public_url")
    @classmethod
    def _web_address(cls, url: str) -> str:
        if url and not url.startswith(("https://", "http://")):
            raise ValueError(f"{url} is no web address: write it as https://host/path")
        return url.rstrip("/")

    @property
    def database_url(self) -> str:
        """The SQLAlchemy URL of the archive."""
        return self.database or f"sqlite:///{self.data.absolute() / 'archive.db'}"

    @property
    def warcs(self) -> Path:
        """The directory of the WARC files."""
        return self.data / "warc"


class SourceKind(StrEnum):
    """Where a setting was made; a later one overrides an earlier one."""

    DEFAULT = "default"
    FILE = "file"
    VARIABLE = "variable"
    OPTION = "option"


@dataclass(frozen=True, slots=True)
class SettingSource:
    """Where the value of a setting in force comes from."""

    kind: SourceKind
    name: str = ""  # path of the file, name of the variable or the option; empty for a default


class VariableSource(EnvSettingsSource):
    """CONGDOAN_* variables of an environment; `quiet` and `dial` are lists with commas, not JSON."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        super().__init__(Config)
        config_variables = {
            variable_of(key): PREFIX + key for key in Config.model_fields
        }  # the library's spelling
        self.env_vars = {
            config_variables[name]: text for name, text in environ.items() if name in config_variables
        }

    def prepare_field_value(
        self,
        field_name: str,
        field: FieldInfo,
        value: Any,  # noqa: ANN401 - as the library has it
        value_is_complex: bool,
    ) -> object:
        """The text of a variable, or the list or mapping it stands for; None without the variable."""
        if value is None or not self.field_is_complex(field):
            return value
        config_values = [config_value.strip() for config_value in value.split(",") if config_value.strip()]
        if field_name == "dial":
            return dict(_host_and_address(config_value) for config_value in config_values)
        return config_values


def load(overrides: Mapping[str, Any] | None = None, environ: Mapping[str, str] = os.environ) -> Config:
    """The configuration in force: the TOML file, variables over it, `overrides` (options) over both.

    Raises ConfigError, which names the file or variable and the key.
    """
    config, _sources = load_with_sources(overrides, environ)
    return config


def load_with_sources(
    overrides: Mapping[str, Any] | None = None, environ: Mapping[str, str] = os.environ
) -> tuple[Config, dict[str, SettingSource]]:
    """The configuration in force, and by setting where its value comes from."""
    config_file = Path(environ.get(FILE_VARIABLE, FILE))
    config_in_file = _read_config_file(config_file, must_exist=FILE_VARIABLE in environ)
    config_in_variables = VariableSource(environ)()
    config_in_options = {
        setting_name: value for setting_name, value in (overrides or {}).items() if value is not None
    }
    try:
        config = Config.model_validate({**config_in_file, **config_in_variables, **config_in_options})
    except ValidationError as error:
        config_problems = (
            _config_problem_text(config_file, config_problem) for config_problem in error.errors()
        )
        raise ConfigError("\n".join(config_problems)) from error
    config_sources = dict.fromkeys(Config.model_fields, SettingSource(SourceKind.DEFAULT))
    config_sources |= {
        setting_name: SettingSource(SourceKind.FILE, str(config_file.absolute()))
        for setting_name in config_in_file
    }
    config_sources |= {
        setting_name: SettingSource(SourceKind.VARIABLE, variable_of(setting_name))
        for setting_name in config_in_variables
    }
    config_sources |= {
        setting_name: SettingSource(SourceKind.OPTION, f"--{setting_name}")
        for setting_name in config_in_options
    }
    return config, config_sources


def variable_of(setting_name: str) -> str:
    """The name of the environment variable that makes a setting."""
    return PREFIX + setting_name.upper()


def _read_config_file(config_file: Path, *, must_exist: bool) -> dict[str, Any]:
    """The settings of a TOML file; a default file that is not there makes none."""
    if not config_file.exists() and not must_exist:
        return {}
    try:
        config_file.open("rb").close()  # the library passes over a file that it cannot read
        return TomlConfigSettingsSource(Config, config_file)()
    except OSError as error:
        raise ConfigError(
            f"{config_file}: {error.strerror}; mend {FILE_VARIABLE} or create the file"
        ) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{config_file}: not valid TOML: {error}; mend the file") from error


def _config_problem_text(config_file: Path, config_problem: Any) -> str:  # noqa: ANN401 - pydantic's ErrorDetails
    setting_name = ".".join(str(part) for part in config_problem["loc"])
    source = f"configuration ({config_file} or {variable_of(setting_name)})"
    return f"{source}: key `{setting_name}`: {config_problem['msg']}"


def _host_and_address(pair: str) -> tuple[str, str]:
    host, _, address = pair.partition("=")
    return host.strip(), address.strip()


def dial_option(pairs: tuple[str, ...]) -> dict[str, str] | None:
    """`--dial host=127.0.0.1:8001` options as a mapping; None when there is none."""
    for pair in pairs:
        if "=" not in pair:
            raise ConfigError(f"--dial {pair}: write it as host=127.0.0.1:port")
    return dict(_host_and_address(pair) for pair in pairs) or None
