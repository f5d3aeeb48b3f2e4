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

SYSTEMD_SERVICE = """\
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
SYSTEMD_TIMER = """\
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
CRON_LINES = """\
# crontab of {user}; CRON_TZ is known to cronie, elsewhere the machine's time zone counts
CRON_TZ={zone}
{nightly}
{verify}
"""
TIME_OF_DAY = re.compile(r"([01]\d|2[0-3]):[0-5]\d")
VERIFY_SHARE = "1/30"  # of the archive's bytes a day: each is verified once a month
UNIT_DESCRIPTIONS = {
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
    schedule_parts = schedule_units(
        setup.config_with(until=until),
        {"nightly": (at, until_options), "verify": (verify_at, ["--share", VERIFY_SHARE])},
        user=user,
        group_options=setup.overrides,
    )
    click.echo(schedule_parts[only] if only else "\n".join(schedule_parts.values()), nl=False)


def schedule_units(
    schedule_config: Config,
    scheduled_jobs: Mapping[str, tuple[str, list[str]]],
    *,
    user: str,
    group_options: Mapping[str, object],
) -> dict[str, str]:
    """Services, timers and cron lines by name, the night's first.

    `scheduled_jobs` has the time of day and the options of each command; `group_options` has those of
    `congdoan` itself.
    """
    unit_directory, unit_variables = str(Path.cwd()), _unit_variables()
    schedule_parts, cron_lines = {}, {}
    for job_name, (at, job_options) in scheduled_jobs.items():
        scheduled_command = shlex.join(
            [str(_scheduled_program()), *_group_option_arguments(group_options), job_name, *job_options]
        )
        unit_prefix = "" if job_name == "nightly" else f"{job_name}-"
        schedule_parts[f"{unit_prefix}service"] = SYSTEMD_SERVICE.format(
            name=job_name,
            description=UNIT_DESCRIPTIONS[job_name],
            user=user,
            working_directory=unit_directory,
            environment="".join(
                f"Environment={_quoted_for_systemd(unit_variable)}\n" for unit_variable in unit_variables
            ),
            command=_escaped_for_systemd(scheduled_command),
            data=_quoted_for_systemd(str(schedule_config.data.absolute())),
        )
        schedule_parts[f"{unit_prefix}timer"] = SYSTEMD_TIMER.format(
            name=job_name, description=UNIT_DESCRIPTIONS[job_name], at=at, zone=schedule_config.timezone
        )
        unit_environment = "".join(f"{shlex.quote(unit_variable)} " for unit_variable in unit_variables)
        cron_command = scheduled_command.replace("%", r"\%")
        cron_lines[job_name] = (
            f"{at[3:]} {at[:2]} * * *  cd {shlex.quote(unit_directory)} && {unit_environment}{cron_command}"
        )
    cron_part = CRON_LINES.format(user=user, zone=schedule_config.timezone, **cron_lines)
    return {**schedule_parts, "cron": cron_part}


def _scheduled_program() -> Path:
    """The command of this installation, as a full path."""
    beside_python = Path(sys.executable).with_name("congdoan")
    return beside_python if beside_python.exists() else Path(sys.argv[0]).absolute()


def _group_option_arguments(group_options: Mapping[str, object]) -> list[str]:
    """The options of the command group, with full paths."""
    group_arguments: list[str] = []
    for option_name, option_value in group_options.items():
        if (
            option_value is not None and option_name != "database"
        ):  # its URL may hold a password, which belongs in the file
            group_arguments += [
                f"--{option_name}",
                str(option_value.absolute() if isinstance(option_value, Path) else option_value),
            ]
    return group_arguments


def _unit_variables() -> list[str]:
    """The variable that names the configuration file, when it is not the default one.

    Other CONGDOAN_ variables are not copied: they may hold a database's password.
    """
    config_file = os.environ.get(PREFIX + "CONFIG")
    return [f"{PREFIX}CONFIG={Path(config_file).absolute()}"] if config_file and config_file != FILE else []


def _escaped_for_systemd(unit_text: str) -> str:
    return unit_text.replace("%", "%%")


def _quoted_for_systemd(unit_variable: str) -> str:
    return '"' + _escaped_for_systemd(unit_variable).replace("\\", "\\\\").replace('"', '\\"') + '"'
