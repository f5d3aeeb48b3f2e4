"""A night on PostgreSQL: the same path, the same truth."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from crawler.config import Config
from crawler.demo.ground_truth import GroundTruth, build_ground_truth
from crawler.demo.score import score_changes, score_site
from crawler.demo.server import ReplicaServer
from crawler.night.run import crawl
from crawler.night.session import NightSettings
from spiders.profile.site_profile import load_profiles
from storage.articles import changes as feed
from storage.database.engine import open_database, reading, upgrade

SCALE = 0.08
SITES = ("congdoanbackan", "van_phong_dbqh_hdnd")


@pytest.fixture
def server() -> Iterator[ReplicaServer]:
    with ReplicaServer(1, scale=SCALE, sites=SITES) as running:
        yield running


@pytest.mark.postgresql
def test_two_nights_on_postgresql_agree_with_the_truth(
    server: ReplicaServer, tmp_path: Path, postgres_url: str
) -> None:
    profiles = [load_profiles()[key] for key in SITES]
    told = {"data": tmp_path, "database": postgres_url, "dial": dict(server.dial), "delay": 0.0, "workers": 1}
    config = Config.model_validate(told)
    engine = open_database(postgres_url)
    upgrade(engine)
    first = crawl(config, profiles, NightSettings("one", datetime.now(UTC)))
    with reading(engine) as connection:
        since = feed.newest(connection)
    server.night = 2
    second = crawl(config, profiles, NightSettings("two", datetime.now(UTC), revisit_all=True))
    assert first.healthy
    assert second.healthy
    before, after = _only(1), _only(2)
    with reading(engine) as connection:
        assert [score.wrong for site in after.sites if not (score := score_site(connection, site)).good] == []
        assert score_changes(connection, before, after, since).good
    engine.dispose()


def _only(night: int) -> GroundTruth:
    world = build_ground_truth(night, scale=SCALE)
    return replace(world, sites=tuple(site for site in world.sites if site.key in SITES))
