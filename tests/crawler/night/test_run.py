"""Which sites are due, when the lease is kept, what wakes the engine: the rules of a night."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any, cast

import pytest

from crawler.night.report import FillRates, RunFacts, problems
from crawler.night.run import due_sites
from crawler.night.scheduler import FrontierScheduler
from spiders.profile.site_profile import Expect, Fetch, SiteProfile
from storage.records import Outcome, UrlKind
from storage.runs.runs import OutcomeCount

NOW = datetime(2026, 3, 1, 18, 0, tzinfo=UTC)


def profile(key: str = "a", **more: Any) -> SiteProfile:
    told = {"name": key, "domain": f"{key}.vn", "level": "district", "verified": "", **more}
    return SiteProfile.model_validate({"key": key, "seeds": [f"https://{key}.vn/"], **told})


def due(*profiles: SiteProfile, last: dict[str, tuple[datetime, bool]] | None = None) -> list[str]:
    return [p.key for p in due_sites({p.key: p for p in profiles}, last or {}, NOW)]


def test_a_site_never_visited_is_due() -> None:
    assert due(profile()) == ["a"]


@pytest.mark.parametrize(
    ("every", "ago", "is_due"),
    [
        ("1d", timedelta(hours=23), True),  # a timer that fires a little early
        ("1d", timedelta(hours=21), False),
        ("7d", timedelta(days=6), False),
        ("7d", timedelta(days=7), True),
        ("12h", timedelta(hours=12), True),
    ],
)
def test_a_site_is_due_when_its_interval_is_over(every: str, ago: timedelta, is_due: bool) -> None:
    assert bool(due(profile(every=every), last={"a": (NOW - ago, True)})) is is_due


def test_an_unfinished_run_is_due_at_once() -> None:
    assert due(profile(every="30d"), last={"a": (NOW, False)}) == ["a"]


def test_a_last_visit_in_the_future_was_made_by_a_wrong_clock_and_counts_for_nothing() -> None:
    assert due(profile(every="30d"), last={"a": (NOW + timedelta(days=3650), True)}) == ["a"]


@pytest.mark.parametrize("status", ["dark", "unidentified", "unknown"])
def test_a_site_without_a_home_is_due_only_when_dialled(status: str) -> None:
    site = profile(status=status)
    assert due(site) == []
    assert [p.key for p in due_sites({"a": site}, {}, NOW, ["a.vn"])] == ["a"]


def test_the_longest_unvisited_comes_first() -> None:
    last = {"a": (NOW - timedelta(days=2), True), "b": (NOW - timedelta(days=9), True)}
    assert due(profile("a"), profile("b"), profile("c"), last=last) == ["c", "b", "a"]


def test_the_engine_is_woken_by_the_one_private_door() -> None:
    """If Scrapy moves `engine._slot.nextcall`, this fails before a crawl becomes slow."""
    calls: list[str] = []
    slot = SimpleNamespace(nextcall=SimpleNamespace(schedule=lambda: calls.append("woken")))
    scheduler = FrontierScheduler(cast("Any", SimpleNamespace(engine=SimpleNamespace(_slot=slot))))
    scheduler._wake()
    assert calls == ["woken"]

    from scrapy.core.engine import _Slot

    async def real() -> bool:
        made = _Slot(True, cast("Any", SimpleNamespace(schedule=lambda: None)), cast("Any", None))
        return hasattr(made, "nextcall")

    assert asyncio.run(real())


HEALTHY = FillRates(articles=100, copies=3, dated=1.0, authored=0.9, leads=1.0, sections=1.0, chars=2000.0)
READ = OutcomeCount(UrlKind.LISTING, Outcome.DISCOVERED, None, 5, "https://a.vn/tin", None)
NEW = OutcomeCount(UrlKind.ARTICLE, Outcome.NEW, None, 100, "https://a.vn/1", None)


def facts(**more: Any) -> RunFacts:
    run = SimpleNamespace(attempts=1)
    site = profile(expect=Expect(dated=0.98, failed=0.05), fetch=Fetch())
    visit = SimpleNamespace(profile=site, run=run, errors=[], ending_detail="", settled_count=200)
    base = RunFacts(cast("Any", visit), "finished", (READ, NEW), {"done": 105}, 110, HEALTHY, 90)
    return replace(base, **more)


def test_a_pattern_that_takes_too_long_is_named_with_an_address() -> None:
    site = profile(urls={"article": [r"^/(\w|\w\w)+$"]})
    hostile = f"https://a.vn/{'a' * 60}!"
    refused = OutcomeCount(UrlKind.LISTING, Outcome.REFUSED, "pattern_timeout", 3, hostile, None)
    visit = SimpleNamespace(**{**vars(facts().visit), "profile": site})
    lines = list(problems(facts(visit=visit, tallies=(READ, NEW, refused))))
    assert len(lines) == 1
    assert lines[0].startswith(
        f"3 addresses refused as pattern_timeout, e.g. {hostile}: the pattern "
        r"^/(\w|\w\w)+$ takes"
    )


def test_a_good_run_has_no_problems() -> None:
    assert list(problems(facts())) == []


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"ending": "throttled"}, "ended early: throttled"),
        ({"article_links": 0}, "none linked to an article"),
        ({"tallies": (NEW,)}, "no seed, feed, sitemap or listing could be read"),
        ({"fills": replace(HEALTHY, dated=0.5)}, "only 50.0% of 100 articles are dated (98.0% expected)"),
        ({"fills": replace(HEALTHY, chars=20.0)}, "the median body has 20 characters"),
        ({"states": {"done": 100, "pending": 5}}, "does not add up: finished, yet 5 URLs"),
        ({"captures": 7}, "does not add up: 105 answers settled, 7 exchanges"),
        (
            {
                "tallies": (
                    READ,
                    NEW,
                    OutcomeCount(UrlKind.ARTICLE, Outcome.FAILED, "timeout", 20, "https://a.vn/9", ""),
                )
            },
            "20 of 125 URLs failed (at most 5% expected), mostly timeout, e.g. https://a.vn/9",
        ),
        (
            {
                "tallies": (
                    READ,
                    NEW,
                    OutcomeCount(UrlKind.ARTICLE, Outcome.NOT_AN_ARTICLE, "poison", 1, "https://a.vn/9", "x"),
                )
            },
            "1 pages could not be read (poison), e.g. https://a.vn/9",
        ),
        (
            {
                "tallies": (
                    READ,
                    NEW,
                    OutcomeCount(UrlKind.SITEMAP, Outcome.GONE, "http_404", 1, "https://a.vn/s.xml", None),
                )
            },
            "sitemap https://a.vn/s.xml: http_404; check the profile's addresses",
        ),
    ],
)
def test_what_needs_a_person_is_told_with_its_evidence(change: dict[str, Any], told: str) -> None:
    assert any(told in line for line in problems(facts(**change))), list(problems(facts(**change)))


def test_few_articles_are_not_held_against_the_expectations() -> None:
    assert list(problems(facts(fills=replace(HEALTHY, articles=3, dated=0.0)))) == []
