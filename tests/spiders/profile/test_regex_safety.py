"""Patterns that a hostile address could hold the crawl with are refused when the profile is loaded."""

from __future__ import annotations

import re
import time
from pathlib import Path

import pytest

from spiders.profile.regex_safety import TooSlowError, require_tame
from spiders.profile.site_profile import ProfileError, load, load_all

BAD = [
    r"(a+)+$",
    r"^/tin/(a+)+\.html$",
    r"^/(\w+-?)*\.html$",
    r"^/([a-z0-9]+-?)+-\d+\.html$",
    r"^(/?[^/]*)*/bai\.html$",
    r"(?i)^/(tin|tintin|t)*-\d+$",
    r"^/(a|aa)+$",
    r"^/(.*&)*x=1$",
    r"^/([a-z]+)*\d$",
    r"^/((x|y)+z?)*$",
    r"^/(?:[^?]+\??)*end$",
    r".*.*.*.*=x",
    r"\w+\w+\w+\w+-end",
]
GOOD = [
    r"^(?:/\w+/?)+\.aspx$",
    r"^(/[^/]*)*/bai\.html$",
    r"(?i)^/(tin|tin-tuc|t)*-\d+$",
    r"^/bai-viet/[^/]+-\d+\.html$",
    r"^(/index\.php)?(/[^/?]+)*/page/\d+/?$",
    r"^/tin-tuc/chuyen-muc\.aspx\?(.*&)?CateID=\d+",
    r"(?i)/language/(?!vi)[a-z]{2}-[a-z]{2}/",
    r"(?i)/(dang-?nhap|login|signin|dang-?ky)(?=[/.?]|$)",
    r"^/([a-z]+/)+[a-z0-9-]+\.html$",
    r"^/[a-z0-9]+(-[a-z0-9]+)*-post\d+\.html$",
]


@pytest.mark.parametrize("pattern", BAD)
def test_a_pattern_that_runs_away_is_refused_within_seconds(pattern: str) -> None:
    began = time.thread_time()
    with pytest.raises(TooSlowError, match="hostile"):
        require_tame(pattern)
    assert time.thread_time() - began < 5


@pytest.mark.parametrize("pattern", GOOD)
def test_a_pattern_that_does_not_is_taken(pattern: str) -> None:
    require_tame(pattern)


def test_all_patterns_we_have_are_tame_and_trying_them_is_cheap() -> None:
    require_tame.cache_clear()
    began = time.thread_time()
    for profile in load_all().values():
        urls = profile.urls
        for patterns in (urls.article, urls.listing, urls.attachment, urls.deny, urls.twin, urls.login):
            for pattern in patterns:
                require_tame(pattern)
    assert time.thread_time() - began < 3


def test_the_profile_that_has_one_is_named_with_its_key(tmp_path: Path) -> None:
    path = tmp_path / "trang.toml"
    path.write_text(
        'name = "Trang"\ndomain = "trang.example"\nlevel = "press"\nverified = "no"\n'
        "seeds = ['https://trang.example/']\n[urls]\narticle = ['^/([a-z]+-?)+$']\n",
        encoding="utf-8",
    )
    with pytest.raises(ProfileError, match=r"line 7: key `urls\.article.*hostile"):
        load(path)


def test_the_samples_fit_what_they_are_samples_of() -> None:
    from re import _parser

    from spiders.profile.regex_safety import _sample

    for pattern in GOOD:
        assert re.search(pattern.replace("$", ""), _sample(list(_parser.parse(pattern)))), pattern
