"""Collections in the reading room: a reader's own, changed by the room's own forms alone."""

from __future__ import annotations

import csv
import io
import re

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine
from starlette.types import ASGIApp, Receive, Scope, Send

from storage.web.app import create_app
from storage.web.roles import Role
from storage.web.settings import WebSettings

OURS = {"Origin": "http://room.example"}


class SignedIn:
    """As a proxy vouches: whoever asks is this user."""

    def __init__(self, app: ASGIApp, user: str, role: Role) -> None:
        self.app, self.user, self.role = app, user, role

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        scope["proxy_user"] = self.user, self.role
        await self.app(scope, receive, send)


def signed_in(opened: tuple[Engine, WebSettings], user: str, role: Role = Role.CURATOR) -> TestClient:
    app = SignedIn(create_app(*opened), user, role)
    reader = TestClient(app, base_url="http://room.example", raise_server_exceptions=False)
    reader.headers["Accept-Language"] = "en"
    return reader


def begun(reader: TestClient, name: str) -> str:
    answer = reader.post("/collections", data={"name": name}, headers=OURS, follow_redirects=False)
    assert answer.status_code == 303
    return answer.headers["location"]


def test_a_collection_from_beginning_to_end(opened: tuple[Engine, WebSettings]) -> None:
    reader = signed_in(opened, "lan")
    assert "Put it into a collection" not in reader.get("/article/1").text, "there is none yet"
    at = begun(reader, "Luận văn <b>")
    page = reader.get("/article/1").text
    assert "Luận văn &lt;b&gt;" in page
    item = {"article": "1", "revision": "1"}
    into = {"into": at.rsplit("/", 1)[1], "note": "=1+1 <script>", **item}
    assert reader.post("/collections/add", data=into, headers=OURS).status_code == 200
    shown = reader.get(at).text
    assert "=1+1 &lt;script&gt;" in shown
    assert 'href="/article/1/revision/1"' in shown
    reader.post(f"{at}/note", data={**item, "note": "=2+2"}, headers=OURS)
    sheet = reader.get(f"{at}.csv")
    assert [row["note"] for row in csv.DictReader(io.StringIO(sheet.text, newline=""))] == ["'=2+2"]
    assert "N1  - =2+2" in reader.get(f"{at}.ris").text
    assert "annote = {=2+2}" in reader.get(f"{at}.bib").text
    assert reader.get(f"{at}.docx").status_code == 404
    again = reader.post("/collections/add", data=into, headers=OURS)
    assert again.status_code == 400
    assert "is in it already" in again.text
    reader.post(f"{at}/remove", data=item, headers=OURS)
    assert reader.get(f"{at}.csv").text.count("\n") == 1
    reader.post(f"{at}/delete", headers=OURS)
    assert reader.get(at).status_code == 404


def test_nobody_sees_or_changes_anothers(opened: tuple[Engine, WebSettings], client: TestClient) -> None:
    lan, binh = signed_in(opened, "lan2"), signed_in(opened, "binh")
    at = begun(lan, "Riêng")
    for reader in (binh, client):
        assert reader.get(at).status_code == 404
        assert reader.get(f"{at}.csv").status_code == 404
        for act in ("note", "remove"):
            data = {"article": "1", "revision": "1", "note": "x"}
            assert reader.post(f"{at}/{act}", data=data, headers=OURS).status_code in {400, 404}
        assert reader.post(f"{at}/delete", headers=OURS).status_code in {400, 404}
    assert lan.get(at).status_code == 200
    assert "Riêng" not in binh.get("/collections").text
    told = client.get("/collections")
    assert told.status_code == 403
    assert "Nobody can sign in to this reading room" in told.text
    assert client.post("/collections", data={"name": "a"}, headers=OURS).status_code == 404


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://room.example", "Sec-Fetch-Site": "cross-site"},
    ],
)
def test_forms_of_other_pages_are_refused(
    opened: tuple[Engine, WebSettings], headers: dict[str, str]
) -> None:
    reader = signed_in(opened, "mai")
    assert reader.post("/collections", data={"name": "a"}, headers=headers).status_code == 403
    assert '<li><a href="/collections/' not in reader.get("/collections").text


@pytest.mark.parametrize(
    ("path", "data", "status"),
    [
        ("/collections", {"name": ""}, 400),
        ("/collections", {"name": "x" * 201}, 400),
        ("/collections/add", {"into": "1"}, 404),
        ("/collections/add", {"into": "9" * 30, "article": "1", "revision": "1"}, 404),
        ("/collections/add", {"into": "999999", "article": "1", "revision": "1"}, 400),
        (f"/collections/{'9' * 30}/delete", {}, 404),
        ("/collections/999999/delete", {}, 400),
    ],
)
def test_what_cannot_be_done_is_told(
    opened: tuple[Engine, WebSettings], path: str, data: dict[str, str], status: int
) -> None:
    answer = signed_in(opened, "mai").post(path, data=data, headers=OURS)
    assert answer.status_code == status
    assert re.search(r"<h1[^>]*>", answer.text)


@pytest.mark.parametrize("language", ["vi", "en"])
def test_the_pages_speak_both_languages(opened: tuple[Engine, WebSettings], language: str) -> None:
    reader = signed_in(opened, f"hoa-{language}")
    at = begun(reader, "A")
    for path in ("/collections", at):
        answer = reader.get(path, params={"lang": language})
        assert answer.status_code == 200
        assert ("Bộ sưu tập" in answer.text) == (language == "vi")


def test_a_reader_keeps_no_collections(opened: tuple[Engine, WebSettings]) -> None:
    reader = signed_in(opened, "lan", Role.READER)
    response = reader.post("/collections", data={"name": "a"}, headers=OURS)
    assert response.status_code == 403
    assert "Your role does not allow this" in response.text
