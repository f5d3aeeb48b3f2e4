"""What the replica engine promises to systems that are handed in from elsewhere."""

from __future__ import annotations

from dataclasses import replace
from datetime import date as Day

import pytest

from crawler.demo.ground_truth import build_ground_truth
from crawler.demo.server import ReplicaServer
from crawler.demo.site_systems import BAC_KAN, DEMO_SYSTEMS, System

BARE = replace(
    BAC_KAN,
    key="khac",
    domain="khac.example",
    place="congdoanbackan",
    article="/{moment:%Y/%m}/{slug}/",
    years=(Day(2020, 5, 1), Day(2020, 5, 20)),
    slug_cut=8,  # so short that many titles share it
)


def paths(system: System, night: int) -> list[str]:
    (site,) = build_ground_truth(night, systems=(system,)).sites
    return [article.url.removeprefix("https://khac.example") for article in site.articles]


def test_a_system_from_elsewhere_stands_alone_and_leaves_the_demo_as_it_was() -> None:
    before = build_ground_truth(1, scale=0.05)
    world = build_ground_truth(1, scale=0.05, systems=(BARE,))
    assert [(site.key, site.domain) for site in world.sites] == [("khac", "khac.example")]
    assert build_ground_truth(1, scale=0.05, systems=DEMO_SYSTEMS) == before


@pytest.mark.parametrize("night", [1, 2])
def test_an_address_already_taken_gets_the_next_number_on_both_nights(night: int) -> None:
    found = paths(BARE, night)
    assert len(found) == len(set(found))
    assert any(path.endswith("-2/") for path in found)
    assert all(path.startswith("/2020/05/") for path in found)


def test_only_systems_handed_in_can_be_named() -> None:
    with pytest.raises(ValueError, match="there are khac"):
        ReplicaServer(systems=(BARE,), sites=["congdoanbackan"])
