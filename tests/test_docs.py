"""The docs agree with the code, and every file keeps the rules of CONTRIBUTING.md."""

from __future__ import annotations

import ast
import pkgutil
import re
import subprocess
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest

from crawler.config import Config
from crawler.demo.faults import faults_text
from docs.make import commands, configuration, sites
from spiders.profile.site_profile import load_profiles, profile_schema_json
from storage.export.row_schema import article_json_schema_text as article_schema
from storage.export.row_schema import data_dictionary
from storage.records import Outcome
from tests.paths import ROOT

DOCS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "benchmarks").rglob("*.md")])
NAMELESS = {"utils", "util", "helpers", "common", "misc", "base", "manager", "core"}
PACKAGES = ("crawler", "spiders", "pipelines", "storage")
MODULES = sorted(path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))
MAX_FUNCTION_LINES = 40
MAX_MODULE_LINES = 400
MAX_PACKAGE_DOCSTRING_LINES = 6
CHANGED_NAMES = {"CHANGELOG.md"}  # pages that name what no longer exists


def tracked_files() -> list[str]:
    output = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False).stdout
    return output.splitlines()


def read_page(name: str) -> str:
    return (ROOT / "docs" / "reference" / name).read_text(encoding="utf-8")


def normalized_name(requirement: str) -> str:
    """Return a package's name as indexes compare it (PEP 503)."""
    return re.sub(r"[-_.]+", "-", re.split(r"[\[<>=;~ ]", requirement)[0]).lower()


@pytest.mark.parametrize(
    ("name", "generate"),
    [
        ("commands.md", commands),
        ("configuration.md", configuration),
        ("sites.md", sites),
        ("faults.md", faults_text),
        ("data.md", data_dictionary),
        ("article.schema.json", article_schema),
        ("profile.schema.json", profile_schema_json),
    ],
)
def test_generated_pages_are_up_to_date(name: str, generate: Callable[[], str]) -> None:
    assert read_page(name) == generate(), "run: python docs/make.py"


def test_every_setting_has_a_description() -> None:
    assert [key for key, field in Config.model_fields.items() if not field.description] == []


def test_every_dependency_has_its_reason() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = project["optional-dependencies"].values()
    requirements = [*project["dependencies"], *(line for extra in extras for line in extra)]
    dependencies = {normalized_name(line) for line in requirements}
    cells = [
        line.split("|")[1] for line in read_page("dependencies.md").splitlines() if line.startswith("| ")
    ]
    explained = {normalized_name(name.strip()) for cell in cells for name in cell.split(",")}
    assert dependencies - explained == set(), "without a reason"
    assert explained - dependencies - {"package"} == set(), "no longer a dependency"


def test_every_declared_dependency_is_locked() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    for lock, requirements in (
        ("requirements.lock", project["dependencies"]),
        ("requirements-dev.lock", [*project["dependencies"], *project["optional-dependencies"]["dev"]]),
    ):
        text = (ROOT / lock).read_text(encoding="utf-8")
        locked = {normalized_name(name) for name in re.findall(r"^([A-Za-z0-9_.-]+)==", text, re.MULTILINE)}
        assert {normalized_name(line) for line in requirements} <= locked, f"{lock}: run make lock"
        assert "--hash=sha256:" in text
        assert "://" not in text, "a lock names no index"


def heading_anchors(text: str) -> set[str]:
    """Return the anchors of a page's headings, as GitHub and MkDocs make them for plain ASCII."""
    headings = re.findall(r"^#+ (.*)$", re.sub(r"^```.*?^```", "", text, flags=re.M | re.S), re.MULTILINE)
    plain_headings = [re.sub(r"[`*]|[^\w\s-]", "", heading.lower()).strip() for heading in headings]
    return {re.sub(r"\s+", "-", heading) for heading in plain_headings}


@pytest.mark.parametrize("page", DOCS, ids=lambda page: page.name)
def test_links_lead_somewhere_and_commands_exist(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    for target, anchor in re.findall(r"\]\(([^)#]*)(?:#([^)]*))?\)", text):
        if "://" not in target:
            file = page.parent / target if target else page
            assert file.exists(), target
            assert not anchor or anchor in heading_anchors(file.read_text(encoding="utf-8")), (target, anchor)
    commands_page = commands()
    for command in re.findall(r"^(?:\.venv/bin/)?congdoan (?:--data \S+ )?([a-z]+)", text, re.MULTILINE):
        assert f"## congdoan {command}\n" in commands_page, command
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for name in re.findall(r"^make ([a-z]+)", text, re.MULTILINE):
        assert f"\n{name}:" in makefile, name


@pytest.mark.parametrize("page", DOCS, ids=lambda page: page.name)
def test_files_and_names_of_code_in_the_docs_exist(page: Path) -> None:
    if page.name in CHANGED_NAMES:
        return
    text = page.read_text(encoding="utf-8")
    for path in re.findall(r"`((?:crawler|spiders|pipelines|storage|tests|benchmarks|docs)/[\w./-]+)`", text):
        assert (ROOT / path).exists(), path
    for name in re.findall(r"`((?:crawler|spiders|pipelines|storage)\.[a-z_]+\.[\w.]+)", text):
        assert pkgutil.resolve_name(name), name


def test_every_choice_has_the_date_it_was_made() -> None:
    page = (ROOT / "docs" / "explanation" / "choices.md").read_text(encoding="utf-8")
    choices = re.findall(r"^### (.*)$", page, re.MULTILINE)
    assert len(choices) >= 50
    assert [title for title in choices if not re.search(r"\(20\d\d-\d\d-\d\d[^)]*\)$", title)] == []


def test_every_outcome_and_health_line_is_explained() -> None:
    page = read_page("reports.md")
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
    assert text.count("\n") <= MAX_MODULE_LINES
    tree = ast.parse(text)
    assert ast.get_docstring(tree) or "migrations" in module.parts
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and "migrations" not in module.parts:
            size = (node.end_lineno or 0) - node.lineno + 1
            assert size <= MAX_FUNCTION_LINES, f"{node.name} has {size} lines"


def test_package_docstrings_are_short() -> None:
    for module in MODULES:
        if module.name == "__init__.py" and "migrations" not in module.parts:
            tree = ast.parse(module.read_text(encoding="utf-8"))
            docstring = ast.get_docstring(tree) or ""
            assert 1 <= len(docstring.splitlines()) <= MAX_PACKAGE_DOCSTRING_LINES, module
            assert len(tree.body) == 1, f"{module}: the __init__.py of a package is its docstring"


def test_no_site_needs_code_and_no_profile_is_long() -> None:
    paths = sorted((ROOT / "spiders" / "sites").rglob("*.toml"))
    assert len(paths) == len(load_profiles()) >= 5
    for path in paths:
        lines = [line for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
        assert len(lines) <= 40, path


def test_shared_pages_are_not_part_of_the_repository() -> None:
    assert [name for name in tracked_files() if name.startswith("shared/")] == []
