"""LazyGroup: a click group that imports a command's module only when that command is run."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from importlib.util import find_spec
from types import ModuleType
from typing import Any

import click


class LazyGroup(click.Group):
    """A click group whose commands are files of one package, named as the command.

    Importing all commands takes seconds; the help of the group and the run of one command need only one.
    `package` holds the files, `summaries` the help line of each command by its name, `aliases` the new name
    of each command that was renamed: an old name works, is not listed, and warns on standard error.
    """

    def __init__(
        self,
        *args: Any,  # noqa: ANN401 - click's own
        package: str,
        summaries: Mapping[str, str],
        aliases: Mapping[str, str] | None = None,
        **options: Any,  # noqa: ANN401
    ) -> None:
        super().__init__(*args, **options)
        self.package = package
        self.summaries = summaries
        self.aliases = aliases or {}

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names of all commands in alphabetical order, without aliases."""
        return sorted({*super().list_commands(ctx), *self.summaries})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of this name, imported now; None for an unknown one."""
        if cmd_name in self.summaries and cmd_name not in self.commands:
            module = command_module(self.package, cmd_name)
            self.add_command(command_in(module, cmd_name), cmd_name)
        return super().get_command(ctx, cmd_name)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The command that the arguments name and the rest of them; an old name is warned about."""
        if new_command := self.aliases.get(args[0]):
            old_command = f"{ctx.command_path} {args[0]}"
            click.echo(
                f"congdoan: `{old_command}` is now `{ctx.command_path} {new_command}`; the old name will go",
                err=True,
            )
            args = [new_command, *args[1:]]
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands with a line for each, none of them imported for it."""
        with formatter.section("Commands"):
            formatter.write_dl(
                [
                    (command_name, self._command_summary(ctx, command_name))
                    for command_name in self.list_commands(ctx)
                ]
            )

    def _command_summary(self, ctx: click.Context, command_name: str) -> str:
        if command_name in self.summaries:
            return self.summaries[command_name]
        command = super().get_command(ctx, command_name)
        return command.get_short_help_str(100) if command else ""


def command_module(package: str, command_name: str) -> ModuleType:
    """Import the file of a command: `name.py`, `name_.py` for a word of Python's own, or a group's folder."""
    command_stem = command_name.replace("-", "_")
    command_spec = find_spec(f"{package}.{command_stem}")
    if command_spec is None:
        return import_module(f"{package}.{command_stem}_")
    is_command_folder = command_spec.submodule_search_locations is not None
    return import_module(
        f"{package}.{command_stem}.group" if is_command_folder else f"{package}.{command_stem}"
    )


def command_in(module: ModuleType, command_name: str) -> click.Command:
    """The click command of this name that a module defines; raises LookupError when it defines none."""
    for module_member in vars(module).values():
        if isinstance(module_member, click.Command) and module_member.name == command_name:
            return module_member
    raise LookupError(f"{module.__name__} has no command called {command_name}")
