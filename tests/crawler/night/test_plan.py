"""The plan of a night: order, hindrances, hours, deadline; what Retry-After and robots.txt say."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest

from crawler.budget import BudgetLimits, BudgetUsage, remaining_pages
from crawler.cli.site.budget import robots_rules_for_us
from crawler.config import Config, ConfigError, load
from crawler.extensions.politeness import MAX_RETRY_AFTER_SECONDS, retry_after
from crawler.night.plan import ArchiveState, deadline, plan
from spiders.profile.fetch import in_hours
from spiders.profile.site_profile import SiteProfile
from storage.frontier.hosts import HostRecord

NOW = datetime(2026, 3, 1, 18, 0, tzinfo=UTC)  # 01:00 in Hà Nội
DAY = timedelta(days=1)


def profile(key: str, **more: Any) -> SiteProfile:
    told = {"name": key, "domain": f"{key}.vn", "level": "district", "verified": "", **more}
    return SiteProfile.model_validate({"key": key, "seeds": [f"https://{key}.vn/"], **told})


def planned(known: ArchiveState, *sites: SiteProfile, **settings: Any) -> list[tuple[str, bool, str]]:
    config = Config.model_validate(settings)
    found = plan({site.key: site for site in sites}, known, config, NOW, NOW)
    return [(each.profile.key, each.due, each.why) for each in found]


def test_what_a_night_begun_a_little_later_has_visited_is_not_visited_again() -> None:
    last = {"shared": (NOW + timedelta(seconds=3), True), "wrong_clock": (NOW + DAY, True)}
    found = planned(ArchiveState(last), profile("shared"), profile("wrong_clock"))
    assert {key: due for key, due, _ in found} == {"shared": False, "wrong_clock": True}


def test_what_was_cut_short_or_not_reached_comes_before_what_was_done() -> None:
    last = {
        "done": (NOW - DAY, True),
        "cut_short": (NOW - DAY - timedelta(hours=1), False),
        "not_reached": (NOW - 2 * DAY - timedelta(hours=2), True),
        "weekly": (NOW - 3 * DAY, True),
    }
    sites = [profile(key) for key in ("done", "cut_short", "not_reached", "new")]
    found = planned(ArchiveState(last), *sites, profile("weekly", every="7d"))
    assert [(key, due) for key, due, _ in found] == [
        ("new", True),
        ("not_reached", True),
        ("cut_short", True),
        ("done", True),
        ("weekly", False),
    ]
    assert "cut short" in found[2][2]


@pytest.mark.parametrize(
    ("known", "told", "why"),
    [
        (ArchiveState({}, frozenset({"a"})), {}, "another process is visiting it"),
        (ArchiveState({}), {"fetch": {"quiet": ["00:30-05:00"]}}, "quiet hours (00:30-05:00)"),
        (
            ArchiveState(
                {}, hosts={"a.vn": HostRecord("a.vn", None, None, None, NOW + DAY, 0.0, "HTTP 429")}
            ),
            {},
            "a.vn is not asked before 2026-03-02 18:00:00 UTC: HTTP 429",
        ),
        (ArchiveState({}), {"status": "dark"}, "never asked: its status is dark"),
    ],
)
def test_a_site_is_left_alone_and_the_reason_told(
    known: ArchiveState, told: dict[str, Any], why: str
) -> None:
    assert planned(known, profile("a", **told)) == [("a", False, why)]


def test_a_wait_that_is_over_hinders_nothing() -> None:
    waited = {"a.vn": HostRecord("a.vn", None, None, None, NOW - timedelta(seconds=1), 4.0, "HTTP 429")}
    assert planned(ArchiveState({}, hosts=waited), profile("a"))[0][1]


def test_the_profiles_hours_outweigh_the_configurations() -> None:
    site = profile("a", fetch={"quiet": ["12:00-13:00"]})
    assert planned(ArchiveState({}), site, quiet=["00:00-23:59"])[0][1]
    assert not planned(ArchiveState({}), profile("a"), quiet=["00:00-23:59"])[0][1]


@pytest.mark.parametrize(
    ("hours", "at", "inside"),
    [
        ("22:00-05:30", "23:00", True),
        ("22:00-05:30", "05:29", True),
        ("22:00-05:30", "05:30", False),
        ("22:00-05:30", "12:00", False),
        ("06:00-22:00", "06:00", True),
        ("06:00-22:00", "22:00", False),
    ],
)
def test_hours_may_go_over_midnight(hours: str, at: str, inside: bool) -> None:
    assert in_hours(hours, time.fromisoformat(at)) is inside


def test_the_deadline_is_the_next_time_the_clock_shows_it() -> None:
    assert deadline("", "UTC", NOW) is None
    assert deadline("05:00", "Asia/Ho_Chi_Minh", NOW) == NOW + timedelta(hours=4)
    assert deadline("01:00", "Asia/Ho_Chi_Minh", NOW) == NOW + DAY


@pytest.mark.parametrize(
    ("told", "seconds"),
    [
        (b"120", 120.0),
        (b" 7 ", 7.0),
        (b"Sun, 01 Mar 2026 18:10:00 GMT", 600.0),
        (b"Sun, 01 Mar 2026 17:00:00 GMT", 0.0),  # over already
        (b"soon", 0.0),
        (b"-5", 0.0),
        (b"9" * 40, MAX_RETRY_AFTER_SECONDS),
        (None, 0.0),
    ],
)
def test_retry_after_is_read_as_seconds_or_date(told: bytes | None, seconds: float) -> None:
    assert retry_after(told, NOW) == seconds


ROBOTS = """User-agent: *
Disallow: /tim-kiem
Crawl-delay: 5

User-agent: Googlebot
User-agent: congdoan-archive
Disallow: /noi-bo  # not public
Disallow:
"""


def test_the_rules_shown_are_those_that_hold_for_us() -> None:
    assert robots_rules_for_us(ROBOTS) == ["Disallow: /noi-bo"]
    assert robots_rules_for_us(ROBOTS.split("\n\n")[0]) == ["Disallow: /tim-kiem", "Crawl-delay: 5"]
    assert robots_rules_for_us("") == []


def test_a_purse_tells_which_limit_is_reached() -> None:
    usage = BudgetUsage(pages=9, size=3_000_000)
    assert usage.spent(BudgetLimits(megabytes=3)) == "3.0 MB answered of 3"
    assert usage.spent(BudgetLimits(minutes=10_000)) is None
    assert (
        remaining_pages(usage, BudgetLimits(pages=10)),
        remaining_pages(usage, BudgetLimits(pages=5)),
    ) == (1, 0)
    usage.began -= 120
    assert "of 1" in (usage.spent(BudgetLimits(minutes=1)) or "")


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("UNTIL", "5 o'clock", "not a time of day like 05:00"),
        ("TIMEZONE", "Hanoi", "not a time zone like Asia/Ho_Chi_Minh"),
        ("QUIET", "22-5", "not hours like 22:00-05:30"),
    ],
)
def test_a_clock_that_cannot_be_read_is_refused(name: str, value: str, told: str) -> None:
    with pytest.raises(ConfigError, match=told):
        load(environ={f"CONGDOAN_{name}": value})


def test_quiet_hours_may_be_told_by_the_environment() -> None:
    read = load(environ={"CONGDOAN_QUIET": "06:00-11:00, 13:00-22:00"})
    assert read.quiet == ("06:00-11:00", "13:00-22:00")
