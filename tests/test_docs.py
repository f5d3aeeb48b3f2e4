"""The docs say what the code does, and the tree keeps the rules of the house."""

from __future__ import annotations

import ast
import re
import subprocess
import tomllib
from pathlib import Path

import pytest

from crawler.config import Config
from docs.make import commands, configuration, sites
from spiders.profile.site_profile import load_profiles, profile_schema_json
from storage.export.row_schema import article_json_schema_text as article_schema
from storage.export.row_schema import data_dictionary
from tests.paths import ROOT

DOCS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "benchmarks").glob("*.md")])
NAMELESS = {"utils", "util", "helpers", "common", "misc", "base", "manager", "core"}
ROOMS = ("crawler", "spiders", "pipelines", "storage")
MODULES = sorted(path for room in ROOMS for path in (ROOT / room).rglob("*.py"))
LONGEST_FUNCTION = 40
LONGEST_MODULE = 400


def tracked() -> list[str]:
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False)
    return listed.stdout.splitlines()


def plain(requirement: str) -> str:
    """A package's name as indexes compare it (PEP 503)."""
    return re.sub(r"[-_.]+", "-", re.split(r"[\[<>=;~ ]", requirement)[0]).lower()


def test_the_page_of_commands_is_what_the_commands_say() -> None:
    assert (ROOT / "docs" / "reference" / "commands.md").read_text(encoding="utf-8") == commands(), (
        "run: python docs/make.py"
    )


def test_the_page_of_settings_is_what_their_fields_say() -> None:
    page = (ROOT / "docs" / "reference" / "configuration.md").read_text(encoding="utf-8")
    assert page == configuration(), "run: python docs/make.py"
    assert [key for key, field in Config.model_fields.items() if not field.description] == []


def test_the_page_of_sites_is_what_the_profiles_say() -> None:
    assert (ROOT / "docs" / "reference" / "sites.md").read_text(encoding="utf-8") == sites(), (
        "run: python docs/make.py"
    )


def test_the_data_dictionary_and_the_schema_of_exports_are_what_the_records_say() -> None:
    for name, text in (("data.md", data_dictionary()), ("article.schema.json", article_schema())):
        assert (ROOT / "docs" / "reference" / name).read_text(encoding="utf-8") == text, (
            "run: python docs/make.py"
        )


def test_the_schema_of_profiles_is_what_the_code_says() -> None:
    told = (ROOT / "docs" / "reference" / "profile.schema.json").read_text(encoding="utf-8")
    assert told == profile_schema_json(), "run: python docs/make.py"


def test_every_dependency_has_its_reason() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    named = [*project["dependencies"], *(n for e in project["optional-dependencies"].values() for n in e)]
    names = {plain(line) for line in named}
    page = (ROOT / "docs" / "reference" / "dependencies.md").read_text(encoding="utf-8")
    cells = [line.split("|")[1] for line in page.splitlines() if line.startswith("| ")]
    told = {plain(name.strip()) for cell in cells for name in cell.split(",")}
    assert names - told == set(), "without a reason"
    assert told - names - {"package"} == set(), "no longer a dependency"


def test_what_is_declared_is_locked() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    for lock, named in (
        ("requirements.lock", project["dependencies"]),
        ("requirements-dev.lock", [*project["dependencies"], *project["optional-dependencies"]["dev"]]),
    ):
        text = (ROOT / lock).read_text(encoding="utf-8")
        locked = {plain(name) for name in re.findall(r"^([A-Za-z0-9_.-]+)==", text, re.MULTILINE)}
        assert {plain(line) for line in named} <= locked, f"{lock}: run make lock"
        assert "--hash=sha256:" in text
        assert "://" not in text, "a lock names no index"


@pytest.mark.parametrize("page", DOCS, ids=lambda page: page.name)
def test_links_lead_somewhere_and_commands_exist(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    for target in re.findall(r"\]\(([^)#]+)\)", text):
        if "://" not in target:
            assert (page.parent / target).exists(), target
    known = commands()
    for line in re.findall(r"^(?:\.venv/bin/)?congdoan (?:--data \S+ )?([a-z]+)", text, re.MULTILINE):
        assert f"## congdoan {line}\n" in known, line
    targets = (ROOT / "Makefile").read_text(encoding="utf-8")
    for name in re.findall(r"^make ([a-z]+)", text, re.MULTILINE):
        assert f"\n{name}:" in targets, name


def test_every_outcome_and_health_line_is_explained() -> None:
    page = (ROOT / "docs" / "reference" / "reports.md").read_text(encoding="utf-8")
    from storage.records import Outcome

    for outcome in Outcome:
        assert outcome.value.replace("_", " ") in page, outcome
    for ending in ("unreachable", "robots_unavailable", "throttled", "budget"):
        assert f"ended early: {ending}" in page


def test_no_site_is_named_in_code() -> None:
    domains = {
        profile.domain for profile in load_profiles().values() if not profile.domain.endswith(".example")
    }
    assert len(domains) >= 2
    for module in MODULES:
        if "demo" not in module.relative_to(ROOT).parts:
            text = module.read_text(encoding="utf-8")
            assert [domain for domain in domains if domain in text] == [], module


def test_sql_is_written_only_in_storage() -> None:
    for module in MODULES:
        if module.relative_to(ROOT).parts[0] == "storage":
            continue
        for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("sqlalchemy"):
                allowed = {"Connection", "Engine", "DBAPIError"}
                assert {name.name for name in node.names} <= allowed, module


@pytest.mark.parametrize("module", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_modules_and_functions_keep_their_size_and_have_names_that_say_something(module: Path) -> None:
    text = module.read_text(encoding="utf-8")
    assert module.stem not in NAMELESS
    assert text.count("\n") <= LONGEST_MODULE
    tree = ast.parse(text)
    assert ast.get_docstring(tree) or "migrations" in module.parts
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and "migrations" not in module.parts:
            size = (node.end_lineno or 0) - node.lineno + 1
            assert size <= LONGEST_FUNCTION, f"{node.name} has {size} lines"


def test_no_site_needs_code_and_no_profile_is_long() -> None:
    paths = sorted((ROOT / "spiders" / "sites").rglob("*.toml"))
    assert len(paths) == len(load_profiles()) >= 5
    for path in paths:
        lines = [line for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
        assert len(lines) <= 40, path


def test_shared_pages_are_not_part_of_the_repository() -> None:
    assert [name for name in tracked() if name.startswith("shared/")] == []
