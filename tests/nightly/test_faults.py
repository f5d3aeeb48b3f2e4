"""What a site does wrong, and what the report then says: every fault has its reason."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, select

from crawler.demo.server import ReplicaServer
from crawler.demo.world import build_world
from crawler.nightly import Result
from spiders.profile import SiteProfile
from storage.database import reading
from storage.schema import urls

SITE = "congdoanbackan"
SCALE = 0.05
ARTICLE = next(site for site in build_world(1, scale=SCALE).sites if site.key == SITE).articles[0].url
PATH = "/" + ARTICLE.split("/", 3)[3]


@pytest.fixture
def server() -> Iterator[ReplicaServer]:
    with ReplicaServer(1, scale=SCALE, sites=[SITE]) as running:
        yield running


def row(engine: Engine, url: str = ARTICLE) -> Any:
    with reading(engine) as connection:
        return connection.execute(select(urls).where(urls.c.url == url)).one()


def problems(result: Result) -> str:
    return "\n".join(line for run in result.runs for line in (run.report or {})["problems"])


@pytest.mark.parametrize(
    "case",
    [
        ("refuse", "failed", "connection_lost"),
        ("reset", "failed", "connection_lost"),
        ("truncate", "failed", "connection_lost"),
        ("timeout", "failed", "timeout"),
        ("503", "failed", "http_5xx"),
        ("429", "failed", "http_429"),
        ("403", "failed", "wall"),
        ("500-once", "new", None),
        ("bad-gzip", "failed", "bad_encoding"),
        ("empty", "not_an_article", "empty_body"),
        ("redirect-loop", "moved", "redirect_loop"),
        ("soft-404", "not_an_article", "soft_404"),
    ],
)
def test_a_fault_of_one_page_has_its_reason_and_harms_no_other(
    server: ReplicaServer,
    crawled: Callable[..., Result],
    engine: Engine,
    profiles: dict[str, SiteProfile],
    case: tuple[str, str, str | None],
) -> None:
    fault, outcome, reason = case
    server.faults[SITE, PATH] = fault
    result = crawled(server, [profiles[SITE]])
    struck = row(engine)
    assert (struck.outcome, struck.reason) == (outcome, reason), struck.detail
    counts = (result.runs[0].report or {})["counts"]
    others = counts["new"] + counts.get("copy", 0)
    world = next(site for site in build_world(1, scale=SCALE).sites if site.key == SITE)
    assert others == len(world.articles) - (outcome != "new")


def test_what_failed_is_asked_again_the_next_night_and_then_stored(
    server: ReplicaServer, crawled: Callable[..., Result], engine: Engine, profiles: dict[str, SiteProfile]
) -> None:
    server.faults[SITE, PATH] = "timeout"
    crawled(server, [profiles[SITE]])
    assert row(engine).state == "failed"
    del server.faults[SITE, PATH]
    crawled(server, [profiles[SITE]], night="two")
    assert (row(engine).state, row(engine).outcome) == ("done", "new")


def test_a_robots_txt_that_answers_503_leaves_the_site_alone(
    server: ReplicaServer, crawled: Callable[..., Result], profiles: dict[str, SiteProfile]
) -> None:
    server.faults[SITE, "/robots.txt"] = "503"
    result = crawled(server, [profiles[SITE]])
    assert {path for _, _, path, _ in server.requests} == {"/robots.txt"}
    assert not result.healthy
    assert "robots_unavailable" in problems(result)


def test_a_site_that_says_later_five_times_is_left_until_the_next_night(
    server: ReplicaServer, crawled: Callable[..., Result], profiles: dict[str, SiteProfile]
) -> None:
    server.faults[SITE, "*"] = "429"
    server.faults[SITE, "/robots.txt"] = "empty"
    result = crawled(server, [profiles[SITE]])
    assert not result.healthy
    assert len(server.requests) < 12


def test_an_unreachable_site_is_told_in_one_line_and_loses_nothing(
    server: ReplicaServer,
    crawled: Callable[..., Result],
    engine: Engine,
    profiles: dict[str, SiteProfile],
    tmp_path: Path,
) -> None:
    crawled(server, [profiles[SITE]])
    before = row(engine)
    server.stop()
    server.start()
    gone = ReplicaServer(1, scale=SCALE, sites=[SITE])
    gone.start()
    dead = dict(gone.dial)
    gone.stop()

    class Dead:
        dial = dead

    result = crawled(Dead(), [profiles[SITE]], night="two", revisit_all=True)
    assert not result.healthy
    assert "unreachable" in problems(result)
    assert (row(engine).payload_digest, row(engine).outcome) == (before.payload_digest, before.outcome)
