"""One night, end to end, and the one after it, on the five replicas."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from sqlalchemy import Engine, func, select

from crawler.config import Config
from crawler.demo.ground_truth import GroundTruth, build_ground_truth, true_changes
from crawler.demo.http_handler import LoggedRequest
from crawler.demo.score import score_changes, score_site
from crawler.demo.server import ReplicaServer
from crawler.demo.site_systems import SYSTEMS
from crawler.night.run import NightResult, crawl
from crawler.night.session import NightSettings
from spiders.profile.site_profile import load_profiles
from spiders.urls.classify import classify
from storage.articles import changes as feed
from storage.articles import files
from storage.articles import queries as catalogue
from storage.database.engine import open_database, reading, upgrade
from storage.database.schema import captures, urls
from storage.records import ChangeKind
from storage.runs import runs
from storage.search.engine import engine_for
from storage.search.query.parse import parse

SCALE = 0.3


@dataclass
class Nights:
    engine: Engine
    results: tuple[NightResult, NightResult]
    logs: tuple[list[LoggedRequest], list[LoggedRequest]]  # as the servers saw it
    worlds: tuple[GroundTruth, GroundTruth]
    since: int  # the feed's last row after night one


@pytest.fixture(scope="module")
def nights(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Nights]:
    data = tmp_path_factory.mktemp("nights")
    profiles = [load_profiles()[key] for key in SYSTEMS]
    with ReplicaServer(1, scale=SCALE) as server:
        config = Config.model_validate({"data": data, "dial": dict(server.dial), "delay": 0.0, "workers": 1})
        engine = open_database(config.database_url)
        upgrade(engine)
        first = crawl(config, profiles, NightSettings("one", datetime.now(UTC)))
        with reading(engine) as connection:
            since = feed.newest(connection)
        log = server.requests
        server.clear_log()
        server.night = 2
        second = crawl(config, profiles, NightSettings("two", datetime.now(UTC), revisit_all=True))
        worlds = (build_ground_truth(1, scale=SCALE), build_ground_truth(2, scale=SCALE))
        yield Nights(engine, (first, second), (log, server.requests), worlds, since)
    engine.dispose()


def test_both_nights_are_healthy(nights: Nights) -> None:
    for result in nights.results:
        problems = [line for run in result.runs for line in (run.report or {})["problems"]]
        assert problems == []
        assert result.healthy
        assert [run.ending for run in result.runs] == ["finished"] * 5


def test_after_night_two_every_article_stands_with_every_field_right(nights: Nights) -> None:
    with reading(nights.engine) as connection:
        for site in nights.worlds[1].sites:
            score = score_site(connection, site)
            assert (score.missing, score.extra, score.titles, score.days) == ((), (), 1.0, 1.0), score.wrong[
                :3
            ]
            assert score.authors >= 0.95
            assert score.bodies >= 0.98


def test_night_one_found_every_article_of_its_world(nights: Nights) -> None:
    true = {article.url for site in nights.worlds[0].sites for article in site.articles}
    with reading(nights.engine) as connection:
        changes_told = [
            change for change in feed.read(connection, limit=100_000) if change.seq <= nights.since
        ]
    told = [change for change in changes_told if change.kind is not ChangeKind.CLUSTERED]
    assert Counter(change.url for change in told) == Counter(true)
    assert {change.kind.value for change in told} == {"added", "appeared"}


def test_night_two_finds_exactly_the_new_the_edited_and_the_vanished(nights: Nights) -> None:
    with reading(nights.engine) as connection:
        score = score_changes(connection, *nights.worlds, nights.since)
    true = true_changes(*nights.worlds)
    assert score.new == (len(true.new), len(true.new))
    assert score.edited == (len(true.edited), len(true.edited))
    assert score.vanished == (len(true.vanished), len(true.vanished))
    assert score.false == ()


def test_no_unchanged_article_is_sent_twice_as_the_servers_saw_it(nights: Nights) -> None:
    true = true_changes(*nights.worlds)
    changed = {*true.new, *true.edited, *true.vanished}
    unchanged = {
        (site.key, _target(article.url))
        for site in nights.worlds[1].sites
        for article in site.articles
        if article.url not in changed
    }
    whole = Counter((site, path) for log in nights.logs for site, _, path, status in log if status == 200)
    assert {key: whole[key] for key in unchanged if whole[key] != 1} == {}


def _target(url: str) -> str:
    parts = urlsplit(url)
    return parts.path + (f"?{parts.query}" if parts.query else "")


def test_no_url_is_asked_twice_in_one_night(nights: Nights) -> None:
    for log in nights.logs:
        asked = Counter((site, path) for site, _, path, _ in log)
        assert [key for key, count in asked.items() if count > 1] == []


def test_attachments_are_read_images_measured_and_both_tied_to_their_articles(nights: Nights) -> None:
    with reading(nights.engine) as connection:
        for site in nights.worlds[1].sites:
            score = score_site(connection, site)
            assert score.files[0] == score.files[1] > 0
            assert score.images[0] == score.images[1] > 0
            article = next(page for page in site.articles if page.attachments)
            number = catalogue.article_id_on_site(connection, site.key, article.url)
            assert number is not None
            kept = {file.url: file for file in files.files_of(connection, number)}
            paper = kept[article.attachments[0].url]
            assert paper.name == article.attachments[0].name
            assert {paper.type} <= {"pdf", "docx"}
            assert len(paper.text) > 500
            assert all(
                (kept[image.url].width, kept[image.url].height) == (48, 32) for image in article.images
            )
            words = " ".join(paper.text.split()[20:26])
            hits = engine_for(connection).search(connection, parse(f'file:"{words}"'))
            assert number in {hit.article_id for hit in hits.hits}, words


def test_nothing_refused_is_ever_asked(nights: Nights) -> None:
    profiles = load_profiles()
    pictures = {
        (site.key, urlsplit(image.url).path)
        for world in nights.worlds
        for site in world.sites
        for article in site.articles
        for image in article.images
    }
    for site, _, path, _ in (*nights.logs[0], *nights.logs[1]):
        if (site, path) in pictures:
            continue
        found = classify(f"https://{profiles[site].domain}{path}", profiles[site])
        assert found.refused is None or path == "/robots.txt" or path.startswith("/sitemaps/"), path
        assert not path.startswith("/tim-kiem"), "robots.txt forbids it"


def test_every_answer_of_the_servers_is_in_the_warcs(nights: Nights) -> None:
    sent = Counter(status for log in nights.logs for _, _, _, status in log)
    with reading(nights.engine) as connection:
        answered = connection.execute(select(captures.c.status, func.count()).group_by(captures.c.status))
        kept: dict[int, int] = {row[0]: row[1] for row in answered}
    assert kept == sent


def test_the_counts_of_each_report_add_up_to_the_frontiers_rows(nights: Nights) -> None:
    with reading(nights.engine) as connection:
        for result in nights.results:
            for run in result.runs:
                report = run.report or {}
                assert sum(report["counts"].values()) == sum(t["count"] for t in report["tallies"])
        for run in nights.results[1].runs:
            chosen = select(urls.c.outcome, func.count()).where(urls.c.last_run == run.id)
            settled = connection.execute(chosen.group_by(urls.c.outcome))
            rows: dict[str, int] = {row[0]: row[1] for row in settled}
            assert rows == (run.report or {})["counts"]
            known = connection.scalar(select(func.count()).where(urls.c.site == run.site))
            assert known == sum(runs.count_url_states(connection, run.site).values())
        unexplained = select(urls.c.url).where(urls.c.outcome.is_(None))
        assert connection.scalars(unexplained).all() == []
        reasonless = urls.c.outcome.in_(("not_an_article", "failed", "gone", "refused", "moved"))
        assert connection.scalars(select(urls.c.url).where(reasonless, urls.c.reason.is_(None))).all() == []


def test_whole_republications_are_one_article_with_several_appearances(nights: Nights) -> None:
    articles = [article for site in nights.worlds[0].sites for article in site.articles]
    stories = Counter(
        article.story for article in articles if article.edit in {"original", "identical", "prefix"}
    )
    with reading(nights.engine) as connection:
        told = [change for change in feed.read(connection, limit=100_000) if change.seq <= nights.since]
    appeared = sum(change.kind.value == "appeared" for change in told)
    assert appeared == sum(count - 1 for count in stories.values()) > 0


@pytest.mark.parametrize("query", ["công đoàn cơ sở", "cong doan co so", "CÔNG ĐOÀN CƠ SỞ"])
def test_the_archive_is_searched_however_it_is_typed(nights: Nights, query: str) -> None:
    with reading(nights.engine) as connection:
        found = engine_for(connection).search(connection, parse(query), limit=5)
        most = engine_for(connection).search(connection, parse("công đoàn cơ sở"), limit=5)
    assert found.total == most.total > 50


def test_warcs_are_closed_and_only_hold_what_the_database_knows(nights: Nights, tmp_path: Path) -> None:
    warcs = Path(nights.engine.url.database or "").parent / "warc"
    with reading(nights.engine) as connection:
        known = set(connection.scalars(select(captures.c.warc_file)))
    assert {path.name for path in warcs.iterdir()} == known
