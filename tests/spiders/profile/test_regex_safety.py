"""A pattern of a profile that takes too long on an address is stopped and named; it never holds the crawl."""

from __future__ import annotations

import re
import time
import tomllib
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import pytest

from spiders.discovery.discover import links_from_pairs
from spiders.items import Page
from spiders.profile import regex_safety
from spiders.profile.regex_safety import PatternTimeoutError, ProfilePattern, compile_pattern
from spiders.profile.site_profile import ProfileError, SiteProfile, load_profile, load_profiles
from spiders.urls.canonical import UndecidedUrl
from spiders.urls.classify import classify, site_url, url_rules
from storage.records import Reason
from tests.paths import ROOT

RUNAWAY = [
    (r"(a+)+$", "/" + "a" * 2000 + "!"),
    (r"^/(a|aa)+$", "/" + "a" * 80 + "!"),
    (r"^/(\w|\w\w)+-\d$", "/" + "a" * 60 + "!"),
    (r"^/(?:(?:a|b|ab)+)+-\d$", "/" + "ab" * 1000 + "!"),
]
# These hold the standard library for minutes.
HARMLESS = [r"^/(\w+-?)*\.html$", r"^/((x|y)+z?)*$", r"^/([a-z]+)*\d$", r"^(/?[^/]*)*/bai\.html$"]
SLOW = r"^/?(\w|\w\w)+$"
NOW = datetime(2026, 3, 1, tzinfo=UTC)
HOSTILE_PATH = "/" + "a" * 60 + "!"
PROFILE = """
name = "Trang"
domain = "trang.example"
level = "press"
verified = "no"
seeds = ['https://trang.example/']
[urls]
"""


def profile_with(tmp_path: Path, urls: str) -> SiteProfile:
    path = tmp_path / "trang.toml"
    path.write_text(PROFILE.lstrip() + urls, encoding="utf-8")
    return load_profile(path)


@pytest.mark.parametrize(("pattern", "text"), RUNAWAY)
def test_a_search_that_runs_away_ends_in_time_and_names_the_pattern(pattern: str, text: str) -> None:
    began = time.process_time()
    with pytest.raises(PatternTimeoutError, match=re.escape(pattern)):
        ProfilePattern(pattern).search(text)
    assert time.process_time() - began < 10 * regex_safety.SEARCH_SECONDS
    assert not ProfilePattern(pattern).search_or_skip(text)


@pytest.mark.parametrize("pattern", HARMLESS)
def test_most_patterns_that_hold_the_standard_library_are_no_matter(pattern: str) -> None:
    assert not ProfilePattern(pattern).search("/" + "a" * 60 + "!")


def test_a_pattern_that_times_out_again_and_again_gets_less_time_and_still_matches() -> None:
    pattern = ProfilePattern(SLOW)
    for _ in range(regex_safety.MAX_FULL_TIMEOUTS):
        assert not pattern.search_or_skip(HOSTILE_PATH)
    began = time.process_time()
    for _ in range(20):
        assert not pattern.search_or_skip(HOSTILE_PATH)
    assert time.process_time() - began < 20 * regex_safety.SEARCH_SECONDS / 2
    assert pattern.search("/tin_tuc")


def test_an_address_is_refused_with_the_reason_and_others_are_classified_as_ever(tmp_path: Path) -> None:
    profile = profile_with(tmp_path, f"article = ['{SLOW}']\n")
    hostile = f"https://trang.example{HOSTILE_PATH}"
    assert classify(hostile, profile).refused == Reason.PATTERN_TIMEOUT
    assert classify("https://trang.example/bai_viet", profile).kind == "article"
    assert SLOW in str(url_rules(profile).slow_pattern(hostile))
    assert url_rules(profile).slow_pattern("https://trang.example/bai_viet") is None
    assert url_rules(profile).classify_image(hostile).refused is None


def test_an_image_on_whose_address_a_pattern_runs_away_is_refused(tmp_path: Path) -> None:
    profile = profile_with(tmp_path, f"deny = ['{SLOW}']\n")
    assert (
        url_rules(profile).classify_image(f"https://trang.example{HOSTILE_PATH}").refused
        == Reason.PATTERN_TIMEOUT
    )


def test_a_parameter_name_on_which_a_pattern_runs_away_leaves_the_address_undecided(tmp_path: Path) -> None:
    profile = profile_with(tmp_path, f"drop_params = ['{SLOW}']\n")
    hostile = f"https://trang.example/?{'a' * 60}!=1"
    with pytest.raises(UndecidedUrl, match=re.escape(SLOW)):
        site_url(hostile, profile)
    assert SLOW in str(url_rules(profile).slow_pattern(hostile))
    assert links_of(profile, hostile) == {"pattern_timeout"}


def links_of(profile: SiteProfile, *urls: str) -> set[str | None]:
    home = profile.seeds[0]
    page = Page(profile.key, home, home, "listing", 200, (), b"", NOW)
    return {link.refused for link in links_from_pairs([(url, "") for url in urls], page, profile).links}


def test_a_pattern_that_is_no_regex_fails_when_the_profile_is_loaded(tmp_path: Path) -> None:
    with pytest.raises(
        ProfileError, match=r"trang\.toml, line 7: key `urls\.article.*not a regular expr.*\(/tin"
    ):
        profile_with(tmp_path, "article = ['(/tin']\n")


def patterns_in(value: object, key: str = "") -> Iterator[str]:
    """Every pattern in a table of a profile or platform."""
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from patterns_in(inner, name)
    elif isinstance(value, list) and key in PATTERN_KEYS:
        yield from (pattern for pattern in value if isinstance(pattern, str))


PATTERN_KEYS = {"article", "listing", "attachment", "deny", "twin", "login", "drop_params", "soft_404"}


def recorded_texts() -> Iterator[str]:
    """Paths with their queries, parameters' names and headings of everything that is recorded."""
    files = [ROOT / "tests/spiders/sites/urls.toml"]
    for folder in ("tests/sites", "tests/platforms/recordings"):
        files += [path for path in (ROOT / folder).rglob("*") if path.suffix in {".json", ".yaml"}]
    for path in files:
        for url in set(ADDRESS.findall(path.read_text("utf-8"))):
            yield url[url.find("/", 8) :].partition("#")[0]
            yield from (name for name, _ in parse_qsl(urlsplit(url).query, keep_blank_values=True))
        if path.suffix == ".json":
            yield from HEADING.findall(path.read_text("utf-8"))


ADDRESS = re.compile(r"https?://[^\s\"'<>\\]+")
HEADING = re.compile(r'"title": "([^"]+)"')


def test_every_pattern_matches_what_the_standard_library_matches() -> None:
    """`regex` in its default mode reads patterns as `re` does: on every address and heading recorded."""
    tables = [tomllib.loads(path.read_text("utf-8")) for path in (ROOT / "spiders").rglob("*.toml")]
    patterns = {pattern for table in tables for pattern in patterns_in(table)}
    patterns |= {
        p for profile in load_profiles().values() for p in patterns_in(profile.model_dump(mode="json"))
    }
    texts = set(recorded_texts())
    assert len(patterns) > 100
    assert len(texts) > 100
    for pattern in sorted(patterns):
        standard, limited = re.compile(pattern), compile_pattern(pattern)
        assert [t for t in texts if standard.search(t)] == [t for t in texts if limited.search(t)], pattern
