"""Names say what they are: no riddles for variables, one class of a name, constants with subject and unit.

`python -m tests.test_names [FOLDER]` lists every name that breaks a rule, with file and line.
"""

from __future__ import annotations

import ast
import sys
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

from tests.paths import ROOT

PACKAGES = ("crawler", "spiders", "pipelines", "storage")
RIDDLES = frozenset(["told", "found", "asked", "seen", "had", "each", "one", "mine", "here", "known"])
BARE_CONSTANTS = frozenset(
    ["LONGEST", "MOST", "SHOWN", "FEW", "ENOUGH", "LEAST", "HERE", "KEPT", "WAIT", "MANY", "BIG", "SMALL"]
)
DATA_NAMES = {  # fields that must be called as the data others depend on
    ("crawler/night/report.py", "found"),  # key of stored run reports
    ("storage/articles/statistics.py", "seen"),  # field of the API
    ("storage/records.py", "KEPT"),  # an outcome, by its value in the database
}


def modules() -> Iterator[Path]:
    """Every module of the four packages but migrations, which are history."""
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            if "migrations" not in path.relative_to(ROOT).parts:
                yield path


def bound_names(tree: ast.AST) -> Iterator[tuple[str, int]]:
    """Every name a module binds, with its line: variables, parameters, fields, imports, functions."""
    for node in ast.walk(tree):
        match node:
            case ast.Name(id=name, ctx=ast.Store()) | ast.arg(arg=name):
                yield name, node.lineno
            case ast.Attribute(attr=name, ctx=ast.Store()):
                yield name, node.lineno
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                yield name, node.lineno
            case ast.alias(name=imported, asname=renamed, lineno=line):
                yield (renamed or imported).rpartition(".")[2], line
            case ast.ExceptHandler(name=str(name), lineno=line):
                yield name, line
            case ast.MatchAs(name=str(name), lineno=line) | ast.MatchStar(name=str(name), lineno=line):
                yield name, line
            case _:
                pass


def problems() -> Iterator[tuple[str, Path, int, str]]:
    """(rule, module, line, name) of every name that breaks a rule."""
    rules = {**dict.fromkeys(RIDDLES, "riddle"), **dict.fromkeys(BARE_CONSTANTS, "constant")}
    classes: dict[str, list[tuple[Path, int]]] = defaultdict(list)
    for path in modules():
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for name, line in bound_names(tree):
            rule = rules.get(name.strip("_"))
            if rule and (path.relative_to(ROOT).as_posix(), name) not in DATA_NAMES:
                yield rule, path, line, name
        for node in (node for node in tree.body if isinstance(node, ast.ClassDef)):
            classes[node.name.strip("_")].append((path, node.lineno))
    for name, places in classes.items():
        yield from (("class", path, line, name) for path, line in places if len(places) > 1)


def test_variables_are_called_after_their_noun() -> None:
    assert [problem for problem in problems() if problem[0] == "riddle"] == []


def test_a_class_name_occurs_once() -> None:
    assert [problem for problem in problems() if problem[0] == "class"] == []


def test_constants_say_subject_and_unit() -> None:
    assert [problem for problem in problems() if problem[0] == "constant"] == []


def _list(folder: str) -> None:
    for rule, path, line, name in problems():
        where = path.relative_to(ROOT).as_posix()
        if where.startswith(folder):
            sys.stdout.write(f"{where}:{line} {rule} {name}\n")


if __name__ == "__main__":
    _list(sys.argv[1] if len(sys.argv) > 1 else "")
