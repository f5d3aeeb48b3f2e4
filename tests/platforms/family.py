"""How a family's replicas are put together: every skin in every generation."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date as Day
from pathlib import Path
from types import ModuleType
from typing import Any

from crawler.demo.site_systems import ReplicaSection, System

HERE = Path(__file__).parent
COUNT = 44  # articles, one in eleven of them taken over from another skin or generation


@dataclass(frozen=True, slots=True)
class Skin:
    """One owner's dress of a system: its outer template, sections, addresses and menu."""

    file: str
    name: str
    place: str  # in the demo's prose
    sections: tuple[ReplicaSection, ...]
    forms: Mapping[str, str]  # URL forms by the field of System they fill
    extra: Mapping[str, str]
    habits: Mapping[str, Any] = field(default_factory=dict)  # where this skin differs from its family


@dataclass(frozen=True, slots=True)
class Seen:
    """An address of a live site of the family, as stored copies or public code show it."""

    family: str
    path: str
    meaning: str  # its kind, or why it must not be asked

    def __str__(self) -> str:
        return f"{self.family}{self.path[:60]}"


def pair(
    folder: Path,
    *,
    skins: tuple[Skin, ...],
    generations: Mapping[str, tuple[Day, Day]],
    shared: Mapping[str, str],
    habits: Mapping[str, Any],
) -> tuple[System, ...]:
    """One system for each skin and generation; `folder/<generation>` holds its templates."""
    return tuple(
        _system(folder, skin, generation, years, {**shared, **habits, **skin.forms, **skin.habits})
        for generation, years in generations.items()
        for skin in skins
    )


def _system(
    folder: Path, skin: Skin, generation: str, years: tuple[Day, Day], told: Mapping[str, Any]
) -> System:
    dress = skin.file.removeprefix("skin_").removesuffix(".html")
    key = f"{folder.name}_{generation}_{dress}"
    # An address form may differ between generations: `article@v5` is for that one alone.
    plain = {name: value for name, value in told.items() if "@" not in name}
    special = {
        name.partition("@")[0]: value for name, value in told.items() if name.endswith(f"@{generation}")
    }
    facts: dict[str, Any] = {
        "key": key,
        "domain": f"{key.replace('_', '-')}.example",
        "name": skin.name,
        "count": COUNT,
        "years": years,
        "sections": skin.sections,
        "extra": skin.extra,
        "templates": folder / generation,
        "skin": skin.file,
        "place": skin.place,
        "soft_404": "/bai-viet-khong-con.html",
        "dead": "/bai-viet-da-go.html",
        **plain,
        **special,
    }
    return System(**facts)


def _modules() -> dict[str, ModuleType]:
    names = sorted(path.parent.name for path in HERE.glob("*/replicas.py"))
    return {name: importlib.import_module(f"tests.platforms.{name}.replicas") for name in names}


def families() -> dict[str, tuple[System, ...]]:
    """Every family of this folder by name: the `SYSTEMS` of its `replicas.py`."""
    return {name: module.SYSTEMS for name, module in _modules().items()}


def seen_addresses() -> list[Seen]:
    """The `SEEN` of every family: pairs of path and meaning."""
    told = ((name, getattr(module, "SEEN", ())) for name, module in _modules().items())
    return [Seen(name, path, meaning) for name, pairs in told for path, meaning in pairs]
