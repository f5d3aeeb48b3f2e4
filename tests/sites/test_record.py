"""Recording a site: a sample of a live one is small and plays back; an unchanged golden stays read."""

from __future__ import annotations

import json
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from crawler.config import Config
from crawler.demo.server import ReplicaServer
from spiders.profile.site_profile import load_profiles
from tests.cassettes import playing
from tests.offline import offline
from tests.sites import golden as goldens
from tests.sites import record

SITE = "van_phong_dbqh_hdnd"
PAGE = {"site": SITE, "articles": [{"url": "https://x.example/1", "title": "Đại hội"}], "urls": {}}


def test_a_live_site_gives_a_sample_that_plays_back(tmp_path: Path) -> None:
    """The replica stands for the web: four listing pages of articles, of which ten are asked."""
    profile, cassette = load_profiles()[SITE], tmp_path / "site.yaml"
    with ReplicaServer(scale=0.25, sites=[SITE]) as server:
        config = Config(data=tmp_path / "recorded", dial=server.dial, delay=0, workers=1)
        recorded = record.record_live(profile, cassette, config)
        asked = [request.path for request in server.requests]
    assert asked[:2] == ["/robots.txt", "/"]
    assert len(asked) == len(set(asked)) == 1 + 2 + goldens.SAMPLE
    assert recorded["report"]["ending"] == "budget"
    assert len(recorded["articles"]) >= goldens.SAMPLE - 2  # dead links are among the newest
    assert cassette.stat().st_size < record.LARGEST
    sampled = goldens.as_recorded(profile, "live")
    with offline():
        config = goldens.replay_config(tmp_path / "replayed", profile)
        assert goldens.difference(recorded, goldens.crawled(sampled, config, playing(cassette))) == ""


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(goldens, "SITES", tmp_path)
    path = goldens.golden_of(SITE)
    path.parent.mkdir()
    return path


def test_a_new_golden_is_unread_until_a_person_says_so(place: Path) -> None:
    assert record.write(SITE, PAGE)["read_by_a_person"] is False
    read = {
        **goldens.load(place),
        "read_by_a_person": True,
        "read_on": "2026-11-21",
        "read_note": "beside the page",
    }
    goldens.save(place, read)
    assert record.write(SITE, PAGE) == read
    changed = {**PAGE, "articles": [{"title": "Hội nghị"}]}
    assert record.write(SITE, changed)["read_by_a_person"] is False
    assert goldens.load(place)["read_on"] is None


def test_a_golden_is_lines_a_person_can_read(place: Path) -> None:
    record.write(SITE, PAGE)
    assert '"title": "Đại hội"' in place.read_text(encoding="utf-8")
    assert json.loads(place.read_text(encoding="utf-8"))["articles"] == PAGE["articles"]


def test_a_difference_names_the_article_and_the_field() -> None:
    found = {**PAGE, "articles": [{"url": "https://x.example/1", "title": "Hội nghị"}]}
    assert goldens.difference(PAGE, {**PAGE, "read_on": "2026-11-21"}) == ""
    assert goldens.difference(PAGE, found).splitlines() == [
        "- golden",
        "+ this crawl",
        "- articles https://x.example/1 title: Đại hội",
        "+ articles https://x.example/1 title: Hội nghị",
    ]


def test_a_cassette_that_is_too_large_is_not_kept(tmp_path: Path) -> None:
    new, place = tmp_path / "new.yaml", tmp_path / "kept.yaml"
    new.write_bytes(b"#" * (record.LARGEST + 1))
    with pytest.raises(click.ClickException, match="400001 bytes recorded"):
        record.keep(new, place)
    assert not place.exists()


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["noi_khac"], "no site is called noi_khac; there are "),
        ([SITE, "--live"], "its home is not identified"),
        ([SITE, "--golden"], "has no recording yet"),
    ],
)
def test_what_cannot_be_recorded_is_told(arguments: list[str], told: str, place: Path) -> None:
    said = CliRunner().invoke(record.main, arguments)
    assert said.exit_code != 0
    assert told in said.output
    assert not place.exists()
