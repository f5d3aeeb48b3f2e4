"""`congdoan site list` and `site show`: the registry as its users meet it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from crawler.cli.main import run
from crawler.cli.output.sites import filtered_profiles, lineage_text, place_text, valid_text
from spiders.profile.site_profile import SiteProfile, load_profiles

PROFILES = load_profiles()


@pytest.fixture(autouse=True)
def quiet(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in [name for name in os.environ if name.startswith("CONGDOAN_") and "TEST" not in name]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)


def keys(**filters: str) -> list[str]:
    return [profile.key for profile in filtered_profiles(PROFILES.values(), **filters)]


def test_filters_narrow_together() -> None:
    assert keys() == sorted(PROFILES)
    assert "congdoanquangnam" in keys(level="province", status="unknown")
    assert "congdoanquangnam" not in keys(level="province", status="live")
    assert keys(status="dark") == []


def test_a_place_is_that_of_its_time_or_what_it_is_now() -> None:
    assert keys(place="quang_nam") == ["congdoanquangnam"]
    assert keys(place="da_nang") == ["congdoandanang", "congdoanquangnam"]


def test_list_prints_the_chosen_and_their_number(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["site", "list", "--place", "da_nang"]) == 0
    said = capsys.readouterr().out
    assert "Quảng Nam (now Đà Nẵng)" in said
    assert "← congdoanquangnam" in said
    assert "→ congdoandanang" in said
    assert "2 sites: 1 live, 1 unknown" in said
    assert run(["site", "list", "--status", "dark"]) == 0
    assert "0 sites: none matches the filters" in capsys.readouterr().out


def test_a_filter_that_is_none_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["site", "list", "--place", "ha_tay"]) != 0
    assert "ha_tay is none of the 63 provinces" in capsys.readouterr().err
    assert run(["site", "list", "--level", "village"]) != 0


def test_show_prints_a_whole_profile(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["site", "show", "congdoanquangnam"]) == 0
    said = capsys.readouterr().out
    for told in (
        "Quảng Nam (now Đà Nẵng)",
        "until 2025-06-30",
        "the night does not visit it",
        "no live page",
    ):
        assert told in said
    assert "congdoandanang (merged, 2025-07-01): " in said
    assert "rules of its own: none" in said, "they are its platform's"
    assert run(["site", "show", "vatm"]) == 0
    assert r"urls.article: ^/cd/[^/]+-n\d+\.html$" in capsys.readouterr().out


@pytest.mark.parametrize("key", sorted(PROFILES))
def test_every_profile_can_be_shown(key: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["site", "show", key]) == 0
    said = capsys.readouterr().out
    assert PROFILES[key].verified in said
    for pattern in PROFILES[key].urls.article if PROFILES[key].platform is None else ():
        assert pattern in said


def test_show_of_no_site(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["site", "show", "nowhere"]) != 0
    assert "no site is called nowhere" in capsys.readouterr().err


def made(**more: object) -> SiteProfile:
    told = {"name": "A", "domain": "a.vn", "level": "ward", "verified": "", "seeds": ["https://a.vn/"]}
    return SiteProfile.model_validate({"key": "a", **told, **more})


def test_what_is_not_known_is_left_empty() -> None:
    site = made(place="nowhere")
    assert (place_text(site), valid_text(site), lineage_text(site)) == ("nowhere", "", "")
    assert valid_text(made(valid_from="2025-07-01")) == "2025-07-01 on"
    assert valid_text(made(valid_from="2020-01-01", valid_until="2025-06-30")) == "2020-01-01 to 2025-06-30"
