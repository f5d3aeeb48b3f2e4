"""The results page: the same for every way of typing, and kind to what cannot be understood."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import replace

import pytest
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, text

from storage.web.app import create_app
from storage.web.settings import WebSettings
from tests.storage.web.pages.test_pages import flat
from tests.storage.web.test_timeouts import ENDLESS

TYPINGS = (
    "hòa giải viên lao động",
    "hoa giai vien lao dong",
    "hoà giải viên lao động",
    unicodedata.normalize("NFD", "hòa giải viên lao động"),
    "HÒA GIẢI VIÊN LAO ĐỘNG",
)


@pytest.mark.parametrize("typed", TYPINGS)
def test_every_way_of_typing_finds_the_article_and_marks_it(client: TestClient, typed: str) -> None:
    response = client.get("/search", params={"q": typed})
    assert re.search(r'<a href="/article/[12]"><mark>', response.text), "the article, or its copy"
    assert "+2 copies" in flat(response)
    assert 'href="/story/1"' in response.text


def test_a_passage_of_an_attachment_says_which(client: TestClient) -> None:
    assert "In the file “Kế hoạch năm 2022”: Kế hoạch kiểm tra mái ấm" in flat(
        client.get("/search", params={"q": "mái ấm"})
    )


def test_pages_follow_one_another_without_gaps(client: TestClient) -> None:
    seen: list[str] = []
    path = "/search?q=thang+cong+nhan"
    while path:
        text = client.get(path).text
        seen += re.findall(r'<h2><a href="/article/(\d+)">', text)
        following = re.search(r'class="next" href="([^"]+)"', text)
        path = following[1].replace("&amp;", "&") if following else ""
    assert len(seen) == len(set(seen)) == 24


@pytest.mark.parametrize(
    ("typed", "said", "at"),
    [
        ('lao động "hòa giải', "never closed", 9),
        ("title:", "", 0),
        ("-tết", "", 0),
        ("x" * 2001, "at most 2000 characters", None),
        ("NEAR(a)", "", None),
        ("(lao động", "", None),
        ("place:atlantis", "", None),
        ("a " * 70, "at most 64", None),
    ],
)
def test_a_question_that_cannot_be_understood_is_pointed_at(
    client: TestClient, typed: str, said: str, at: int | None
) -> None:
    response = client.get("/search", params={"q": typed})
    assert response.status_code == 400
    assert said in flat(response)
    if at is not None:
        assert f"At character {at + 1}." in flat(response)
        assert f"{typed[:at]}<mark>{typed[at]}</mark>".replace('"', "&#34;") in response.text
    vietnamese = flat(client.get("/search", params={"q": typed, "lang": "vi"}))
    assert "Không hiểu được câu hỏi này" in vietnamese
    assert "never closed" not in vietnamese


def test_answers_are_narrowed_by_facet_and_year(client: TestClient) -> None:
    text = client.get("/search", params={"q": "lao động"}).text
    for told in ("place%3A%3Dbac_kan", "site%3Abackan", "level%3Aprovince", "has%3Afile", "date%3A2022"):
        assert f"q=lao+%C4%91%E1%BB%99ng+{told}" in text, told
    narrowed = flat(client.get("/search", params={"q": "lao động place:=bac_kan date:2022"}))
    assert "1 story in 2 articles" in narrowed
    assert "2022: 2" in narrowed, "the number stands on the bar"


def test_places_that_changed_are_offered(client: TestClient) -> None:
    text = client.get("/search", params={"q": "hòa giải place:thái nguyên"}).text
    assert "Places have changed:" in text
    assert "place%3A%3Dbac_kan" in text
    assert re.search(r'<a href="/article/[12]">', text), "Bắc Kạn's are Thái Nguyên's now"


def test_what_was_perhaps_meant_is_offered(client: TestClient) -> None:
    text = flat(client.get("/search", params={"q": "hòa giải viênn"}))
    assert "Nothing found for “hòa giải viênn”" in text
    assert "Did you mean hòa giải viên ?" in text


def test_a_cursor_of_another_question_begins_anew(client: TestClient) -> None:
    response = client.get("/search", params={"q": "hòa giải", "after": "WzEsMiwzXQ"})
    assert response.status_code == 400
    assert 'href="/search?q=h%C3%B2a%20gi%E1%BA%A3i"' in response.text


def test_where_not_all_are_ranked_the_page_says_so(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in ("sqlite.fts_rank", "sqlite.fts_matches", "postgres.tsvector_engine"):
        monkeypatch.setattr(f"storage.search.{module}.MAX_RANKED_HITS", 5, raising=False)
    text = flat(client.get("/search?q=thang+cong+nhan"))
    assert "only the newest (5) were ranked" in text
    assert "At least 5 stories in 24 articles" in text


def test_every_example_the_pages_give_is_understood(client: TestClient) -> None:
    given = {path: re.findall(r'href="(/search\?q=[^"]+)"', client.get(path).text) for path in ("/", "/help")}
    assert len(given["/help"]) >= 20
    for example in {*given["/"], *given["/help"]}:
        assert client.get(example.replace("&amp;", "&")).status_code == 200, example


def test_what_is_typed_is_shown_and_never_acts(client: TestClient) -> None:
    response = client.get("/search", params={"q": '<script>alert("1")</script>'})
    assert "<script>alert" not in response.text
    assert "Nothing found" in flat(response)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(typed=st.text(max_size=60), sort=st.text(max_size=6), after=st.text(max_size=8))
def test_no_question_breaks_the_page(client: TestClient, typed: str, sort: str, after: str) -> None:
    response = client.get("/search", params={"q": typed, "sort": sort, "after": after})
    assert response.status_code in (200, 400), (typed, response.text)


def test_a_costly_question_is_stopped_and_says_how_to_ask_for_less(
    opened: tuple[Engine, WebSettings],
) -> None:
    engine, settings = opened
    app = create_app(engine, replace(settings, page_seconds=0.1))

    @app.get("/endless")
    def endless() -> None:
        with app.state.context.connect() as connection:
            connection.execute(text(ENDLESS[engine.dialect.name]))

    reader = TestClient(app)
    response = reader.get("/endless?lang=en")
    assert response.status_code == 503
    assert "Ask for less: add a further word" in flat(response)
    assert reader.get("/sites").status_code == 200, "the next reader is served"
