"""Every platform's recordings, crawled again with no network, held against their goldens and the truth."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.offline import offline
from tests.platforms import recorded
from tests.platforms.family import families
from tests.sites import golden as goldens

FAMILIES = families()
LARGEST = 4_000_000  # bytes of all recordings together
AGAIN = (
    "`make record-platforms` records them again, `python -m tests.platforms.record --golden` only the goldens"
)


@pytest.mark.parametrize("family", sorted(FAMILIES))
def test_a_platforms_recordings_are_stored_as_is_true_of_its_replicas(family: str, tmp_path: Path) -> None:
    systems = recorded.chosen(family)
    with offline():
        found = recorded.replayed(systems, recorded.FOLDER / family, tmp_path)
    world = recorded.truth(systems)
    for key, told in found.items():
        golden = goldens.load(recorded.golden_of(family, key))
        assert not goldens.difference(golden, told), f"{key}: {goldens.difference(golden, told)}\n{AGAIN}"
        assert recorded.untrue(golden, world[key]) == []
        assert told["report"]["healthy"] is True
    assert sorted(found) == sorted(system.key for system in systems)


@pytest.mark.parametrize("family", sorted(FAMILIES))
def test_every_generation_is_recorded_and_every_skin_that_is_new_with_it(family: str) -> None:
    systems = recorded.chosen(family)
    generations = {system.templates for system in FAMILIES[family]}
    assert {system.templates for system in systems} == generations
    assert len({system.skin for system in systems}) == len(systems)
    for system in systems:
        assert recorded.cassette_of(family, system.key).exists(), AGAIN


def test_recordings_are_small_and_none_is_left_over() -> None:
    kept = sorted(path for path in recorded.FOLDER.rglob("*") if path.is_file())
    known = {
        path
        for family in FAMILIES
        for system in recorded.chosen(family)
        for path in (recorded.cassette_of(family, system.key), recorded.golden_of(family, system.key))
    }
    assert [path for path in kept if path not in known] == []
    assert sum(path.stat().st_size for path in kept) < LARGEST


def test_what_is_not_so_is_told() -> None:
    """The check itself can fail, field by field."""
    systems = recorded.chosen("vnpt")
    site = next(iter(recorded.truth(systems).values()))
    path = recorded.golden_of("vnpt", site.key)
    assert recorded.untrue(goldens.load(path), site) == []
    spoiled = {
        "title": "Đại hội",
        "lead": "Sai",
        "author": "Không ai",
        "published": "1999-01-01",
        "section": "Khác",
        "prefix": "XYZ",
        "body": ["Chỉ một dòng"],
        "images": ["https://x.example/a.jpg"],
        "attachments": ["https://x.example/a.pdf | Kế hoạch"],
        "url": f"https://{site.domain}/khac",
    }
    for name, value in spoiled.items():
        golden = goldens.load(path)
        golden["articles"][0][name] = value
        assert recorded.untrue(golden, site), name
    golden = goldens.load(path)
    lost = golden["articles"].pop()
    assert recorded.untrue(golden, site) == [f"{lost['url']} is missing"]
