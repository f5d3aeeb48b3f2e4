"""Every family of systems, in its skins and generations, crawled with site profiles of a few lines."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from crawler.config import Config
from crawler.demo.ground_truth import build_ground_truth
from crawler.demo.score import score_site
from crawler.demo.server import ReplicaServer
from crawler.night.run import crawl
from crawler.night.session import NightSettings
from spiders.profile.site_profile import SPIDERS_FOLDER as SPIDERS
from spiders.profile.site_profile import load_profiles
from spiders.profile_lint import profile_problems
from spiders.urls.classify import classify, site_url
from storage.database.engine import open_database, reading, upgrade
from tests.platforms.family import Seen, families, seen_addresses
from tests.sites.golden import without_images

HERE = Path(__file__).parent
LONGEST = 12  # lines of a site profile whose family is known
LONGEST_FAMILY = 45
FAMILIES = families()
PROFILES = load_profiles(HERE / "sites")
SYSTEMS = {system.key: system for systems in FAMILIES.values() for system in systems}
SYSTEMS_OF = {family: [system.key for system in systems] for family, systems in FAMILIES.items()}
FAMILY_OF = {system.key: family for family, systems in FAMILIES.items() for system in systems}
PICTURED = "aspnet_mvc"  # of one family the pictures are asked too; of all they would double the time
PICTURE = re.compile(r"(?i)\.(?:jpe?g|png|gif|webp)(?:$|\?)")  # asked for its article, whatever its address


@pytest.mark.slow
@pytest.mark.parametrize("family", sorted(FAMILIES))
def test_every_article_is_found_every_field_read_and_nothing_asked_in_vain(
    family: str, tmp_path: Path
) -> None:
    systems = FAMILIES[family]
    with ReplicaServer(1, systems=systems) as server:
        config = Config.model_validate(
            {"data": tmp_path, "dial": dict(server.dial), "delay": 0.0, "workers": 1}
        )
        engine = open_database(config.database_url)
        upgrade(engine)
        told = [PROFILES[system.key] for system in systems]
        profiles = told if family == PICTURED else [without_images(profile) for profile in told]
        result = crawl(config, profiles, NightSettings("one", datetime.now(UTC)))
    with reading(engine) as connection:
        scores = [score_site(connection, site) for site in build_ground_truth(1, systems=systems).sites]
    if family != PICTURED:
        scores = [replace(score, images=(0, 0)) for score in scores]
    engine.dispose()
    assert {
        score.site: (score.missing, score.extra, score.wrong[:5]) for score in scores if not score.good
    } == {}
    assert {
        run.site: run.report["problems"] for run in result.runs if run.report and run.report["problems"]
    } == {}
    assert (len(result.runs), result.healthy) == (len(systems), True)
    assert {key: asked for key in SYSTEMS_OF[family] if (asked := in_vain(key, server))} == {}


def in_vain(site: str, server: ReplicaServer) -> list[str]:
    """What was asked twice, and what the profile itself refuses."""
    profile = PROFILES[site]
    asked = Counter(request.path for request in server.requests if request.site == site)
    known = {path: classify(site_url(path, profile, profile.seeds[0]), profile).refused for path in asked}
    pages = {path: reason for path, reason in known.items() if not PICTURE.search(path)}
    refused = {path for path, reason in pages.items() if reason not in {None, "unmatched"}}
    return sorted({path for path, count in asked.items() if count > 1} | refused)


@pytest.mark.parametrize("family", sorted(FAMILIES))
def test_a_family_has_two_skins_in_two_generations_of_some_size(family: str) -> None:
    systems = FAMILIES[family]
    assert len({system.skin for system in systems}) >= 2
    assert len({system.templates for system in systems}) >= 2
    assert len({system.sections for system in systems}) >= 2
    assert all(system.domain.endswith(".example") for system in systems)
    world = build_ground_truth(1, systems=systems)
    assert all(40 <= len(site.articles) <= 80 for site in world.sites)


def test_a_site_of_a_known_family_is_said_in_a_few_lines() -> None:
    assert sorted(PROFILES) == sorted(SYSTEMS)
    for path in (HERE / "sites").glob("*.toml"):
        assert len(path.read_text(encoding="utf-8").splitlines()) <= LONGEST, path.name
        assert profile_problems(PROFILES[path.stem]) == (), path.name
        assert PROFILES[path.stem].platform == FAMILY_OF[path.stem]


@pytest.mark.parametrize("family", sorted(FAMILIES))
def test_a_family_says_what_it_rests_on(family: str) -> None:
    text = (SPIDERS / "platforms" / f"{family}.toml").read_text(encoding="utf-8")
    about = next(line for line in text.splitlines() if line.startswith("about = "))
    assert "no live page met" in about
    assert len(text.splitlines()) <= LONGEST_FAMILY


@pytest.mark.parametrize("seen", seen_addresses(), ids=str)
def test_addresses_seen_in_stored_copies_are_known_for_what_they_are(seen: Seen) -> None:
    profile = next(PROFILES[key] for key in sorted(SYSTEMS) if FAMILY_OF[key] == seen.family)
    found = classify(site_url(seen.path, profile, profile.seeds[0]), profile)
    assert (found.refused or found.kind) == seen.meaning
