"""CommandWithOldOptions: a click command that still takes the options of an earlier version."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import click


class CommandWithOldOptions(click.Command):
    """A click command whose renamed options work for one release: not in its help, with a warning.

    `old_options` holds the new name of each renamed option, like `{"--old": "--new"}`.
    """

    def __init__(self, *args: Any, old_options: Mapping[str, str], **options: Any) -> None:  # noqa: ANN401
        super().__init__(*args, **options)
        self.old_options = old_options

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Parse the arguments after every old option was replaced by the new one."""
        return super().parse_args(ctx, [self._renamed(ctx, argument) for argument in args])

    def _renamed(self, ctx: click.Context, argument: str) -> str:
        old, equals, value = argument.partition("=")
        if old not in self.old_options:
            return argument
        new = self.old_options[old]
        click.echo(f"congdoan: `{ctx.command_path} {old}` is now {new}; use it, the old one goes", err=True)
        return f"{new}{equals}{value}"
