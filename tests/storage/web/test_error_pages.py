"""What can go wrong behind a page, and what its reader sees."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from storage.search.query.parse import QueryError, QueryProblem
from storage.web.app import create_app
from storage.web.context import MAX_CONCURRENT_READS
from storage.web.settings import WebSettings
from tests.storage.web.pages.test_pages import PAGES, flat


def _locked() -> None:
    raise OperationalError("SELECT 1", {}, sqlite3.OperationalError("database is locked"))


def _unreachable() -> None:
    raise OperationalError("SELECT 1", {}, sqlite3.OperationalError("disk I/O error at /srv/archive.db"))


def _crowded() -> None:
    raise PoolTimeout("QueuePool limit")


def _mistaken() -> None:
    raise KeyError("a secret of ours")


def _misread() -> None:
    raise QueryError("Type at least one word", 0, QueryProblem.EMPTY)


@pytest.mark.parametrize(
    ("mishap", "status", "said"),
    [
        (_locked, 503, "The archive is busy"),
        (_crowded, 503, "The archive is busy"),
        (_unreachable, 500, "a mistake of ours"),
        (_mistaken, 500, "a mistake of ours"),
        (_misread, 400, "Type at least one word"),
    ],
)
def test_a_mishap_has_a_page_that_gives_nothing_away(
    sqlite_archive: Engine, tmp_path: Path, mishap: Callable[[], None], status: int, said: str
) -> None:
    app = create_app(sqlite_archive, WebSettings(tmp_path))
    app.add_api_route("/mishap", mishap)
    response = TestClient(app, raise_server_exceptions=False).get("/mishap?lang=en")
    assert response.status_code == status
    assert said in flat(response)
    assert "secret" not in response.text
    assert "/srv" not in response.text
    assert "content-security-policy" in response.headers
    assert ("retry-after" in response.headers) == (status == 503)


def test_readers_wait_for_one_another_and_not_for_ever(
    sqlite_archive: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("storage.web.context.READ_SLOT_WAIT_SECONDS", 0.05)
    app = create_app(sqlite_archive, WebSettings(tmp_path))
    reader = TestClient(app)
    with ExitStack() as others:
        for _ in range(MAX_CONCURRENT_READS):
            others.enter_context(app.state.context.connect())
        response = reader.get("/search?q=x&lang=en")
        assert (response.status_code, response.headers["retry-after"]) == (503, "10")
        assert reader.get("/help").status_code == 200, "what needs no database is served"
    assert reader.get("/search?q=x").status_code == 200


def test_an_article_is_read_where_its_captures_are_lost(
    opened: tuple[Engine, WebSettings], tmp_path: Path
) -> None:
    engine, settings = opened
    reader = TestClient(create_app(engine, replace(settings, warcs=tmp_path)), raise_server_exceptions=False)
    assert reader.get("/article/1").status_code == 200
    for path in ("/capture/1", "/capture/1/page", "/capture/1/raw", "/file/1"):
        response = reader.get(path, params={"lang": "en"})
        assert response.status_code == 503, path
        assert "missing or damaged" in flat(response)


@pytest.mark.parametrize(
    "path",
    [
        f"/article/{10**30}",
        f"/capture/{2**63}",
        f"/story/-{2**63 + 1}",
        f"/file/1/{2**64}",
        "/site/a%00b",
        "/organisation/%00",
        "/document/x%00",
        "/place/%00",
        "/at?url=%00",
        "/organisation/%ED%A0%80",
        "/static/../app.py",
        "/static/nothing.css",
    ],
)
def test_addresses_nobody_has_are_no_mistakes_of_ours(client: TestClient, path: str) -> None:
    assert client.get(path).status_code == 404


def test_headers_alone_are_answered_too(client: TestClient) -> None:
    alone, whole = client.head("/article/1"), client.get("/article/1")
    assert (alone.status_code, alone.content) == (200, b"")
    assert alone.headers["etag"] == whole.headers["etag"]
    assert "Disallow: /search" in client.get("/robots.txt").text


def test_an_empty_archive_has_its_pages(archive: Engine, tmp_path: Path) -> None:
    reader = TestClient(create_app(archive, WebSettings(tmp_path)))
    for path in (
        "/",
        "/search",
        "/search?q=x",
        "/sites",
        "/places",
        "/organisations",
        "/documents",
        "/about",
    ):
        assert reader.get(path).status_code == 200, path
    missing = [path for path in PAGES if path.startswith(("/article", "/story", "/capture", "/site/"))]
    assert {reader.get(path).status_code for path in missing} == {404}
    assert "/place/bac_kan" in reader.get("/places").text


def test_the_public_address_is_what_links_are_kept_by(opened: tuple[Engine, WebSettings]) -> None:
    engine, settings = opened
    public = TestClient(create_app(engine, replace(settings, base_url="https://luutru.example")))
    text = public.get("/article/1").text
    assert '<link rel="canonical" href="https://luutru.example/article/1">' in text
    assert "https://luutru.example/file/" in public.get("/capture/1/page").headers["content-security-policy"]
