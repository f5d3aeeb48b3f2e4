"""What we run on: every package locked by hash, complete, from nowhere else, under a licence we know.

Offline, in `make check`. Known vulnerabilities and yanked versions need the advisory databases: `make audit`.
"""

from __future__ import annotations

import re
import tomllib
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from typing import Any

import pytest
from packaging.markers import default_environment
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.paths import ROOT

LOCKS = ("requirements.lock", "requirements-dev.lock")
HASH = re.compile(r"--hash=sha256:[0-9a-f]{64}")
KNOWN = re.compile(
    r"(?i)\b(mit|bsd|0bsd|apache|isc|psf|python software foundation|zpl|zope public|mpl|mozilla|unlicense|"
    r"public domain|cc0|hpnd|zlib|lgpl|lesser general public|eclipse|cnri)\b"
)
# Copyleft beyond the file or library would bind whoever passes the archive on.
UNWANTED = re.compile(
    r"(?i)\b(agpl|affero|sspl|busl|commons clause)\b|(?<!lesser )general public license|(?<![la])gpl"
)
# Packages whose metadata say no licence or say it oddly: read by a person, with what was found.
READ = {"tld": "MPL-1.1 (of the three it offers)"}


def entries(lock: str) -> list[tuple[Requirement, int]]:
    """Every requirement of a lock and the number of its hashes."""
    text = (ROOT / lock).read_text(encoding="utf-8").replace("\\\n", " ")
    found = []
    for line in filter(None, map(str.strip, text.splitlines())):
        hashes = HASH.findall(line)
        rest = HASH.sub("", line).strip()
        assert "--" not in rest, f"{lock}: an option: {rest}"
        found.append((Requirement(rest), len(hashes)))
    return found


@pytest.mark.parametrize("lock", LOCKS)
def test_everything_is_pinned_hashed_and_from_the_index_alone(lock: str) -> None:
    for requirement, hashes in entries(lock):
        assert hashes, f"{requirement}: without a hash"
        assert requirement.url is None, requirement
        assert re.fullmatch(r"==[^*,]+", str(requirement.specifier)), requirement


def test_what_is_run_is_what_is_tested() -> None:
    run, dev = ({str(r.name): str(r.specifier) for r, _ in entries(lock)} for lock in LOCKS)
    assert {name: dev.get(name) for name in run} == run


def needed(extras: frozenset[str]) -> dict[str, Distribution]:
    """Everything our package needs here, and what that needs, by name."""
    found: dict[str, Distribution] = {}
    told = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    lines = [
        *told["dependencies"],
        *(line for extra in extras for line in told["optional-dependencies"][extra]),
    ]
    own = [requirement for requirement in map(Requirement, lines) if applies(requirement, extras)]
    todo = [(requirement.name, frozenset(requirement.extras)) for requirement in own]
    done: set[tuple[str, frozenset[str]]] = set()
    while todo:
        name, wanted = todo.pop()
        if (name, wanted) in done:
            continue
        done.add((name, wanted))
        try:
            known = distribution(name)
        except PackageNotFoundError:
            pytest.skip(f"{name} is not installed")
        found[canonicalize_name(name)] = known
        todo += [
            (r.name, frozenset(r.extras))
            for r in map(Requirement, known.requires or ())
            if applies(r, wanted)
        ]
    return found


def applies(requirement: Requirement, extras: frozenset[str]) -> bool:
    told: dict[str, Any] = {**default_environment()}
    marker = requirement.marker
    return marker is None or any(marker.evaluate({**told, "extra": extra}) for extra in (*extras, ""))


@pytest.mark.parametrize(("lock", "extras"), [(LOCKS[0], frozenset()), (LOCKS[1], frozenset({"dev"}))])
def test_the_lock_holds_everything_that_is_needed(lock: str, extras: frozenset[str]) -> None:
    locked = {canonicalize_name(r.name) for r, _ in entries(lock)}
    assert set(needed(extras)) - locked == set(), "run: make lock"


def licence(known: Distribution) -> str:
    told: Any = known.metadata  # a Message; its stub knows half of it
    names = [told.get("License-Expression") or "", (told.get("License") or "").partition("\n")[0]]
    names += [
        each.rpartition("::")[2] for each in told.get_all("Classifier") or () if each.startswith("License")
    ]
    return " | ".join(filter(None, (name.strip()[:100] for name in names)))


def test_every_licence_is_known() -> None:
    odd = {}
    for name, known in needed(frozenset()).items():
        told = READ.get(name) or licence(known)
        if not KNOWN.search(told) or UNWANTED.search(told.replace("Lesser General", "")):
            odd[name] = told or "says none"
    assert odd == {}
