"""Thirty nights of the year, and nights with a wrong clock; `make year` has all 365."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from crawler.demo.server import ReplicaServer
from tests.year.aims import Aim, allowed, extras, judge
from tests.year.chronicle import HARMLESS, OUTAGES, RELAYOUT
from tests.year.sites import places
from tests.year.year import Plan, Year

pytestmark = pytest.mark.slow

# Every kind once, relayouts twice, but for those that are waited for in earnest: `make year`.
SLOW = {"timeout", "robots-503"}
KINDS = (RELAYOUT, *(kind for kind in OUTAGES if kind not in SLOW), RELAYOUT, *HARMLESS)
NIGHTLY = "requests a night"  # held over all nights, and in each but these:
ALMOST = 2  # where a kill falls among six sites is chance, and a night of theirs may end a request over
THIRTY = Plan(nights=30, sites=6, kills=4, episodes=len(KINDS), kinds=KINDS)


@pytest.mark.timeout(1500)
def test_thirty_nights(tmp_path: Path) -> None:
    year = Year.prepare(THIRTY, tmp_path)
    for _ in year.run():
        pass
    aims = judge(year)
    report = "\n".join([*map(line, aims), *extras(year)])
    missed = [aim for aim in aims if not aim.met]
    assert [aim.name for aim in missed if aim.name != NIGHTLY or aim.value > 1] == [], report
    over = [record for record in year.records[1:] if record.requests > allowed(record)]
    assert len(over) <= ALMOST, report
    assert {episode.what for episode in year.befalling} == set(KINDS)
    assert year.crawling.killed == THIRTY.kills


def line(aim: Aim) -> str:
    return f"{'met' if aim.met else 'MISSED'} {aim.name}: {aim.figure} (aim: {aim.aim})"


@pytest.mark.timeout(900)
def test_a_night_in_the_wrong_year_keeps_nothing_from_the_nights_after_it(tmp_path: Path) -> None:
    wrong = {3: timedelta(days=3650), 5: timedelta(days=-3650), 6: timedelta(hours=-3)}
    year = Year.prepare(Plan(nights=7, sites=2, kills=0, episodes=0, skews=wrong), tmp_path)
    visits = [record.visits for record in year.run()]
    assert visits[3:5] == [2, 2]
    assert visits[6:] == [2]
    missing = year.reachable - year.ledger.shown()
    assert missing == set()


def test_every_site_of_the_year_has_a_front_page() -> None:
    chosen = [place.system for place in places(60)]
    server = ReplicaServer(1, systems=chosen)
    assert {each.key: server.pages(each.key).reply("/").status for each in chosen} == {
        each.key: 200 for each in chosen
    }
