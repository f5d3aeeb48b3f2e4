"""Config: where the archive lives and how the web is asked; environment over one TOML file."""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from spiders.profile.fields import Hours
from spiders.profile.site_profile import HERE as SPIDERS

PREFIX = "CONGDOAN_"
FILE = "congdoan.toml"


class ConfigError(Exception):
    """A configuration that cannot be used: names the file or variable, the key and what to do."""


class Config(BaseModel):
    """Everything an operator may set; read-only."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    data: Path = Path("archive")  # WARCs, reports and, by default, the database
    database: str = ""  # SQLAlchemy URL; empty = SQLite in the data directory
    contact: str = ""  # a mail address or page for webmasters; needed to ask live sites
    sites: Path = SPIDERS / "sites"
    platforms: Path = SPIDERS / "platforms"
    delay: float = Field(2.0, ge=0)  # seconds between two requests to one host
    timezone: str = "Asia/Ho_Chi_Minh"  # of `until` and of quiet hours
    until: str = ""  # HH:MM at which a night ends, whatever waits; empty = when all is done
    quiet: tuple[Hours, ...] = ()  # hours of the day in which no site is asked; a profile may say otherwise
    night_pages: int = Field(0, ge=0)  # that all sites together may be asked for in a night; 0 = no limit
    night_megabytes: float = Field(0, ge=0)
    night_minutes: float = Field(0, ge=0)
    site_megabytes: float = Field(0, ge=0)  # of one run at one site; a profile may say otherwise
    site_minutes: float = Field(0, ge=0)
    concurrency: int = Field(8, ge=1)  # requests in flight, all sites together
    sites_at_once: int = Field(8, ge=1)
    workers: int = Field(os.cpu_count() or 1, ge=1)  # reader processes
    timeout: float = Field(60.0, gt=0)  # seconds for one response
    read_timeout: float = Field(30.0, gt=0)  # seconds for reading one page
    max_bytes: int = Field(50_000_000, ge=1)  # of one response
    max_image_bytes: int = Field(10_000_000, ge=1)  # of one image: press photographs have 0.1 to 2 MB
    reader_memory: int = Field(
        3_000_000_000, ge=0
    )  # address space of a reader process in bytes; 0 = no limit
    chromium: str = ""  # the browser for sites that need one; empty = looked for on the PATH
    browser_timeout: float = Field(30.0, gt=0)  # seconds a page may take, waits for the site not counted
    browser_requests: int = Field(100, ge=1)  # that the scripts of one page may make
    report_page: Path | None = None  # HTML page written at the end of every night
    badges: Path | None = None  # directory of the sites' badges, written at the end of every night
    metrics: Path | None = None  # file for node_exporter's textfile collector; its name ends in .prom
    public_url: str = ""  # address of the reading room, for citations and feeds; empty = they name no address
    archive_name: str = "Kho lưu trữ báo chí công đoàn"  # the keeper named in citations
    notify_file: Path | None = None  # TOML, name = "Apprise URL": secrets, so readable by nobody else
    tell: str = ""  # names of targets that hear of a night in trouble; their addresses: see notify_file
    dial: Mapping[str, str] = {}  # host -> loopback address:port, for replicas only

    @field_validator("dial")
    @classmethod
    def _only_loopback(cls, dial: Mapping[str, str]) -> Mapping[str, str]:
        for host, address in dial.items():
            if not address.startswith(("127.", "localhost:", "[::1]:")):
                raise ValueError(f"{host} is dialled to {address}: only loopback addresses may be dialled")
        return dial

    @field_validator("until")
    @classmethod
    def _is_a_time(cls, until: str) -> str:
        if until and not re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d", until):
            raise ValueError(f"not a time of day like 05:00: {until}")
        return until

    @field_validator("timezone")
    @classmethod
    def _is_a_zone(cls, name: str) -> str:
        try:
            ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError, OSError) as error:
            raise ValueError(f"not a time zone like Asia/Ho_Chi_Minh: {name}") from error
        return name

    @field_validator("public_url")
    @classmethod
    def _an_address(cls, url: str) -> str:
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


def load(overrides: Mapping[str, Any] | None = None, environ: Mapping[str, str] = os.environ) -> Config:
    """Config from the TOML file, the environment over it, and `overrides` (options given) over both."""
    path = Path(environ.get(PREFIX + "CONFIG", FILE))
    told: dict[str, Any] = _file(path, named=PREFIX + "CONFIG" in environ)
    for key in Config.model_fields:
        value = environ.get(PREFIX + key.upper())
        if value is not None:
            told[key] = _read(key, value)
    told |= {key: value for key, value in (overrides or {}).items() if value is not None}
    try:
        return Config.model_validate(told)
    except ValidationError as error:
        raise ConfigError("\n".join(_complaint(path, problem) for problem in error.errors())) from error


def _file(path: Path, *, named: bool) -> dict[str, Any]:
    if not path.exists() and not named:
        return {}
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError(f"{path}: {error.strerror}; mend {PREFIX}CONFIG or create the file") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: not valid TOML: {error}; mend the file") from error


def _read(key: str, text: str) -> object:
    """A setting as the environment tells it."""
    if key == "dial":
        return _dial(text)
    return [part.strip() for part in text.split(",") if part.strip()] if key == "quiet" else text


def _dial(text: str) -> dict[str, str]:
    pairs = [pair.partition("=") for pair in text.split(",") if pair.strip()]
    return {host.strip(): address.strip() for host, _, address in pairs}


def _complaint(path: Path, problem: Any) -> str:  # noqa: ANN401 - pydantic's ErrorDetails
    key = ".".join(str(part) for part in problem["loc"])
    return f"configuration ({path} or {PREFIX}{key.upper()}): key `{key}`: {problem['msg']}"


def dial_option(pairs: tuple[str, ...]) -> dict[str, str] | None:
    """`--dial host=127.0.0.1:8001` options as a map; None when there is none."""
    for pair in pairs:
        if "=" not in pair:
            raise ConfigError(f"--dial {pair}: write it as host=127.0.0.1:port")
    return {host: address for pair in pairs for host, _, address in [pair.partition("=")]} or None
