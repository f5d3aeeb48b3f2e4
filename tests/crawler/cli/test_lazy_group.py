"""Commands are imported when they are asked for, and each is where its group says."""

from __future__ import annotations

import inspect
import subprocess
import sys
from collections.abc import Sequence

import click
import pytest

from crawler.cli.lazy_group import LazyGroup, command_in, command_module
from crawler.cli.main import congdoan, run
from tests.paths import ROOT

LONGEST = 80  # characters of a line of help
CRAWLING = {"scrapy", "twisted", "trafilatura", "crawler.demo"}


def commands_of_groups() -> list[tuple[str, LazyGroup, str]]:
    """Every group, with every name in it."""
    commands: list[tuple[str, LazyGroup, str]] = []
    todo: list[tuple[str, click.Command]] = [("congdoan", congdoan)]
    while todo:
        path, command = todo.pop()
        if isinstance(command, LazyGroup):
            context = click.Context(command, info_name=path)
            for name in command.list_commands(context):
                commands.append((path, command, name))
                below = command.get_command(context, name)
                assert below is not None
                todo.append((f"{path} {name}", below))
    return commands


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


@pytest.mark.parametrize(("path", "group", "name"), commands_of_groups(), ids=lambda each: str(each))
def test_every_command_is_where_its_group_says(path: str, group: LazyGroup, name: str) -> None:
    command = group.get_command(click.Context(group), name)
    assert command is not None
    assert command.name == name
    assert "\\b" not in helps(command, f"{path} {name}"), "a mark for click is shown to people"
    if name in group.summaries:
        line = group.summaries[name]
        assert line.endswith(".")
        assert len(line) <= LONGEST


def test_help_lists_every_command_with_its_whole_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["--help"]) == 0
    told = " ".join(capsys.readouterr().out.split())
    assert [name for name, line in congdoan.summaries.items() if f" {name} {line}" not in told] == []


def test_a_command_that_is_none_is_told_so(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["serach"]) == 2
    assert "No such command" in capsys.readouterr().err


def test_help_imports_no_command() -> None:
    modules = imported(["--help"])
    assert not modules & {*CRAWLING, "sqlalchemy", "crawler.cli.search"}


@pytest.mark.parametrize("arguments", [["search", "--help"], ["site", "list"], ["show", "--help"]])
def test_what_only_reads_imports_nothing_that_crawls(arguments: list[str]) -> None:
    assert not imported(arguments) & CRAWLING


FILES_WITHOUT_A_COMMAND = {
    *("crawler.cli.main", "crawler.cli.entry_point", "crawler.cli.lazy_group"),
    *(
        "crawler.cli.access_options",
        "crawler.cli.context",
        "crawler.cli.errors",
        "crawler.cli.site.group",
        "crawler.cli.old_options",
    ),
}


def test_every_command_has_its_file_and_every_file_its_command() -> None:
    groups = {path: group for path, group, _ in commands_of_groups() if group.summaries}
    assert set(groups) == {"congdoan", "congdoan site"}
    for group in groups.values():
        folder = ROOT.joinpath(*group.package.split("."))
        files = {path.stem.removesuffix("_") for path in folder.glob("[!_]*.py")}
        extra = {
            name.rpartition(".")[2] for name in FILES_WITHOUT_A_COMMAND if name.startswith(group.package)
        }
        folders = {path.parent.name for path in folder.glob("*/group.py")}
        assert files - extra | folders == {name.replace("-", "_") for name in group.summaries}


def test_a_command_is_defined_in_its_file() -> None:
    for _, group, name in commands_of_groups():
        if name in group.summaries:
            command = command_in(command_module(group.package, name), name)
            callback = inspect.unwrap(command.callback) if command.callback else None
            assert callback is not None
            assert callback.__module__ == command_module(group.package, name).__name__


def test_the_name_of_an_earlier_version_works_and_warns(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["site", "furniture", "--help"]) == 0
    out, err = capsys.readouterr()
    assert "site boilerplate [OPTIONS] SITE" in out
    assert "site furniture` is now" in err
    assert run(["site", "--help"]) == 0
    assert "furniture" not in capsys.readouterr().out


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (["verify", "--mend", "--ask-again", "--help"], ("--repair", "--refetch")),
        (["serve", "--patience=3", "--help"], ("--timeout",)),
    ],
)
def test_the_options_of_an_earlier_version_work_and_warn(
    capsys: pytest.CaptureFixture[str], old: list[str], new: tuple[str, ...]
) -> None:
    assert run(old) == 0
    out, err = capsys.readouterr()
    for name in new:
        assert name in out
        assert f"is now {name}; use it" in err
    assert "--mend" not in out
    assert "--patience" not in out
