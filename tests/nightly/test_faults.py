"""What a site does wrong, and what must come of it: the table of crawler/demo/faults.toml, crawled.

Three nights at all replicas together. First and second: every fault at its place; third: none, and nothing
may be missing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import Engine, select

from crawler.config import Config
from crawler.demo.faults import Fault, faults, faults_text
from crawler.demo.ground_truth import ReplicaSite, TruthArticle, build_ground_truth
from crawler.demo.server import ReplicaServer
from crawler.night.run import NightResult, crawl
from crawler.night.session import NightSettings
from crawler.settings import EXTENSIONS
from spiders.profile.site_profile import SiteProfile, load_profiles
from storage.articles import queries as catalogue
from storage.database.engine import open_database, reading, upgrade
from storage.database.schema import urls
from storage.records import Article, Outcome, Reason
from storage.runs.runs import Run
from tests.paths import ROOT

ARTICLES, PAPERS = "congdoanbackan", "laodongthudo"  # which replica has which kind of fault
WHOLE = ("cong_thong_tin_huyen", "van_phong_dbqh_hdnd", "ha_noi_quan_huyen")  # one of the whole site a night
HOST = "https://congdoanbackan.org.vn"
SCALE = 0.17
MOST_BYTES = 5_000_000
# Crawl-delay and Retry-After are heard, not waited for: that they are is tested where politeness is.
UNHURRIED = {
    **EXTENSIONS,
    "crawler.extensions.politeness.Politeness": None,
    "tests.cassettes.Unhurried": 0,
}
MADE_UP = ["khong-co-that.invalid", "localhost"]  # further hosts of the site: one unknown, one private


def of(*where: str) -> list[Fault]:
    return [fault for fault in faults().values() if fault.where in where]


@dataclass
class Nights:
    """The nights crawled, and what each left."""

    placed: dict[str, TruthArticle] = field(default_factory=dict)  # fault → the article it strikes
    whole: dict[str, tuple[int, str]] = field(default_factory=dict)  # fault → night, site
    rows: list[Mapping[str, Any]] = field(default_factory=list)  # after each night, by URL
    requests: list[list[tuple[str, str]]] = field(default_factory=list)  # of each night: site, path
    runs: list[Mapping[str, Run]] = field(default_factory=list)  # of each night, by site
    articles: list[Mapping[str, Article]] = field(default_factory=list)  # after each night, by URL


def profiles_of() -> list[SiteProfile]:
    """All replicas' profiles; the faulty one takes every path of its sections for a listing."""
    known = load_profiles()
    found = [known[key] for key in (ARTICLES, PAPERS, *WHOLE)]
    told = found[0].model_dump(by_alias=True)
    told["urls"] |= {"hosts": MADE_UP, "listing": [*told["urls"]["listing"], "^/chuyen-muc/", "^/en/"]}
    plain = {"images": False, "attachments": False}
    told["fetch"] |= plain
    return [SiteProfile.model_validate(told), *found[1:]]


def place(server: ReplicaServer, truth: ReplicaSite, nights: Nights) -> None:
    """Give every fault its place."""
    stories = Counter(article.story for article in truth.articles)
    told_once = [article for article in truth.articles if stories[article.story] == 1 and not article.source]
    struck = iter(told_once)  # the oldest first: mazes show the newest, which stay as they are
    for fault in of("article"):
        nights.placed[fault.key] = article = next(struck)
        server.faults[ARTICLES, path_of(article.url)] = fault.key
    for fault in of("page"):
        server.faults[ARTICLES, fault.path or f"/-/{fault.key}"] = fault.key
    for fault in of("paper"):
        server.faults[PAPERS, fault.path] = fault.key


def place_whole(server: ReplicaServer, nights: Nights, night: int) -> None:
    for number, fault in enumerate(of("site")):
        if number // len(WHOLE) == night:
            site = WHOLE[number % len(WHOLE)]
            nights.whole[fault.key] = (night, site)
            server.faults[site, "*"] = fault.key


def path_of(url: str) -> str:
    return "/" + url.split("/", 3)[3]


def run_night(config: Config, server: ReplicaServer, nights: Nights) -> None:
    number = len(nights.rows) + 1
    server.clear_log()
    night = NightSettings(f"night {number}", datetime.now(UTC), revisit_all=number > 1)
    result = crawl(config, profiles_of(), night, settings={"EXTENSIONS": UNHURRIED})
    engine = open_database(config.database_url)
    with reading(engine) as connection:
        nights.rows.append({row.url: row for row in connection.execute(select(urls))})
        shown = (
            pair for key in (ARTICLES, PAPERS, *WHOLE) for pair in catalogue.articles_on_site(connection, key)
        )
        nights.articles.append({article.url: article for article, _ in shown})
    engine.dispose()
    nights.requests.append([(asked.site, asked.path) for asked in server.requests])
    nights.runs.append({run.site: run for run in result.runs})


@pytest.fixture(scope="module")
def nights(tmp_path_factory: pytest.TempPathFactory) -> Nights:
    found = Nights()
    data = tmp_path_factory.mktemp("faults")
    truth = build_ground_truth(1, scale=SCALE)
    with ReplicaServer(1, scale=SCALE) as server:
        told = {"delay": 0.0, "workers": 2, "timeout": 5.0, "max_bytes": MOST_BYTES, "sites_at_once": 5}
        config = Config.model_validate({"data": data, "dial": dict(server.dial), **told})
        upgrade(open_database(config.database_url))
        place(server, next(site for site in truth.sites if site.key == ARTICLES), found)
        for night in range(2):
            place_whole(server, found, night)
            run_night(config, server, found)
        server.faults.clear()
        run_night(config, server, found)
    return found


def problems(run: Run) -> str:
    return "\n".join((run.report or {})["problems"])


def test_the_table_speaks_the_words_of_the_closed_lists() -> None:
    for fault in faults().values():
        told = [
            (fault.outcome, fault.reason),
            *(row[1:] for row in fault.rows),
            *[fault.next_night or ("", "")],
        ]
        for outcome, reason in told:
            assert outcome in {*Outcome, ""}, fault.key
            assert reason in {*Reason, ""}, fault.key
        assert fault.served, fault.key
        assert fault.not_lost, fault.key
        for proof in fault.tests:
            module, _, name = proof.partition("::")
            assert f"def {name}(" in (ROOT / module).read_text(encoding="utf-8"), f"{fault.key}: {proof}"
        assert bool(fault.tests) is (fault.where == "machine"), fault.key


@pytest.mark.parametrize("fault", of("article"), ids=lambda fault: fault.key)
def test_an_article(fault: Fault, nights: Nights) -> None:
    truth = nights.placed[fault.key]
    row = nights.rows[0][truth.url]
    assert (row.outcome, row.reason or "") == (fault.outcome, fault.reason), row.detail
    assert fault.message in (row.detail or "")
    stored = nights.articles[0].get(truth.url)
    assert (stored is not None) is (fault.outcome in {"new", "copy"})
    if stored and fault.key not in {"replaced-letters"}:
        assert (stored.title.lower(), stored.published.day if stored.published else None) == (
            truth.title.lower(),
            truth.published and truth.published.day,
        )
    if fault.next_night:
        assert (nights.rows[1][truth.url].outcome, nights.rows[1][truth.url].reason) == fault.next_night


@pytest.mark.parametrize("fault", of("page"), ids=lambda fault: fault.key)
def test_a_page(fault: Fault, nights: Nights) -> None:
    rows = nights.rows[0]
    for path, outcome, reason in fault.rows:
        url = path if "://" in path else HOST + path
        if path == "{print}":
            url = next(each for each in rows if "Ban-in-" in each)
        assert url in rows
        assert (rows[url].outcome, rows[url].reason or "") == (outcome, reason), rows[url].detail
    for pattern in fault.absent_urls:
        assert [url for url in rows if pattern.strip("%") in url] == []
    begin = fault.path.rstrip("*")
    asked = [
        path for site, path in nights.requests[0] if site == ARTICLES and begin and path.startswith(begin)
    ]
    assert fault.max_requests is not None
    assert len(asked) <= fault.max_requests, asked


@pytest.mark.parametrize("fault", of("paper"), ids=lambda fault: fault.key)
def test_a_feed_or_sitemap(fault: Fault, nights: Nights) -> None:
    row = nights.rows[0]["https://laodongthudo.vn" + fault.path]
    assert (row.outcome, row.reason or "") == (fault.outcome, fault.reason), row.detail
    assert fault.message in (row.detail or "")


@pytest.mark.parametrize("fault", of("site"), ids=lambda fault: fault.key)
def test_a_whole_site(fault: Fault, nights: Nights) -> None:
    night, site = nights.whole[fault.key]
    run = nights.runs[night][site]
    assert fault.message in problems(run)
    assert run.healthy is (not fault.message), problems(run)
    if fault.max_requests is not None:
        assert len([1 for key, _ in nights.requests[night] if key == site]) <= fault.max_requests
    gone = [row.url for row in nights.rows[night].values() if row.site == site and row.outcome == "gone"]
    assert len(gone) <= 2, "the soft and the dead page of the replica alone"


def test_the_newest_articles_are_found_whatever_feeds_and_sitemap_do(nights: Nights) -> None:
    truth = next(site for site in build_ground_truth(1, scale=SCALE).sites if site.key == PAPERS)
    assert {article.url for article in truth.articles} <= set(nights.articles[0])


def test_once_the_faults_are_over_nothing_is_missing(nights: Nights) -> None:
    truth = {article.url for site in build_ground_truth(1, scale=SCALE).sites for article in site.articles}
    assert truth - set(nights.articles[2]) == set()


def test_no_fault_is_one_of_our_own(nights: Nights) -> None:
    told = [problems(run) for night in nights.runs for run in night.values()]
    assert [line for line in told if "our own error" in line or "does not add up" in line] == []


def test_an_unreachable_site_is_told_in_one_line_and_loses_nothing(
    crawled: Callable[..., NightResult], engine: Engine, profiles: dict[str, SiteProfile]
) -> None:
    with ReplicaServer(1, scale=0.02, sites=[ARTICLES]) as server:
        crawled(server, [profiles[ARTICLES]])
        gone = dict(server.dial)
    article = (
        next(site for site in build_ground_truth(1, scale=0.02).sites if site.key == ARTICLES).articles[0].url
    )
    before = row_of(engine, article)

    class Dead:
        dial = gone

    result = crawled(Dead(), [profiles[ARTICLES]], night="two", revisit_all=True)
    assert not result.healthy
    assert "unreachable" in problems(result.runs[0])
    after = row_of(engine, article)
    assert (after.payload_digest, after.outcome) == (before.payload_digest, before.outcome)


def row_of(engine: Engine, url: str) -> Any:
    with reading(engine) as connection:
        return connection.execute(select(urls).where(urls.c.url == url)).one()


def test_faults_md_says_what_the_table_says() -> None:
    assert (ROOT / "docs" / "reference" / "faults.md").read_text(encoding="utf-8") == faults_text(), (
        "run: python docs/make.py"
    )
