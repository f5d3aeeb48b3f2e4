"""The sites of the year: the demo's five, every family's skins and generations, and namesakes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from crawler.demo.site_systems import DEMO_SYSTEMS, System
from spiders.profile.site_profile import SPIDERS_FOLDER as SPIDERS
from tests.platforms.family import HERE as PLATFORMS
from tests.platforms.family import families

ARTICLES = 10  # of a site on the first night: a year of small sites, not a year of backfill
EVERY = re.compile(r'^every = ".*"\n', re.MULTILINE)
TABLE = re.compile(r"^\[", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Place:
    """A replica site and the profile it is crawled with."""

    system: System
    profile: str  # TOML


def places(count: int) -> tuple[Place, ...]:
    """The first `count` sites, one family after the other in turn."""
    found: list[Place] = []
    for place in _endless():
        if len(found) == count:
            break
        found.append(place)
    return tuple(found)


def write_profiles(chosen: tuple[Place, ...], folder: Path) -> None:
    """The folder of profiles that `congdoan` is pointed at."""
    folder.mkdir(parents=True, exist_ok=True)
    for place in chosen:
        (folder / f"{place.system.key}.toml").write_text(place.profile, encoding="utf-8")


def _endless() -> Iterator[Place]:
    turn = 0
    while True:
        for place in _once():
            yield place if not turn else _namesake(place, turn)
        turn += 1


def _once() -> Iterator[Place]:
    paths = {path.stem: path for path in (*PLATFORMS.glob("sites/*.toml"), *SPIDERS.glob("sites/*/*.toml"))}
    groups = [list(DEMO_SYSTEMS), *(list(systems) for systems in families().values())]
    for rank in range(max(map(len, groups))):
        for group in groups:
            if rank < len(group):
                yield _place(group[rank], paths[group[rank].key])


def _place(system: System, path: Path) -> Place:
    text = EVERY.sub("", path.read_text(encoding="utf-8"))
    first = TABLE.search(text)
    cut = first.start() if first else len(text)
    # pictures are asked in tests of their own: here they would be most of the requests
    text = f'{text[:cut].rstrip()}\nevery = "1d"\n\n[fetch]\nimages = false\n\n{text[cut:]}'
    return Place(replace(system, count=ARTICLES, place=system.place or system.key), text)


def _namesake(place: Place, turn: int) -> Place:
    """The same system with another owner: its own key, domain and articles."""
    system = place.system
    domain = f"so{turn}-{system.domain.rpartition('.')[0].replace('.', '-')}.example"
    made = replace(
        system, key=f"{system.key}_so{turn}", domain=domain, templates=system.templates or _templates(system)
    )
    return Place(made, place.profile.replace(system.domain, domain))


def _templates(system: System) -> Path:
    from crawler.demo.pages import TEMPLATES

    return TEMPLATES / system.key
