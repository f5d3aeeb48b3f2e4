"""`congdoan schedule`: units and a cron line that run the night of this installation."""

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
Description=congdoan: {what}
Wants=network-online.target
After=network-online.target

[Service]
Type=oneshot
User={user}
WorkingDirectory={here}
{environment}ExecStart={command}
# 1 = a person should look: the report says why; the unit is shown as failed, so that somebody does
# SIGTERM (to the main process alone) ends a night in order; what waits is asked in the next
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
Description=congdoan: {what}

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
CLOCK = re.compile(r"([01]\d|2[0-3]):[0-5]\d")
SHARE = "1/30"  # of the archive's files a day: every byte of it is read again in a month
WHAT = {
    "nightly": "the nightly visit to the trade-union press",
    "verify": f"{SHARE} of the archive read again",
}


@click.command()
@click.option("--at", default="01:00", show_default=True, metavar="HH:MM", help="When the night begins.")
@click.option("--until", metavar="HH:MM", help="When it ends; default: `until` of the configuration.")
@click.option(
    "--verify-at", default="12:00", show_default=True, metavar="HH:MM", help="When a share is verified."
)
@click.option("--user", default="congdoan", show_default=True, help="The account that runs it.")
@click.option(
    "--only",
    type=click.Choice(["service", "timer", "verify-service", "verify-timer", "cron"]),
    help="Only this part, to be written into a file as it is.",
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
    for told in (at, verify_at):
        if not CLOCK.fullmatch(told):
            raise click.BadParameter(f"{told}: not a time of day like 01:00")
    if setup.overrides.get("database"):
        click.echo("the database's URL is not printed: set `database` in congdoan.toml", err=True)
    until_told = ["--until", until] if until else []
    parts = units(
        setup.config_with(until=until),
        {"nightly": (at, until_told), "verify": (verify_at, ["--share", SHARE])},
        user=user,
        told=setup.overrides,
    )
    click.echo(parts[only] if only else "\n".join(parts.values()), nl=False)


def units(
    config: Config, jobs: Mapping[str, tuple[str, list[str]]], *, user: str, told: Mapping[str, object]
) -> dict[str, str]:
    """Services, timers and cron lines by name, the night's first.

    `jobs` has each command with its time of day and its options; `told` are the options of the command group.
    """
    here, variables = str(Path.cwd()), _variables()
    made, lines = {}, {}
    for name, (at, options) in jobs.items():
        line = shlex.join([str(_program()), *_given(told), name, *options])
        prefix = "" if name == "nightly" else f"{name}-"
        made[f"{prefix}service"] = SERVICE.format(
            name=name,
            what=WHAT[name],
            user=user,
            here=here,
            environment="".join(f"Environment={_quoted(pair)}\n" for pair in variables),
            command=_escaped(line),
            data=_quoted(str(config.data.absolute())),
        )
        made[f"{prefix}timer"] = TIMER.format(name=name, what=WHAT[name], at=at, zone=config.timezone)
        environment = "".join(f"{shlex.quote(pair)} " for pair in variables)
        command = line.replace("%", r"\%")
        lines[name] = f"{at[3:]} {at[:2]} * * *  cd {shlex.quote(here)} && {environment}{command}"
    return {**made, "cron": CRON.format(user=user, zone=config.timezone, **lines)}


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
