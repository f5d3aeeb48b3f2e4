"""Names say what they are: no riddles for variables, one class of a name, constants with subject and unit.

`python -m tests.test_names [FOLDER]` lists every name that breaks a rule, with file and line.
"""

from __future__ import annotations

import ast
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.paths import ROOT

PACKAGES = ("crawler", "spiders", "pipelines", "storage")
RIDDLES = frozenset(["told", "found", "asked", "seen", "had", "each", "one", "mine", "here", "known"])
BARE_CONSTANTS = frozenset(
    ["LONGEST", "MOST", "SHOWN", "FEW", "ENOUGH", "LEAST", "HERE", "KEPT", "WAIT", "MANY", "BIG", "SMALL"]
)
ALLOWED_RIDDLES = {"crawler": 1, "pipelines": 0, "spiders": 0, "storage": 65}
ALLOWED_CLASSES = 0
ALLOWED_CONSTANTS = 12


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
            if rule := rules.get(name.strip("_")):
                yield rule, path, line, name
        for node in (node for node in tree.body if isinstance(node, ast.ClassDef)):
            classes[node.name.strip("_")].append((path, node.lineno))
    for name, places in classes.items():
        yield from (("class", path, line, name) for path, line in places if len(places) > 1)


@pytest.fixture(scope="module")
def counted() -> Counter[tuple[str, str]]:
    return Counter((rule, path.relative_to(ROOT).parts[0]) for rule, path, _, _ in problems())


@pytest.mark.parametrize("package", PACKAGES)
def test_variables_are_called_after_their_noun(counted: Counter[tuple[str, str]], package: str) -> None:
    assert counted["riddle", package] <= ALLOWED_RIDDLES[package]


def test_a_class_name_occurs_once() -> None:
    names = {name for rule, _, _, name in problems() if rule == "class"}
    assert len(names) <= ALLOWED_CLASSES, sorted(names)


def test_constants_say_subject_and_unit(counted: Counter[tuple[str, str]]) -> None:
    assert sum(count for (rule, _), count in counted.items() if rule == "constant") <= ALLOWED_CONSTANTS


def _list(folder: str) -> None:
    for rule, path, line, name in problems():
        where = path.relative_to(ROOT).as_posix()
        if where.startswith(folder):
            sys.stdout.write(f"{where}:{line} {rule} {name}\n")


if __name__ == "__main__":
    _list(sys.argv[1] if len(sys.argv) > 1 else "")
