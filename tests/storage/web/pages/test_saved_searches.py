"""Watched searches in the reading room: a reader's own, changed by the room's own forms alone."""

from __future__ import annotations

import re

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine

from storage.articles.changes import newest
from storage.readers import saved_searches
from storage.readers.saved_searches import MAX_SAVED_SEARCHES, AlertRecipient
from storage.web.roles import Role
from storage.web.settings import WebSettings
from tests.storage.web.pages.test_collections import OURS, signed_in
from tests.storage.web.pages.test_pages import flat
from tests.storage.web.sample_archive import NOW

QUERY = 'tháng công nhân "lần thứ"'


def begun(reader: TestClient, name: str, query: str = QUERY) -> str:
    told = {"name": name, "q": query}
    answer = reader.post("/watches", data=told, headers=OURS, follow_redirects=False)
    assert answer.status_code == 303, answer.text
    return answer.headers["location"]


def behind(opened: tuple[Engine, WebSettings], owner: str) -> None:
    """As if nobody had been told anything yet."""
    with opened[0].begin() as connection:
        connection.exec_driver_sql(f"UPDATE watches SET seen = 0 WHERE owner = '{owner}'")


def test_a_watch_from_an_answer_to_its_end(opened: tuple[Engine, WebSettings]) -> None:
    reader = signed_in(opened, "mai", Role.READER)
    answer = reader.get("/search", params={"q": QUERY}).text
    assert '<form class="keep" action="/watches" method="post">' in answer
    assert 'name="q" value="tháng công nhân &#34;lần thứ&#34;"' in answer
    assert "You watch no search yet" in reader.get("/watches").text
    at = begun(reader, "Tháng <b>")
    assert "Tháng &lt;b&gt;" in reader.get("/watches").text
    assert "Nothing is new" in flat(reader.get(at))
    behind(opened, "mai")
    page = reader.get(at)
    assert "24 articles are new" in flat(page)
    until = re.search(r'name="until" value="(\d+)"', page.text)
    assert until
    reader.post(f"{at}/seen", data={"until": until[1]}, headers=OURS)
    assert "Nothing is new" in flat(reader.get(at))
    changed = {"name": "Khác", "q": "hòa giải", "language": "vi"}
    shown = reader.post(f"{at}/change", data=changed, headers=OURS)
    assert "<h1>Khác</h1>" in shown.text
    assert '<option value="vi" lang="vi" selected>' in shown.text
    assert "hòa giải" in reader.get("/watches").text
    reader.post(f"{at}/delete", headers=OURS)
    assert reader.get(at).status_code == 404


def test_who_was_away_for_long_is_told_so(
    opened: tuple[Engine, WebSettings], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("storage.web.pages.saved_searches.MAX_SEARCHED_CHANGES", 5)
    reader = signed_in(opened, "xa", Role.READER)
    at = begun(reader, "Xa")
    assert "Much has come in" not in reader.get(at).text
    behind(opened, "xa")
    text = flat(reader.get(at))
    assert "only the newest 5 changes of the archive were looked through" in text
    assert "5 articles are new" in text


def test_a_digest_is_in_the_language_the_search_was_watched_in(opened: tuple[Engine, WebSettings]) -> None:
    reader = signed_in(opened, "hoa", Role.READER)
    begun(reader, "en")
    reader.headers["Accept-Language"] = "vi"
    begun(reader, "")
    with opened[0].connect() as connection:
        assert {each.name: each.language for each in saved_searches.searches_of(connection, "hoa")} == {
            "en": "en",
            QUERY: "vi",
        }


def test_nobody_sees_or_changes_anothers(opened: tuple[Engine, WebSettings], client: TestClient) -> None:
    lan, binh = signed_in(opened, "lan"), signed_in(opened, "binh")
    at = begun(lan, "Riêng")
    for reader in (binh, client):
        assert reader.get(at).status_code == 404
        for act, told in (("seen", {"until": "1"}), ("change", {"name": "x", "q": "x"}), ("delete", {})):
            assert reader.post(f"{at}/{act}", data=told, headers=OURS).status_code in {400, 404}
    assert lan.get(at).status_code == 200
    assert "Riêng" not in binh.get("/watches").text
    page = client.get("/watches")
    assert page.status_code == 403
    assert "Nobody can sign in to this reading room" in page.text
    assert client.post("/watches", data={"q": "a"}, headers=OURS).status_code == 404
    assert "Watch this search" not in client.get("/search?q=x").text


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Origin": "https://evil.example"},
        {"Origin": "http://room.example", "Sec-Fetch-Site": "cross-site"},
    ],
)
def test_forms_of_other_pages_are_refused(
    opened: tuple[Engine, WebSettings], headers: dict[str, str]
) -> None:
    reader = signed_in(opened, "thu")
    at = begun(reader, f"Của tôi {headers}"[:80])
    for path, told in (
        ("/watches", {"q": "a"}),
        (f"{at}/change", {"q": "a", "name": "a"}),
        (f"{at}/seen", {"until": "1"}),
        (f"{at}/delete", {}),
    ):
        assert reader.post(path, data=told, headers=headers).status_code == 403
    assert reader.get(at).status_code == 200


@pytest.mark.parametrize(
    ("data", "status", "said"),
    [
        ({"name": "", "q": ""}, 400, "Type at least one word"),
        ({"name": "a", "q": '"không đóng'}, 400, "never closed"),
        ({"name": "x" * 81, "q": "a"}, 400, "1 to 80 characters"),
        ({"name": "a\nb", "q": "a"}, 400, "1 to 80 characters"),
        ({"name": "a", "q": "x" * 1001}, 400, "at most 1000 characters"),
        ({"name": "a", "q": "x" * 3000}, 404, "Nothing is at this address"),
    ],
)
def test_what_cannot_be_watched_is_told(
    opened: tuple[Engine, WebSettings], data: dict[str, str], status: int, said: str
) -> None:
    answer = signed_in(opened, "kim").post("/watches", data=data, headers=OURS)
    assert answer.status_code == status
    assert said in flat(answer) or status == 404


def test_a_reader_watches_only_so_much_and_a_name_once(opened: tuple[Engine, WebSettings]) -> None:
    reader = signed_in(opened, "nam", Role.READER)
    begun(reader, "a")
    again = reader.post("/watches", data={"name": "a", "q": "b"}, headers=OURS)
    assert again.status_code == 400
    assert "there is one of that name" in again.text
    with opened[0].begin() as connection:
        for at in range(MAX_SAVED_SEARCHES - 1):
            saved_searches.add_search(connection, str(at), "a", AlertRecipient("nam"), NOW)
        assert newest(connection)
    assert "remove one first" in reader.post("/watches", data={"q": "a"}, headers=OURS).text


@pytest.mark.parametrize("language", ["vi", "en"])
def test_the_pages_speak_both_languages(opened: tuple[Engine, WebSettings], language: str) -> None:
    reader = signed_in(opened, f"an-{language}")
    at = begun(reader, "A")
    for path in ("/watches", at):
        answer = reader.get(path, params={"lang": language})
        assert answer.status_code == 200
        assert ("Tìm kiếm theo dõi" in answer.text) == (language == "vi")
