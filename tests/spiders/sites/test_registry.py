"""The registry: where profiles stand, what they may claim, what their patterns were seen to match."""

from __future__ import annotations

import ast
import re
import tomllib
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from datetime import date as Day
from pathlib import Path
from typing import Any

import pytest

from crawler.demo.site_systems import SYSTEMS
from crawler.night.plan import NEVER_ASKED, due_sites
from spiders.profile.provinces import REFORM, province_on, provinces
from spiders.profile.site_profile import (
    SPIDERS_FOLDER,
    ProfileError,
    SiteProfile,
    load_profile,
    load_profiles,
)
from spiders.profile_lint import profile_problems, registry_problems
from spiders.urls.classify import classify, site_url
from tests.paths import ROOT

PATHS = {path.stem: path for path in sorted((SPIDERS_FOLDER / "sites").rglob("*.toml"))}
PROFILES = load_profiles()
SEEN: dict[str, dict[str, list[str]]] = tomllib.loads(
    (Path(__file__).parent / "urls.toml").read_text(encoding="utf-8")
)
FILLED = {"{id}": "4711", "{page}": "2", "{slug}": "-".join(["tin", "cong", "doan"] * 6)}
LAST_DAY = Day(2025, 6, 30)  # of the districts and of the 63 provinces
FOLDERS = {"nganh": {"sector", "grassroots"}, "trung_uong": {"central", "press", "aggregator"}}


def seen(key: str, kind: str) -> list[str]:
    return [filled(url) for url in SEEN.get(key, {}).get(kind, [])]


def filled(url: str) -> str:
    for mark, value in FILLED.items():
        url = url.replace(mark, value)
    return url


def addresses() -> Iterator[Any]:
    for key, kinds in SEEN.items():
        for kind, urls in kinds.items():
            for number, url in enumerate(urls):
                yield pytest.param(key, kind, filled(url), id=f"{key}-{kind}-{number}")


@pytest.mark.parametrize("key", sorted(PATHS))
def test_a_profile_stands_where_its_time_put_it_and_is_named_after_its_domain(key: str) -> None:
    profile, folder = PROFILES[key], PATHS[key].parent.name
    assert re.fullmatch(r"[a-z][a-z0-9]*(_[a-z0-9]+)*", key)
    if profile.status == "unidentified":
        assert folder == "unidentified"
        assert profile.domain.endswith(".example")
        return
    assert not profile.domain.endswith(".example")
    assert re.sub(r"[.-]", "", profile.domain).startswith(key.replace("_", ""))
    if folder in FOLDERS:
        assert profile.level in FOLDERS[folder]
        assert profile.place is None
    else:
        assert profile.place == folder


@pytest.mark.parametrize("key", sorted(PATHS))
def test_a_profile_is_short_and_claims_nothing_it_has_not_seen(key: str) -> None:
    profile = PROFILES[key]
    assert len(PATHS[key].read_text(encoding="utf-8").splitlines()) <= 40
    claim, _, confession = profile.verified.rpartition("no live page seen")
    assert not confession
    assert not re.search(r"(?i)\blive (page|site|check)|\bchecked live", claim)
    assert profile.sources or key in SYSTEMS, "say what its facts rest on"
    if profile.status in {"live", "frozen"}:
        told = PATHS[key].read_text(encoding="utf-8")
        assert re.search(rf'^status = "{profile.status}"', told, re.MULTILINE), "never by default"
        evidence = re.search(r'^status = "live"  # .*\b20(25|26)\b', told, re.MULTILINE)
        assert evidence or profile.status != "live", "a living site shows something from after the reform"


def test_nothing_is_wrong_with_any_profile_or_between_them() -> None:
    between = registry_problems(PROFILES)
    found = {key: (*profile_problems(profile), *between[key]) for key, profile in PROFILES.items()}
    assert {key: lines for key, lines in found.items() if lines} == {}


@pytest.mark.parametrize("key", sorted(PATHS))
def test_what_the_reform_ended_has_its_last_day_and_its_heirs(key: str) -> None:
    profile = PROFILES[key]
    place = provinces().get(profile.place or "")
    swallowed = (
        place is not None and place.current_key != place.key and profile.level in {"province", "office"}
    )
    ended = swallowed or profile.level == "district"
    assert (profile.valid_until == LAST_DAY) is ended
    if ended and profile.status != "unidentified":
        heirs = [kin for kin in profile.successors if kin.kind in {"merged", "dissolved"}]
        assert [kin.since for kin in heirs] == [REFORM]
        assert heirs[0].kind == ("dissolved" if profile.level == "district" else "merged")
    for kin in profile.successors:
        if kin.key and kin.kind == "merged" and place:
            assert PROFILES[kin.key].place == place.current_key


@pytest.mark.parametrize("key", [key for key in sorted(PATHS) if PROFILES[key].level == "province"])
def test_a_federation_that_took_others_in_names_every_one(key: str) -> None:
    profile = PROFILES[key]
    assert profile.place is not None
    taken = {other.key for other in provinces().values() if other.current_key == profile.place != other.key}
    moved_away = any(kin.kind == "moved" for kin in profile.successors)
    told = [kin for kin in profile.predecessors if kin.kind == "merged"]
    assert len(told) == (0 if moved_away else len(taken))
    for kin in told:
        where = PROFILES[kin.key].place if kin.key else None
        named = [place for place in taken if provinces()[place].name in (kin.name or "")]
        assert where in taken or named, kin


@pytest.mark.parametrize(("key", "kind", "url"), list(addresses()))
def test_an_address_seen_is_what_the_profile_says(key: str, kind: str, url: str) -> None:
    profile = PROFILES[key]
    found = classify(site_url(url, profile), profile)
    if kind == "elsewhere":
        host = url.split("/")[2]
        away = {*profile.mirrors, *(edition.domain for edition in profile.editions)}
        assert host.removeprefix("www.") in away
        assert found.refused == "offsite"
    elif kind == "refused":
        assert found.refused in {"twin", "denied"}
    elif kind == "unmatched":
        assert found.refused == "unmatched"
    else:
        assert found.refused is None
        assert found.kind == kind
        assert classify(site_url(url, profile), without_declared(profile)).kind == kind


def without_declared(profile: SiteProfile) -> SiteProfile:
    """So that a listing is known by its pattern, not because the profile names it."""
    return profile.model_copy(update={"discover": type(profile.discover)()})


@pytest.mark.parametrize("key", [key for key in sorted(PATHS) if key not in SYSTEMS])
def test_every_pattern_of_a_profile_was_seen_to_match(key: str) -> None:
    """Patterns of the five are tried on their replicas; the others' on what was seen, so none is invented."""
    urls = tomllib.loads(PATHS[key].read_text(encoding="utf-8")).get("urls", {})
    profile = PROFILES[key]
    for kind, kinds in (
        ("article", ("article",)),
        ("listing", ("listing",)),
        ("attachment", ("attachment",)),
        ("twin", ("refused",)),
        ("deny", ("refused",)),
    ):
        subjects = [subject(url, profile) for name in kinds for url in seen(key, name)]
        for pattern in urls.get(kind, ()):
            assert any(re.search(pattern, text) for text in subjects), (
                f"{kind}: {pattern} matches nothing seen"
            )


def subject(url: str, profile: SiteProfile) -> str:
    whole = site_url(url, profile)
    return whole[whole.index("/", 8) :]


@pytest.mark.parametrize(
    ("key", "one", "other"),
    [
        (
            "congdoanquangnam",
            "http://congdoanquangnam.org.vn/Default.aspx?tabid=656&Group=10&NID=1373&mot-tin-cua-cong-doan&language=en-US",
            "http://www.congdoanquangnam.org.vn/Default.aspx?tabid=656&Group=10&NID=1373",
        ),
        (
            "dbndnghean",
            "https://dbndnghean.vn/cms/public-post/gallery?id=8228&title=dai-hoi",
            "https://dbndnghean.vn/cms/public-post/gallery?id=8228",
        ),
    ],
)
def test_what_is_decoration_is_dropped(key: str, one: str, other: str) -> None:
    assert site_url(one, PROFILES[key]) == site_url(other, PROFILES[key])


def test_an_address_is_recorded_only_for_a_known_site() -> None:
    assert set(SEEN) <= set(PROFILES)
    kinds = {kind for told in SEEN.values() for kind in told}
    assert kinds == {"article", "listing", "attachment", "refused", "elsewhere", "unmatched"}


def test_no_site_needs_code(capsys: pytest.CaptureFixture[str]) -> None:
    """One spider class in the room, and no profile can name another."""
    classes = []
    for module in sorted((ROOT / "spiders").rglob("*.py")):
        for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ClassDef) and any("Spider" in ast.unparse(base) for base in node.bases):
                classes.append(node.name)
    assert classes == ["SiteSpider"]
    assert not {"spider", "spider_class", "code"} & set(SiteProfile.model_fields)
    own = len(classes) - 1
    share = (len(PROFILES) - own) / len(PROFILES)
    with capsys.disabled():
        print(f"\n{len(PROFILES)} sites, {share:.0%} of them without code")  # noqa: T201
    assert share == 1


def test_the_night_asks_only_sites_that_are_known_to_answer() -> None:
    due = due_sites(PROFILES, {}, datetime(2026, 1, 1, tzinfo=UTC))
    assert {profile.status for profile in due} <= {"live", "frozen", "moved"}
    assert len(due) == sum(profile.status not in NEVER_ASKED for profile in PROFILES.values())
    assert all(profile.urls.article for profile in due)


def test_the_readme_counts_them_right() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    unknown_count = sum(profile.status == "unknown" for profile in PROFILES.values())
    assert f"{len(PROFILES)} sites are registered" in text
    assert f"{unknown_count} are `unknown`" in text


def test_the_reform_left_34_of_63() -> None:
    table = provinces()
    assert len(table) == 63
    kept = {place.current_key for place in table.values()}
    assert len(kept) == 34
    assert all(table[key].current_key == key for key in kept), (
        "every unit of now bears the name of one of then"
    )
    made_of = Counter(place.current_key for place in table.values())
    assert sum(count == 1 for count in made_of.values()) == 11
    assert sum(count > 1 for count in made_of.values()) == 23
    assert sorted(made_of.values())[-6:] == [3] * 6, "six were made of three"
    assert {key for key in kept if table[key].city} == {
        *("can_tho", "da_nang", "ha_noi", "hai_phong", "ho_chi_minh", "hue")
    }
    unchanged = {key for key, count in made_of.items() if count == 1}
    assert unchanged == {
        *("cao_bang", "lai_chau", "dien_bien", "son_la", "lang_son", "quang_ninh", "thanh_hoa", "nghe_an"),
        *("ha_tinh", "ha_noi", "hue"),
    }
    assert not [place for place in table.values() if place.city and place.current_key != place.key]


def test_what_a_place_is_depends_on_the_day() -> None:
    assert province_on("bac_kan", LAST_DAY).full_name == "tỉnh Bắc Kạn"
    assert province_on("bac_kan", REFORM).full_name == "tỉnh Thái Nguyên"
    assert province_on("quang_nam", REFORM).full_name == "thành phố Đà Nẵng"
    assert province_on("nghe_an", REFORM) == province_on("nghe_an", LAST_DAY)
    with pytest.raises(KeyError):
        province_on("ha_tay", REFORM)


PROFILE = """name = "A"
domain = "a.vn"
level = "province"
status = "unknown"
verified = "no live page seen"
seeds = ["https://a.vn/"]
"""


def made(tmp_path: Path, key: str, more: str = "") -> SiteProfile:
    path = tmp_path / f"{key}.toml"
    path.write_text(PROFILE.replace("a.vn", f"{key}.vn") + more, encoding="utf-8")
    return load_profile(path)


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ("valid_from = 2025-07-02\nvalid_until = 2025-07-01", "is after valid_until"),
        ('successors = [{ kind = "merged" }]', "either `key`"),
        ('successors = [{ key = "b", name = "B", kind = "merged" }]', "either `key`"),
        ('successors = [{ key = "b", kind = "eaten" }]', "successors.0.kind"),
        ('editions = [{ domain = "ja.a.vn", language = "ja", kind = "poem" }]', "editions.0.kind"),
    ],
)
def test_lineage_that_makes_no_sense_is_refused(tmp_path: Path, more: str, told: str) -> None:
    with pytest.raises(ProfileError, match=re.escape(told)):
        made(tmp_path, "a", more)


@pytest.mark.parametrize(
    ("first", "second", "told"),
    [
        ('{ key = "c", kind = "moved", why = "w" }', "", "no site is called c"),
        ('{ key = "b", kind = "moved", why = "w" }', "", "b does not have a in `predecessors`"),
        ('{ key = "b", kind = "moved", why = "w" }', '{ key = "a", kind = "merged" }', "does not have"),
        (
            '{ key = "b", kind = "moved", since = 2020-01-01, why = "w" }',
            '{ key = "a", kind = "moved" }',
            "does not have",
        ),
        ('{ key = "b", kind = "moved" }', '{ key = "a", kind = "moved" }', "b has no `why`"),
        ('{ key = "b", kind = "moved", why = "w" }', '{ key = "a", kind = "moved" }', None),
    ],
)
def test_kin_must_agree_both_ways(tmp_path: Path, first: str, second: str, told: str | None) -> None:
    profiles = {
        "a": made(tmp_path, "a", f"successors = [{first}]"),
        "b": made(tmp_path, "b", f"predecessors = [{second}]"),
    }
    lines = registry_problems(profiles)["a"]
    assert (told is None) is (lines == ())
    assert told is None or told in lines[0]


def test_a_host_belongs_to_one_profile_and_a_place_is_one_of_63(tmp_path: Path) -> None:
    a = made(tmp_path, "a", 'mirrors = ["b.vn"]\nplace = "ha_tay"')
    b = made(tmp_path, "b")
    assert "b.vn belongs to another profile too" in registry_problems({"a": a, "b": b})["b"][0]
    assert profile_problems(a) == (
        "place: ha_tay is none of the 63 provinces of spiders/profile/provinces.toml",
    )
    assert profile_problems(b) == (), "an unknown site may have no patterns"
    assert len(profile_problems(b.model_copy(update={"status": "live"}))) == 2
