"""Pages are built by the three constructors of Page, and nowhere else."""

from __future__ import annotations

import ast

from tests.paths import ROOT

CONSTRUCTORS = {"from_response", "from_capture", "from_archive"}
PACKAGES = ("crawler", "spiders", "pipelines", "storage", "benchmarks")


def page_calls(tree: ast.AST) -> list[int]:
    """Lines of a module that call the class Page itself, by whatever name it was imported."""
    names = {
        alias.asname or alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module == "spiders.items"
        for alias in node.names
        if alias.name == "Page"
    }
    return [
        node.lineno
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and (
            (isinstance(node.func, ast.Name) and node.func.id in names)
            or (isinstance(node.func, ast.Attribute) and ast.unparse(node.func) == "items.Page")
        )
    ]


def test_pages_are_built_by_their_constructors_alone() -> None:
    by_hand = [
        f"{path.relative_to(ROOT)}:{line}"
        for package in PACKAGES
        for path in sorted((ROOT / package).rglob("*.py"))
        for line in page_calls(ast.parse(path.read_text(encoding="utf-8")))
    ]
    assert by_hand == []


def test_the_constructors_are_the_only_calls_of_the_class_in_its_own_module() -> None:
    tree = ast.parse((ROOT / "spiders" / "items.py").read_text(encoding="utf-8"))
    (page,) = (node for node in tree.body if isinstance(node, ast.ClassDef) and node.name == "Page")
    methods = [node for node in page.body if isinstance(node, ast.FunctionDef)]
    assert {method.name for method in methods if method.decorator_list} == CONSTRUCTORS
    calls = [ast.unparse(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)]
    assert "Page" not in calls
