"""`congdoan schedule`: systemd units and cron lines that run the nights of this installation."""

from __future__ import annotations

import os
import re
import shlex
import sys
from collections.abc import Mapping
from pathlib import Path

import click

from crawler.cli.context import Setup
from crawler.config import FILE, PREFIX, Config

SERVICE = """\
# /etc/systemd/system/congdoan-{name}.service
[Unit]
Description=congdoan: {description}
Wants=network-online.target
After=network-online.target

[Service]
Type=oneshot
User={user}
WorkingDirectory={working_directory}
{environment}ExecStart={command}
# 1 = a person should look: the report says why; the unit is shown as failed, so that somebody does
# SIGTERM (to the main process alone) ends a night in order; what waits is fetched in the next
KillMode=mixed
TimeoutStopSec=180
Nice=10
IOSchedulingClass=idle
NoNewPrivileges=yes
PrivateTmp=yes
ProtectSystem=strict
ProtectHome=read-only
ReadWritePaths={data}
ProtectKernelTunables=yes
ProtectControlGroups=yes
RestrictSUIDSGID=yes
"""
TIMER = """\
# /etc/systemd/system/congdoan-{name}.timer
[Unit]
Description=congdoan: {description}

[Timer]
OnCalendar=*-*-* {at}:00 {zone}
RandomizedDelaySec=10min
# one missed while the machine was off is held when it is on again
Persistent=true

[Install]
WantedBy=timers.target
"""
CRON = """\
# crontab of {user}; CRON_TZ is known to cronie, elsewhere the machine's time zone counts
CRON_TZ={zone}
{nightly}
{verify}
"""
TIME_OF_DAY = re.compile(r"([01]\d|2[0-3]):[0-5]\d")
VERIFY_SHARE = "1/30"  # of the archive's bytes a day: each is verified once a month
DESCRIPTIONS = {
    "nightly": "the nightly visit to the trade-union press",
    "verify": f"{VERIFY_SHARE} of the archive read again",
}


@click.command()
@click.option(
    "--at", default="01:00", show_default=True, metavar="HH:MM", help="Time at which the night begins."
)
@click.option("--until", metavar="HH:MM", help="Time at which it ends; default: the setting `until`.")
@click.option(
    "--verify-at",
    default="12:00",
    show_default=True,
    metavar="HH:MM",
    help="Time at which a share of the archive is verified.",
)
@click.option("--user", default="congdoan", show_default=True, help="The user account that runs it.")
@click.option(
    "--only",
    type=click.Choice(["service", "timer", "verify-service", "verify-timer", "cron"]),
    help="Print only this part, to be written to a file.",
)
@click.pass_obj
def schedule(setup: Setup, at: str, until: str | None, verify_at: str, user: str, only: str | None) -> None:
    """Print systemd services and timers, and cron lines, for this installation.

    One of each for the nights, one for `congdoan verify --share 1/30`, which reads every byte of the
    archive again in a month.

    \b
    Example: congdoan schedule --at 01:00 --until 05:00
    To use:  congdoan schedule --only service | sudo tee /etc/systemd/system/congdoan-nightly.service
             congdoan schedule --only timer | sudo tee /etc/systemd/system/congdoan-nightly.timer
             congdoan schedule --only verify-service | sudo tee /etc/systemd/system/congdoan-verify.service
             congdoan schedule --only verify-timer | sudo tee /etc/systemd/system/congdoan-verify.timer
             sudo systemctl enable --now congdoan-nightly.timer congdoan-verify.timer
    """
    for time_of_day in (at, verify_at):
        if not TIME_OF_DAY.fullmatch(time_of_day):
            raise click.BadParameter(f"{time_of_day}: not a time of day like 01:00")
    if setup.overrides.get("database"):
        click.echo("the database's URL is not printed: set `database` in congdoan.toml", err=True)
    until_options = ["--until", until] if until else []
    parts = units(
        setup.config_with(until=until),
        {"nightly": (at, until_options), "verify": (verify_at, ["--share", VERIFY_SHARE])},
        user=user,
        group_options=setup.overrides,
    )
    click.echo(parts[only] if only else "\n".join(parts.values()), nl=False)


def units(
    config: Config,
    jobs: Mapping[str, tuple[str, list[str]]],
    *,
    user: str,
    group_options: Mapping[str, object],
) -> dict[str, str]:
    """Services, timers and cron lines by name, the night's first.

    `jobs` has the time of day and the options of each command; `group_options` those of `congdoan` itself.
    """
    working_directory, variables = str(Path.cwd()), _variables()
    parts, cron_lines = {}, {}
    for name, (at, options) in jobs.items():
        command_line = shlex.join([str(_program()), *_group_option_arguments(group_options), name, *options])
        prefix = "" if name == "nightly" else f"{name}-"
        parts[f"{prefix}service"] = SERVICE.format(
            name=name,
            description=DESCRIPTIONS[name],
            user=user,
            working_directory=working_directory,
            environment="".join(f"Environment={_quoted_for_systemd(pair)}\n" for pair in variables),
            command=_escaped_for_systemd(command_line),
            data=_quoted_for_systemd(str(config.data.absolute())),
        )
        parts[f"{prefix}timer"] = TIMER.format(
            name=name, description=DESCRIPTIONS[name], at=at, zone=config.timezone
        )
        environment = "".join(f"{shlex.quote(pair)} " for pair in variables)
        cron_command = command_line.replace("%", r"\%")
        cron_lines[name] = (
            f"{at[3:]} {at[:2]} * * *  cd {shlex.quote(working_directory)} && {environment}{cron_command}"
        )
    return {**parts, "cron": CRON.format(user=user, zone=config.timezone, **cron_lines)}


def _program() -> Path:
    """The command of this installation, as a full path."""
    beside = Path(sys.executable).with_name("congdoan")
    return beside if beside.exists() else Path(sys.argv[0]).absolute()


def _group_option_arguments(group_options: Mapping[str, object]) -> list[str]:
    """The options of the command group, with full paths."""
    arguments: list[str] = []
    for name, value in group_options.items():
        if value is not None and name != "database":  # its URL may hold a password, which belongs in the file
            arguments += [f"--{name}", str(value.absolute() if isinstance(value, Path) else value)]
    return arguments


def _variables() -> list[str]:
    """The variable that names the configuration file, when it is not the default one.

    Other CONGDOAN_ variables are not copied: they may hold a database's password.
    """
    config_file = os.environ.get(PREFIX + "CONFIG")
    return [f"{PREFIX}CONFIG={Path(config_file).absolute()}"] if config_file and config_file != FILE else []


def _escaped_for_systemd(text: str) -> str:
    return text.replace("%", "%%")


def _quoted_for_systemd(pair: str) -> str:
    return '"' + _escaped_for_systemd(pair).replace("\\", "\\\\").replace('"', '\\"') + '"'
