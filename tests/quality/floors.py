"""Floors of the reader's quality: what it reached on a sample of the gold pages, by family and field."""

from __future__ import annotations

import json
import math
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date as Day
from pathlib import Path
from typing import Any

from benchmarks.reading.answers import answer_of
from benchmarks.reading.gold import GoldPage, replica_families, replica_pages
from benchmarks.reading.labels import FAMILY, LabelsError, labelled_pages
from benchmarks.reading.ours import read_page
from benchmarks.reading.score import FAULTS, score
from tests.offline import offline

FILE = Path(__file__).parent / "floors.toml"
EACH = 4  # pages of every replica site
ABOUT = """\
# What the reader reached on the sample of tests/quality, by family of systems. Made by `make floors`, which
# raises shares (0-1) and lowers the counts of swapped, invented and decoy dates; never edited by hand.
# To let one fall: python -m tests.quality.raise_floors --lower FAMILY.FIELD --reason "why it may"; the reason
# is kept at the end of this file.
"""
Figures = Mapping[str, Mapping[str, float]]  # family → field → share, or number of faults


@dataclass(frozen=True, slots=True)
class Fall:
    """A floor that was lowered on purpose."""

    field: str  # family.field
    before: float
    after: float
    reason: str
    on: Day


@dataclass(frozen=True, slots=True)
class Floors:
    """The file's content."""

    figures: Figures
    lowered: tuple[Fall, ...] = ()


def load(path: Path = FILE) -> Floors:
    """The floors as pinned; empty where there is no file yet."""
    if not path.exists():
        return Floors({})
    values = tomllib.loads(path.read_text(encoding="utf-8"))
    return Floors(values.get("floors", {}), tuple(Fall(**fall) for fall in values.get("lowered", [])))


def save(floors: Floors, path: Path = FILE) -> None:
    """Write the file, families and fields in a fixed order."""
    lines = [ABOUT]
    for family, fields in floors.figures.items():
        lines += [f'[floors."{family}"]', *(f"{name} = {_figure(name, fields[name])}" for name in fields), ""]
    for fall in floors.lowered:
        values = (f"{name} = {json.dumps(getattr(fall, name), ensure_ascii=False)}" for name in _TOLD)
        lines += ["[[lowered]]", *values, f"on = {fall.on.isoformat()}", ""]
    path.write_text("\n".join(lines), encoding="utf-8")


_TOLD = ("field", "before", "after", "reason")


def _figure(name: str, value: float) -> str:
    return str(int(value)) if name in FAULTS else f"{value:.4f}"


def sample() -> dict[str, list[GoldPage]]:
    """The fixed sample: pages by family, and the labelled real pages where they are."""
    pages = {family: list(replica_pages(family, EACH)) for family in replica_families()}
    try:
        return {**pages, FAMILY: labelled_pages()}
    except LabelsError:
        return pages


def read_all(pages: Mapping[str, list[GoldPage]]) -> dict[str, dict[str, Any]]:
    """Our answers by page, as JSON; nothing but this process can be reached meanwhile."""
    with offline():
        return {page.ident: read_page(page) for group in pages.values() for page in group}


def measure(pages: Mapping[str, list[GoldPage]], answers: Mapping[str, dict[str, Any]]) -> Figures:
    """The figures of every family; shares rounded down to four places."""
    values = {ident: answer_of(answer) for ident, answer in answers.items()}
    return {
        family: {
            name: math.floor(value * 1e4) / 1e4 for name, value in score(group, values).figures().items()
        }
        for family, group in pages.items()
    }


def is_worse(name: str, value: float, floor: float) -> bool:
    """Whether a figure is below its floor; of faults: above."""
    return value > floor if name in FAULTS else value < floor


def fallen(floors: Figures, figures: Figures) -> list[str]:
    """One line for each figure below its floor, and for each that is no longer counted at all."""
    lines = []
    for family, name, floor in _all(floors):
        if family == FAMILY and family not in figures:
            continue  # the labelled pages are not everywhere
        value = figures.get(family, {}).get(name)
        if value is None:
            lines.append(f"{family}.{name}: no page of the sample has it any more (floor {floor})")
        elif is_worse(name, value, floor):
            lines.append(f"{family}.{name}: {value}, floor {floor}")
    return lines


def risen(floors: Figures, figures: Figures) -> list[str]:
    """One line for each figure above its floor, and for each that has none yet."""
    return [
        f"{family}.{name}: {value}, floor {floors.get(family, {}).get(name, 'none')}"
        for family, name, value in _all(figures)
        if name not in floors.get(family, {}) or is_worse(name, floors[family][name], value)
    ]


def _all(figures: Figures) -> list[tuple[str, str, float]]:
    return [(family, name, value) for family, fields in figures.items() for name, value in fields.items()]


def raised(floors: Figures, figures: Figures) -> dict[str, dict[str, float]]:
    """The better of floor and figure, everywhere."""
    better = {family: dict(fields) for family, fields in floors.items()}
    for family, name, value in _all(figures):
        family_floors = better.setdefault(family, {})
        family_floors[name] = (
            value
            if name not in family_floors or is_worse(name, family_floors[name], value)
            else family_floors[name]
        )
    return better
