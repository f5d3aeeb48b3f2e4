"""`congdoan config`: every setting in force and where it comes from, secrets masked."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping

import click
from rich.table import Table
from rich.text import Text

from crawler.cli.context import Setup, console
from crawler.config import FILE_VARIABLE, PREFIX, Config, SettingSource, load_with_sources, variable_of

CONFIG_MASK = "***"
PASSWORD_IN_URL = re.compile(r"(://[^:/@\s]*):\S*@")
PASSWORD_IN_QUERY = re.compile(
    r"([?&]\w*(?:password|passwd|passphrase|secret|token|key)=)[^&\s]*", re.IGNORECASE
)
SECRET_VARIABLE = re.compile(rf"{PREFIX}(SECRET|NOTIFY_\w+)")  # the session key, addresses of targets


@click.command("config")
@click.option("--json", "as_json", is_flag=True, help="The settings as JSON.")
@click.pass_obj
def config_command(setup: Setup, *, as_json: bool) -> None:
    """Print every setting in force and where it comes from: default, file, variable or option.

    \b
    Example: congdoan config
             congdoan --data demo-archive config --json

    Passwords in URLs and the values of secret variables are masked. docs/reference/configuration.md
    explains each setting.
    """
    config, sources = load_with_sources(setup.overrides)
    secret_variables, unknown_variables = other_variables(os.environ)
    if as_json:
        config_report = {
            "settings": settings_json(config, sources),
            "secrets": secret_variables,
            "unknown": unknown_variables,
        }
        click.echo(json.dumps(config_report, ensure_ascii=False, indent=1))
        return
    config_output = console()
    config_output.print(settings_table(config, sources))
    for variable in secret_variables:
        config_output.print(f"{variable} is set: {CONFIG_MASK}", markup=False)
    for variable in unknown_variables:
        config_output.print(f"{variable} is set, and is no setting of this program", markup=False)


def settings_table(config: Config, sources: Mapping[str, SettingSource]) -> Table:
    """A row for each setting: its name, its masked value, where it comes from."""
    config_table = Table(box=None)
    for column in ("setting", "value", "comes from"):
        config_table.add_column(column, overflow="fold")
    for config_setting in settings_json(config, sources):
        config_source = f"{config_setting['source']} {config_setting['where']}".rstrip()
        config_style = "dim" if config_setting["source"] == "default" else ""
        config_table.add_row(
            str(config_setting["name"]),
            Text(value_text(config_setting["value"])),
            config_source,
            style=config_style,
        )
    return config_table


def settings_json(config: Config, sources: Mapping[str, SettingSource]) -> list[dict[str, object]]:
    """Name, masked value and source of each setting, in the order of the documentation."""
    config_values = config.model_dump(mode="json")
    return [
        {"name": key, "value": masked(config_values[key]), "source": str(source.kind), "where": source.name}
        for key, source in sources.items()
    ]


def masked(config_value: object) -> object:
    """The value without the passwords of the URLs in it."""
    if not isinstance(config_value, str):
        return config_value
    return PASSWORD_IN_QUERY.sub(
        rf"\1{CONFIG_MASK}", PASSWORD_IN_URL.sub(rf"\1:{CONFIG_MASK}@", config_value)
    )


def value_text(config_value: object) -> str:
    """The value of a setting as its variable would be written; empty for none."""
    if isinstance(config_value, Mapping):
        return ",".join(f"{host}={address}" for host, address in config_value.items())
    if isinstance(config_value, list):
        return ",".join(map(str, config_value))
    return "" if config_value is None else str(config_value)


def other_variables(environ: Mapping[str, str]) -> tuple[list[str], list[str]]:
    """Names of the CONGDOAN_* variables that hold secrets, and of those that mean nothing here."""
    settings = {FILE_VARIABLE, *map(variable_of, Config.model_fields)}
    others = sorted(name for name in environ if name.startswith(PREFIX) and name not in settings)
    secret_variables = [name for name in others if SECRET_VARIABLE.fullmatch(name)]
    return secret_variables, [name for name in others if name not in secret_variables]
