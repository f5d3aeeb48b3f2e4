"""`site new` on the five replicas, without their profiles: the proposal must crawl the whole site right."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from crawler.config import Config, ConfigError
from crawler.demo.ground_truth import build_ground_truth
from crawler.demo.score import SiteScore, score_site
from crawler.demo.server import ReplicaServer
from crawler.demo.site_systems import SYSTEMS
from crawler.ingest.saved_pages import explore_saved
from crawler.night.run import crawl
from crawler.night.session import NightSettings
from crawler.onboarding.explore import MAX_EXPLORE_REQUESTS, ExploreResult, explore_web, read_samples
from spiders.explore.write_profile import SiteDescription, profile_toml, propose_profile
from spiders.profile.site_profile import SiteProfile, load_profile
from spiders.profile_lint import profile_problems
from storage.database.engine import open_database, reading, upgrade

SCALE = 0.25
NOW = datetime.now(UTC)
QUICKEST = "van_phong_dbqh_hdnd"  # the site that `make test` crawls whole


@pytest.fixture(scope="module")
def server() -> Iterator[ReplicaServer]:
    with ReplicaServer(1, scale=SCALE) as running:
        yield running


def config_for(data: Path, server: ReplicaServer, **more: Any) -> Config:
    settings = {"data": data, "dial": dict(server.dial), "delay": 0.0, "workers": 1, "timeout": 30.0, **more}
    return Config.model_validate(settings)


def proposed(explored: ExploreResult, folder: Path, key: str) -> SiteProfile:
    text = profile_toml(
        propose_profile(explored.survey, {}), SiteDescription("office", "a test against a replica")
    )
    assert len([line for line in text.splitlines() if line.strip()]) <= 40
    path = folder / f"{key}.toml"
    path.write_text(text, encoding="utf-8")
    return load_profile(path)


def crawled(config: Config, profile: SiteProfile) -> SiteScore:
    engine = open_database(config.database_url)
    upgrade(engine)
    crawl(config, [profile], NightSettings("one", NOW))
    site = next(site for site in build_ground_truth(1, scale=SCALE).sites if site.key == profile.key)
    with reading(engine) as connection:
        return score_site(connection, site)


@pytest.mark.parametrize(
    "key", [key if key == QUICKEST else pytest.param(key, marks=pytest.mark.slow) for key in SYSTEMS]
)
def test_what_is_proposed_crawls_the_whole_site(key: str, server: ReplicaServer, tmp_path: Path) -> None:
    config = config_for(tmp_path / "archive", server)
    server.clear_log()
    explored = explore_web(config, SYSTEMS[key].home, NOW)
    assert len(server.requests) == explored.requests <= MAX_EXPLORE_REQUESTS
    assert {request.site for request in server.requests} == {key}
    disallowed = SYSTEMS[key].disallow
    assert not disallowed or not [one for one in server.requests if one.path.startswith(disallowed)]
    profile = proposed(explored, tmp_path, key)
    assert profile_problems(profile) == ()
    score = crawled(config, profile)
    assert score.matched >= 0.95 * score.true_count
    assert len(score.extra) <= 0.05 * score.true_count
    assert min(score.titles, score.days) >= 0.95
    assert score.bodies >= 0.98


def test_every_exchange_is_recorded_and_the_recording_explores_to_the_same_profile(
    server: ReplicaServer, tmp_path: Path
) -> None:
    key = "cong_thong_tin_huyen"
    config = config_for(tmp_path / "archive", server)
    live = explore_web(config, SYSTEMS[key].home, NOW)
    (warc,) = config.warcs.glob("explore-*.warc.gz")
    again = explore_saved(warc, SYSTEMS[key].home, NOW)
    assert set(again.survey.pages) == set(live.survey.pages)
    mine, theirs = (propose_profile(one.survey, {}) for one in (live, again))
    assert replace(mine, doubts=()) == replace(theirs, doubts=())


@pytest.mark.slow
def test_saved_pages_in_a_directory_will_do(server: ReplicaServer, tmp_path: Path) -> None:
    key = "congdoanbackan"
    config = config_for(tmp_path / "archive", server)
    live = explore_web(config, SYSTEMS[key].home, NOW)
    folder = tmp_path / "saved"
    for url, look in live.survey.pages.items():
        path = folder / url.partition("://")[2].partition("/")[2].replace("?", "%3F")
        path = path / "index.html" if path.suffix != ".html" else path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(look.source.body)
    saved = explore_saved(folder, SYSTEMS[key].home, NOW)
    profile = proposed(saved, tmp_path, key)
    score = crawled(config, profile)
    assert score.matched >= 0.95 * score.true_count
    assert min(score.titles, score.days) >= 0.95


def test_the_sample_tells_where_each_field_is_from(server: ReplicaServer, tmp_path: Path) -> None:
    key = "congdoanbackan"
    explored = explore_web(config_for(tmp_path / "archive", server), SYSTEMS[key].home, NOW)
    profile = proposed(explored, tmp_path, key)
    read = [each.result.article for each in read_samples(explored.survey, profile)]
    articles = [article for article in read if article]
    assert len(articles) >= 4
    for article in articles:
        assert {"title", "published"} <= {told.field for told in article.provenance}


def test_a_live_site_is_not_asked_without_a_contact_address(tmp_path: Path) -> None:
    config = Config.model_validate({"data": tmp_path})
    with pytest.raises(ConfigError, match="contact address"):
        explore_web(config, "https://congdoan.example/", NOW)
    assert not list(tmp_path.iterdir())


def test_a_folder_without_pages_is_told(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no page in it"):
        explore_saved(tmp_path, "https://congdoan.example/", NOW)
