"""Door: a group of commands of which only the one that is asked for is imported."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import Any, NamedTuple

import click


class Told(NamedTuple):
    """A command as its group knows it."""

    place: str  # module:attribute, in crawler.cli
    line: str  # what it does, in the group's help


class Door(click.Group):
    """A click group; to import all commands takes seconds, and one line of help or an answer does not.

    `lazily`: by name the module of crawler.cli and its attribute (`module:attribute`), and what it does.
    """

    def __init__(self, *args: Any, lazily: Mapping[str, tuple[str, str]], **named: Any) -> None:  # noqa: ANN401
        super().__init__(*args, **named)
        self.lazily = {name: Told(*each) for name, each in lazily.items()}

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names of all commands, in order."""
        return sorted({*super().list_commands(ctx), *self.lazily})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of this name, imported now; None for an unknown one."""
        if cmd_name in self.lazily and cmd_name not in self.commands:
            module, _, attribute = self.lazily[cmd_name].place.partition(":")
            self.add_command(getattr(import_module(f"crawler.cli.{module}"), attribute), cmd_name)
        return super().get_command(ctx, cmd_name)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The commands with a line for each, none of them imported for it."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, self._line(ctx, name)) for name in self.list_commands(ctx)])

    def _line(self, ctx: click.Context, name: str) -> str:
        if name in self.lazily:
            return self.lazily[name].line
        command = super().get_command(ctx, name)
        return command.get_short_help_str(100) if command else ""
