"""Nights at the demo's replicas: little is asked when little is new, and all that is new is found."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from crawler.config import Config
from crawler.demo.ground_truth import build_ground_truth
from crawler.demo.http_handler import LoggedRequest
from crawler.demo.server import ReplicaServer
from crawler.night.run import NightResult, crawl
from crawler.night.session import NightSettings
from spiders.profile.site_profile import load_profiles
from storage.articles import queries as catalogue
from storage.database.engine import open_database, reading, upgrade
from storage.frontier.revisit_budget import FILES

pytestmark = pytest.mark.slow  # a week of nights; tests/nightly/test_two_nights.py has the first two

SCALE = 0.08
SITES = ("congdoanbackan", "van_phong_dbqh_hdnd", "ha_noi_quan_huyen", "laodongthudo", "cong_thong_tin_huyen")
NIGHTS = 9
EDITED = 6  # the night on which the sites have news, corrections and pages gone
SETTLED = 4  # from this night on nothing is learned of the sites any more


class Week:
    """The nights, each with its report and the requests the servers saw, by site."""

    def __init__(self, data: Path) -> None:
        self.results: list[NightResult] = []
        self.asked: list[Counter[str]] = []
        began = datetime(2026, 3, 1, 18, 0, tzinfo=UTC)
        profiles = [load_profiles()[key].model_copy(update={"every": "1d"}) for key in SITES]
        with ReplicaServer(1, scale=SCALE, sites=SITES) as server:
            told = {"data": data, "dial": dict(server.dial), "delay": 0.0, "workers": 1}
            config = Config.model_validate(told)
            self.engine = open_database(config.database_url)
            upgrade(self.engine)
            for number in range(1, NIGHTS + 1):
                server.clear_log()
                server.night = 2 if number >= EDITED else 1
                night = NightSettings(str(number), began + timedelta(days=number - 1))
                self.results.append(crawl(config, profiles, night))
                self.asked.append(pages(server.requests))


def pages(log: list[LoggedRequest]) -> Counter[str]:
    """Requests by site, the files and pictures of articles aside."""
    told = [(site, path) for site, _, path, _ in log]
    return Counter(
        site for site, path in told if not path.endswith((".pdf", ".docx", ".doc", ".jpg", ".png"))
    )


@pytest.fixture(scope="module")
def week(tmp_path_factory: pytest.TempPathFactory) -> Week:
    return Week(tmp_path_factory.mktemp("week"))


def news(result: NightResult, site: str) -> int:
    (run,) = (run for run in result.runs if run.site == site)
    tallies = (run.report or {})["tallies"]
    kinds = {"new", "copy", "revised", "gone"}
    return sum(t["count"] for t in tallies if t["outcome"] in kinds and t["kind"] not in FILES)


def test_requests_of_a_settled_night_are_bounded_by_what_it_found(week: Week) -> None:
    over = {
        (number, site): (week.asked[number - 1][site], news(week.results[number - 1], site))
        for number in range(SETTLED, NIGHTS + 1)
        for site in SITES
        if week.asked[number - 1][site] > 1.2 * news(week.results[number - 1], site) + 4
    }
    assert over == {}


def test_no_new_article_is_missed_though_most_pages_are_left_alone(week: Week) -> None:
    true = {article.url for site in build_ground_truth(2, scale=SCALE).sites for article in site.articles}
    with reading(week.engine) as connection:
        shown = {page.url for site in SITES for page, _ in catalogue.articles_on_site(connection, site)}
    assert true - shown == set()


def test_no_run_is_a_false_alarm(week: Week) -> None:
    lines = [
        (run.night, run.site, (run.report or {})["problems"])
        for result in week.results
        for run in result.runs
    ]
    assert [line for line in lines if line[2]] == []


def test_every_run_proves_that_it_is_complete(week: Week) -> None:
    for result in week.results:
        for run in result.runs:
            proof = (run.report or {})["proof"]
            parts = proof["new"] + proof["known"] + sum(proof["refused"].values()) + proof["unbelieved"]
            assert proof["seen"] == parts
            assert (proof["unexplained"], proof["lost"], proof["backlog"]) == (0, 0, 0)
            assert proof["articles"] == proof["asked"]
