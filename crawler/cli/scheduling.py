"""`congdoan schedule`: units and a cron line that run the night of this installation."""

from __future__ import annotations

import os
import shlex
import sys
from collections.abc import Mapping
from pathlib import Path

import click

from crawler.cli.context import Setup
from crawler.config import FILE, PREFIX, Config

SERVICE = """\
# /etc/systemd/system/congdoan-nightly.service
[Unit]
Description=congdoan: the nightly visit to the trade-union press
Wants=network-online.target
After=network-online.target

[Service]
Type=oneshot
User={user}
WorkingDirectory={here}
{environment}ExecStart={command}
# 1 = a run needs a person: the report says why; the unit is shown as failed, so that somebody looks
# SIGTERM (to the main process alone) ends the night in order; what waits is asked in the next
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
# /etc/systemd/system/congdoan-nightly.timer
[Unit]
Description=congdoan: every night

[Timer]
OnCalendar=*-*-* {at}:00 {zone}
RandomizedDelaySec=10min
# a night missed while the machine was off is held when it is on again
Persistent=true

[Install]
WantedBy=timers.target
"""
CRON = """\
# crontab of {user}; CRON_TZ is known to cronie, elsewhere the machine's time zone counts
CRON_TZ={zone}
{minute} {hour} * * *  cd {here} && {environment}{command}
"""


@click.command()
@click.option("--at", default="01:00", show_default=True, metavar="HH:MM", help="When the night begins.")
@click.option("--until", metavar="HH:MM", help="When it ends; default: `until` of the configuration.")
@click.option("--user", default="congdoan", show_default=True, help="The account that runs it.")
@click.option(
    "--only",
    type=click.Choice(["service", "timer", "cron"]),
    help="Only this part, to be written into a file as it is.",
)
@click.pass_obj
def schedule(setup: Setup, at: str, until: str | None, user: str, only: str | None) -> None:
    """Print a systemd service and timer, and a cron line, for this installation.

    \b
    Example: congdoan schedule --at 01:00 --until 05:00
    To use:  congdoan schedule --only service | sudo tee /etc/systemd/system/congdoan-nightly.service
             congdoan schedule --only timer | sudo tee /etc/systemd/system/congdoan-nightly.timer
             sudo systemctl enable --now congdoan-nightly.timer
    """  # noqa: D301
    if not at[:2].isdigit() or not at[3:].isdigit() or len(at) != 5 or at[2] != ":" or at >= "24:00":
        raise click.BadParameter(f"{at}: not a time of day like 01:00")
    if setup.overrides.get("database"):
        click.echo("the database's URL is not printed: set `database` in congdoan.toml", err=True)
    parts = units(setup.config_with(until=until), at=at, until=until, user=user, told=setup.overrides)
    click.echo(parts[only] if only else "\n".join(parts.values()), nl=False)


def units(
    config: Config, *, at: str, until: str | None, user: str, told: Mapping[str, object]
) -> dict[str, str]:
    """The service, the timer and the cron line by name; `told` are the options of the command group."""
    command = [str(_program()), *_given(told), "nightly", *(["--until", until] if until else [])]
    line = shlex.join(command)
    variables = _variables()
    shared = {"user": user, "here": str(Path.cwd()), "zone": config.timezone}
    service = "".join(f"Environment={_quoted(pair)}\n" for pair in variables)
    at_cron = shlex.quote(str(Path.cwd()))
    cron = "".join(f"{shlex.quote(pair)} " for pair in variables)
    data = _quoted(str(config.data.absolute()))
    return {
        "service": SERVICE.format(environment=service, command=_escaped(line), data=data, **shared),
        "timer": TIMER.format(at=at, zone=config.timezone),
        "cron": CRON.format(
            environment=cron,
            command=line.replace("%", r"\%"),
            hour=at[:2],
            minute=at[3:],
            **{**shared, "here": at_cron},
        ),
    }


def _program() -> Path:
    """The command of this installation, as a full path."""
    beside = Path(sys.executable).with_name("congdoan")
    return beside if beside.exists() else Path(sys.argv[0]).absolute()


def _given(options: Mapping[str, object]) -> list[str]:
    """The options of the command group, with full paths."""
    told: list[str] = []
    for name, value in options.items():
        if value is not None and name != "database":  # its URL may hold a password: it belongs in the file
            told += [f"--{name}", str(value.absolute() if isinstance(value, Path) else value)]
    return told


def _variables() -> list[str]:
    """Where the settings stand, when a file beside the working directory does not say it all.

    Other CONGDOAN_ variables are not copied: they may hold a database's password.
    """
    named = os.environ.get(PREFIX + "CONFIG")
    return [f"{PREFIX}CONFIG={Path(named).absolute()}"] if named and named != FILE else []


def _escaped(text: str) -> str:
    return text.replace("%", "%%")


def _quoted(pair: str) -> str:
    return '"' + _escaped(pair).replace("\\", "\\\\").replace('"', '\\"') + '"'


COMMANDS = (schedule,)
