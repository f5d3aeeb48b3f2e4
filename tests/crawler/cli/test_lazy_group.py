"""Commands are imported when they are asked for, and each is where its group says."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence

import click
import pytest

from crawler.cli.lazy_group import Door
from crawler.cli.main import congdoan, run

LONGEST = 80  # characters of a line of help
CRAWLING = {"scrapy", "twisted", "trafilatura", "crawler.demo"}


def doors() -> list[tuple[str, Door, str]]:
    """Every group, with every name in it."""
    found: list[tuple[str, Door, str]] = []
    todo: list[tuple[str, click.Command]] = [("congdoan", congdoan)]
    while todo:
        path, command = todo.pop()
        if isinstance(command, Door):
            context = click.Context(command, info_name=path)
            for name in command.list_commands(context):
                found.append((path, command, name))
                below = command.get_command(context, name)
                assert below is not None
                todo.append((f"{path} {name}", below))
    return found


def helps(command: click.Command, path: str) -> str:
    context = click.Context(
        command, info_name=path, help_option_names=["-h", "--help"]
    )  # kept by the command
    return command.get_help(context)


def imported(arguments: Sequence[str]) -> set[str]:
    """The modules that a command line imports."""
    script = (
        "import sys\nfrom crawler.cli.main import run\n"
        f"code = run({list(arguments)!r})\nprint(code, *sys.modules, file=sys.stderr)\n"
    )
    told = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    code, *modules = told.stderr.splitlines()[-1].split()
    assert code == "0", told.stderr
    return set(modules)


@pytest.mark.parametrize(("path", "group", "name"), doors(), ids=lambda each: str(each))
def test_every_command_is_where_its_group_says(path: str, group: Door, name: str) -> None:
    command = group.get_command(click.Context(group), name)
    assert command is not None
    assert command.name == name
    assert "\\b" not in helps(command, f"{path} {name}"), "a mark for click is shown to people"
    if name in group.lazily:
        line = group.lazily[name].line
        assert line.endswith(".")
        assert len(line) <= LONGEST


def test_help_lists_every_command_with_its_whole_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["--help"]) == 0
    told = " ".join(capsys.readouterr().out.split())
    assert [name for name, (_, line) in congdoan.lazily.items() if f" {name} {line}" not in told] == []


def test_a_command_that_is_none_is_told_so(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["serach"]) == 2
    assert "No such command" in capsys.readouterr().err


def test_help_imports_no_command() -> None:
    modules = imported(["--help"])
    assert not modules & {*CRAWLING, "sqlalchemy", "crawler.cli.search"}


@pytest.mark.parametrize("arguments", [["search", "--help"], ["site", "list"], ["show", "--help"]])
def test_what_only_reads_imports_nothing_that_crawls(arguments: list[str]) -> None:
    assert not imported(arguments) & CRAWLING
