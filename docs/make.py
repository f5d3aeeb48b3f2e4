"""Writes docs/commands.md and docs/profile.schema.json from the program itself: `python docs/make.py`."""

from __future__ import annotations

from pathlib import Path

import click

from crawler.cli.main import congdoan
from spiders.profile import schema_text

HERE = Path(__file__).parent


def commands() -> str:
    """The page of all commands, as their --help says it."""
    parts = ["# Commands", "", "Made by `python docs/make.py` from the commands' own help; do not edit.", ""]
    todo: list[tuple[str, click.Command]] = [("congdoan", congdoan)]
    while todo:
        name, command = todo.pop(0)
        context = click.Context(command, info_name=name, max_content_width=100, terminal_width=100)
        context.help_option_names = ["-h", "--help"]
        parts += [f"## {name}", "", "```", command.get_help(context).rstrip(), "```", ""]
        inner = getattr(command, "commands", {})
        todo += [(f"{name} {key}", inner[key]) for key in sorted(inner)]
    return "\n".join(parts)


if __name__ == "__main__":
    (HERE / "commands.md").write_text(commands(), encoding="utf-8")
    (HERE / "profile.schema.json").write_text(schema_text(), encoding="utf-8")
