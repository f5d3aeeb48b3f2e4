"""The API as programs use it: pages, cursors, tags, problems, the feed."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx2
import jsonschema
import pytest
import time_machine
from fastapi.testclient import TestClient
from sqlalchemy import Engine
from sqlalchemy.exc import OperationalError

from storage.database.timeouts import TooCostlyError
from storage.export.export_row import EXPORT_ROW
from storage.export.row_schema import article_json_schema
from storage.web.api import changes as feed
from storage.web.app import create_app
from storage.web.roles import AccessSettings
from storage.web.settings import WebSettings
from tests.storage.web.sample_archive import FILLERS, TITLE

API = "/api/v1"
JSON_MEDIA_TYPE = "application/problem+json"


def told(response: httpx2.Response, status: int = 200) -> Any:
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == ("application/json" if status < 400 else JSON_MEDIA_TYPE)
    return response.json()


@pytest.fixture(scope="module")
def client(opened: tuple[Engine, WebSettings]) -> TestClient:
    """A program that is let ask as often as it likes."""
    app = create_app(*opened, AccessSettings(api_requests=10**6))
    return TestClient(app, base_url="http://room.example", raise_server_exceptions=False)


def pages(client: TestClient, path: str, **asked: Any) -> Iterator[Any]:
    """Every page of a list."""
    after: dict[str, str] = {}
    while True:
        page = told(client.get(API + path, params={**asked, **after}))
        yield page
        if page["next"] is None:
            return
        after = {"after": page["next"]}


def test_it_tells_what_it_is_and_where_to_begin(client: TestClient) -> None:
    about = told(client.get(f"{API}/"))
    assert about["holdings"]["articles"] == FILLERS + 3
    described = told(client.get(about["openapi"]))
    assert described["openapi"].startswith("3.1")
    assert told(client.get(about["article_schema"]))["title"] == article_json_schema()["title"]
    assert {method for path in described["paths"].values() for method in path} == {"get"}
    for name, record in described["components"]["schemas"].items():
        assert record.get("description") or record.get("enum"), name


def test_a_field_is_described_where_its_record_is(client: TestClient) -> None:
    found = told(client.get(f"{API}/openapi.json"))["components"]["schemas"]
    assert (
        found["ExportRow"]["properties"]["lead"]["description"]
        == (article_json_schema()["properties"]["lead"]["description"])
    )
    assert found["ProblemDetails"]["properties"]["position"]["description"]


@pytest.mark.parametrize("fold", [True, False])
@pytest.mark.parametrize("sort", ["best", "newest", "oldest"])
def test_pages_of_an_answer_hold_every_hit_once(client: TestClient, sort: str, fold: bool) -> None:
    found = list(pages(client, "/search", q="công đoàn", sort=sort, fold=fold, limit=7))
    ids = [hit["id"] for page in found for hit in page["hits"]]
    assert len(ids) == len(set(ids)) == FILLERS + (1 if fold else 2)
    assert all(len(page["hits"]) <= 7 for page in found)


def test_a_hit_shows_what_was_asked_for(client: TestClient) -> None:
    page = told(client.get(f"{API}/search", params={"q": "hoa giai vien", "facets": True}))
    (hit,) = page["hits"]
    assert hit["title"] == TITLE
    assert [hit["title"][first:last] for first, last in hit["title_spans"]] == ["Hòa", "giải", "viên"]
    assert {hit["site"], *(copy["site"] for copy in hit["copies"])} == {"backan", "thudo", "huyen"}
    assert page["years"][0] == {"year": 2022, "articles": 2}
    assert {each["value"] for each in page["facets"]["site"]} == {"backan", "huyen"}
    in_file = told(client.get(f"{API}/search", params={"q": '"mái ấm"'}))["hits"][0]["passage"]
    assert in_file["file"] == "Kế hoạch năm 2022"


def test_where_nothing_has_all_words_there_is_what_has_most(client: TestClient) -> None:
    page = told(client.get(f"{API}/search", params={"q": "hòa giải viên lao động Xứ Sở Xa Lạ"}))
    assert (page["hits"], page["closer"]) == ([], [])
    assert page["alike"]
    assert page["alike"][0]["passage"]["spans"]


def test_an_article_is_the_row_of_an_export(client: TestClient) -> None:
    response = client.get(f"{API}/articles/1")
    row = told(response)
    assert EXPORT_ROW.validate_json(response.content).title == TITLE
    jsonschema.validate(row, article_json_schema())
    assert told(client.get(f"{API}/at", params={"url": row["url"]})) == row
    assert f"{API}/schema/article" in response.headers["link"]


def test_every_text_is_there_and_what_changed_between_them(client: TestClient) -> None:
    texts = list(pages(client, "/articles/1/revisions", limit=1))
    assert [each["number"] for page in texts for each in page["revisions"]] == [1, 2]
    old, new = (told(client.get(f"{API}/articles/1/revisions/{n}")) for n in (1, 2))
    assert (old["newest"], new["newest"]) == (False, True)
    (part,) = told(client.get(f"{API}/articles/1/diff", params={"from": 1, "to": 2}))["parts"]
    changed = [segment for line in part["lines"] for segment in line if segment["edit"] != "same"]
    assert changed == [{"edit": "removed", "text": "96"}, {"edit": "added", "text": "98"}]


def test_a_capture_leads_to_its_bytes(client: TestClient) -> None:
    (one,) = told(client.get(f"{API}/articles/1/captures"))["captures"]
    assert told(client.get(f"{API}/captures/{one['id']}")) == one
    assert TITLE in client.get(one["raw"]).content.decode()


def test_stories_sites_runs_places_and_documents(client: TestClient) -> None:
    assert len(told(client.get(f"{API}/stories/1"))["members"]) == 2
    assert {each["key"] for page in pages(client, "/sites", limit=1) for each in page["sites"]} == {
        "backan",
        "thudo",
        "huyen",
    }
    site = told(client.get(f"{API}/sites/backan"))
    assert (site["health"]["healthy"], site["health"]["problems"]) == (False, ["2 of 30 visits failed"])
    assert site["facts"]["successors"][0]["kind"] == "merged"
    (run,) = told(client.get(f"{API}/sites/backan/runs"))["runs"]
    assert told(client.get(f"{API}/runs/{run['number']}"))["report"]["counts"]["failed"] == 2
    assert sum(len(page["places"]) for page in pages(client, "/places", limit=50)) > 60
    place = told(client.get(f"{API}/places/bac_kan"))
    assert (place["place"]["now"], place["place"]["articles"]) == ("thai_nguyen", 2)
    (cited,) = told(client.get(f"{API}/documents"))["documents"]
    assert told(client.get(f"{API}/documents/{cited['number']}"))["total"] == cited["articles"] == 1


def test_the_feed_is_read_to_its_end_from_any_point(client: TestClient) -> None:
    rows: list[Any] = []
    at = 0
    while True:
        page = told(client.get(f"{API}/changes", params={"since": at, "limit": 5}))
        rows += page["changes"]
        if page["next"] == at:
            break
        at = page["next"]
    assert [row["seq"] for row in rows] == list(range(1, page["newest"] + 1))
    some = told(client.get(f"{API}/changes", params={"kinds": ["revised", "removed"]}))
    assert {row["kind"] for row in some["changes"]} == {"revised", "removed"}
    assert some["next"] == page["newest"], "what was left out has been looked at"
    compact = told(client.get(f"{API}/changes", params={"compact": True}))["changes"]
    assert len(compact) == len({row["article"] for row in rows})
    wrong = told(client.get(f"{API}/changes", params={"archive": "0123"}), 409)
    assert wrong["code"] == "another_archive"


def test_waiting_ends_with_the_time_given(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feed, "CHANGE_POLL_SECONDS", 0.05)
    newest = told(client.get(f"{API}/changes"))["newest"]
    waited = told(client.get(f"{API}/changes", params={"since": newest, "wait": 1}))
    assert (waited["changes"], waited["next"]) == ([], newest)


def test_what_one_has_is_not_sent_again(client: TestClient) -> None:
    for path in ("/", "/search?q=a", "/articles/1", "/changes", "/openapi.json"):
        first = client.get(API + path)
        tag = first.headers["etag"]
        assert tag.startswith('"'), "strong"
        for known in (tag, f'"other", {tag}', f"W/{tag}", "*"):
            again = client.get(API + path, headers={"If-None-Match": known})
            assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)
            assert again.headers["cache-control"] == first.headers["cache-control"]
        assert client.get(API + path, headers={"If-None-Match": '"other"'}).status_code == 200


def test_packed_bytes_have_a_tag_of_their_own_and_are_the_same_every_time(client: TestClient) -> None:
    plain, packed, twice = (
        client.get(f"{API}/articles/1", headers={"Accept-Encoding": told})
        for told in ("identity", "gzip", "br, gzip;q=0.5")
    )
    assert plain.headers["etag"] != packed.headers["etag"] == twice.headers["etag"]
    assert packed.headers["content-encoding"] == "gzip"
    assert plain.content == packed.content
    assert "Accept-Encoding" in plain.headers["vary"]
    assert (
        "content-encoding"
        not in client.get(f"{API}/articles/1", headers={"Accept-Encoding": "gzip;q=0"}).headers
    )


@pytest.mark.parametrize(
    ("path", "status", "code", "more"),
    [
        ("/search?q=a%20AND%20(b", 400, "misread_query", {"position", "problem"}),
        ("/search?q=NOT%20a", 400, "misread_query", {"position", "problem"}),
        ("/search?q=a&after=zzz", 400, "misread_query", {"position", "problem"}),
        ("/search?q=%00", 400, "misread_query", {"position", "problem"}),
        ("/sites?after=zzz", 400, "bad_request", {"detail"}),
        ("/search", 422, "bad_parameter", {"errors"}),
        ("/search?q=" + "a" * 1001, 422, "bad_parameter", {"errors"}),
        ("/search?q=a&limit=101", 422, "bad_parameter", {"errors"}),
        ("/search?q=a&limt=5", 422, "bad_parameter", {"errors"}),
        ("/search?q=a&q=b", 422, "bad_parameter", {"errors"}),
        ("/changes?kinds=eaten", 422, "bad_parameter", {"errors"}),
        ("/changes?wait=31", 422, "bad_parameter", {"errors"}),
        ("/articles/x", 422, "bad_parameter", {"errors"}),
        ("/articles/999", 404, "not_found", {"detail"}),
        ("/articles/1/revisions/9", 404, "not_found", {"detail"}),
        ("/articles/1/diff?from=1&to=9", 404, "not_found", {"detail"}),
        ("/articles/9007199254740991", 404, "not_found", {"detail"}),
        ("/captures/999", 404, "not_found", {"detail"}),
        ("/stories/999", 404, "not_found", {"detail"}),
        ("/sites/nowhere", 404, "not_found", {"detail"}),
        ("/sites/..%2f..%2fetc", 404, "not_found", set()),
        ("/sites/a%0d%0aSet-Cookie:%20b=c", 404, "not_found", set()),
        ("/places/atlantis", 404, "not_found", {"detail"}),
        ("/documents/nothing", 404, "not_found", {"detail"}),
        ("/runs/999", 404, "not_found", {"detail"}),
        ("/nothing", 404, "not_found", set()),
        ("/nothing%0a", 404, "not_found", set()),
    ],
)
def test_what_is_wrong_is_told(client: TestClient, path: str, status: int, code: str, more: set[str]) -> None:
    problem_response = told(client.get(API + path), status)
    assert (problem_response["code"], problem_response["status"], problem_response["type"]) == (
        code,
        status,
        f"{API}/problems/{code}",
    )
    assert more <= problem_response.keys()
    assert told(client.get(problem_response["type"]))["title"] == problem_response["title"]


def test_a_mistake_in_a_query_is_pointed_at(client: TestClient) -> None:
    query = "phát triển (đảng viên"
    problem_response = told(client.get(f"{API}/search", params={"q": query}), 400)
    assert query[problem_response["position"] :].startswith("(")


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"])
def test_nothing_is_answered_but_get_and_head(client: TestClient, method: str) -> None:
    response = client.request(method, f"{API}/articles/1")
    assert told(response, 405)["code"] == "method"
    assert "GET" in response.headers["allow"]


def test_head_tells_what_get_would(client: TestClient) -> None:
    get, head = (client.request(method, f"{API}/articles/1") for method in ("GET", "HEAD"))
    assert head.content == b""
    for name in ("etag", "content-type", "cache-control", "content-length"):
        assert head.headers[name] == get.headers[name]


def test_other_sites_scripts_may_not_read_it(client: TestClient) -> None:
    response = client.get(f"{API}/", headers={"Origin": "https://elsewhere.example"})
    assert not [name for name in response.headers if name.startswith("access-control")]


def _costly() -> None:
    raise TooCostlyError("stopped")


def _secretive() -> None:
    raise OperationalError("SELECT password", {}, Exception("disk I/O error at /srv/archive.db"))


def _locked() -> None:
    raise OperationalError("SELECT 1", {}, Exception("database is locked"))


@pytest.mark.parametrize(
    ("mishap", "status", "code"),
    [(_costly, 503, "too_costly"), (_locked, 503, "busy"), (_secretive, 500, "broken")],
)
def test_a_mishap_gives_nothing_away(
    sqlite_archive: Engine, tmp_path: Path, mishap: Callable[[], None], status: int, code: str
) -> None:
    app = create_app(sqlite_archive, WebSettings(tmp_path))
    api = next(route.app for route in app.routes if getattr(route, "path", "") == API)  # type: ignore[attr-defined]
    api.add_api_route("/mishap", mishap)
    response = TestClient(app, raise_server_exceptions=False).get(f"{API}/mishap")
    assert told(response, status)["code"] == code
    assert not {"srv", "password"} & set(json.dumps(response.json()).replace("/", " ").split())
    assert ("retry-after" in response.headers) == (status == 503)
    assert "content-security-policy" in response.headers


@time_machine.travel(
    datetime(2026, 12, 1, 12, 0, 10, tzinfo=UTC), tick=True
)  # windows begin at whole minutes
def test_who_asks_too_often_is_told_to_wait(opened: tuple[Engine, WebSettings]) -> None:
    reader = TestClient(create_app(*opened, AccessSettings(api_requests=3)))
    left = [reader.get(f"{API}/problems").headers["ratelimit"] for _ in range(3)]
    assert [told.split(";")[1] for told in left] == ["r=2", "r=1", "r=0"]
    refused = reader.get(f"{API}/problems")
    assert told(refused, 429)["code"] == "too_many"
    assert 1 <= int(refused.headers["retry-after"]) <= 60
    assert refused.headers["ratelimit-policy"] == '"calls";q=3;w=60'
    assert reader.get("/help").status_code == 200, "pages are counted apart"


def test_a_costly_question_is_cut(
    opened: tuple[Engine, WebSettings], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "storage.database.timeouts.STEPS", 1
    )  # so small an archive is read before SQLite looks once
    engine, settings = opened
    reader = TestClient(
        create_app(engine, replace(settings, page_seconds=-1.0)), raise_server_exceptions=False
    )
    response = reader.get(f"{API}/search", params={"q": "công đoàn"})
    assert told(response, 503)["code"] == "too_costly"
    assert reader.get("/search", params={"q": "công đoàn"}).status_code == 503
