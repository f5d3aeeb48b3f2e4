"""Who comes into the reading room, as what, and what is refused."""

from __future__ import annotations

import asyncio
import socket
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import pytest
from fastapi import Depends, FastAPI, Request
from fastapi.testclient import TestClient
from sqlalchemy import Engine

from storage.web.app import create_app
from storage.web.auth import accounts
from storage.web.auth.accounts import AccountError, Accounts
from storage.web.auth.authorization import require_role
from storage.web.auth.csrf import require_same_origin
from storage.web.auth.proxy_headers import is_trusted_proxy
from storage.web.auth.sign_in import safe_next_path
from storage.web.middleware.concurrency import ConcurrencyLimiter, QueueFullError
from storage.web.problem_details import ProblemCode
from storage.web.request_user import client_of
from storage.web.roles import AccessSettings, Role
from storage.web.settings import WebSettings

SECRET = "a secret of the tests, long enough to sign with"
PASSWORD = "mật khẩu đủ dài"
OURS = {"Origin": "http://room.example", "Sec-Fetch-Site": "same-origin"}
PROXY = (ip_network("10.0.0.0/24"), ip_network("::1/128"))


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Accounts of a reader and a curator."""
    path = tmp_path_factory.mktemp("accounts") / "accounts.txt"
    accounts.put_account(path, "mai", Role.CURATOR, PASSWORD)
    accounts.put_account(path, "lan", Role.READER, PASSWORD)
    return path


def room_with(
    engine: Engine, access: AccessSettings, peer: str = "192.0.2.7", base_url: str = ""
) -> TestClient:
    """A client of a room that has two addresses more: who one is, and one for curators."""
    app = create_app(engine, WebSettings(Path("nowhere"), base_url), access)

    @app.get("/who")
    def who(request: Request) -> dict[str, Any]:
        client = request.client.host if request.client else None
        return {"user": request.state.user, "role": request.state.role, "client": client}

    @app.post("/keep", dependencies=[Depends(require_role(Role.CURATOR))])
    def keep() -> str:
        return "kept"

    return TestClient(app, base_url="http://room.example", client=(peer, 5000), follow_redirects=False)


def test_without_a_word_everyone_is_a_reader_without_a_name(sqlite_archive: Engine) -> None:
    reader = room_with(sqlite_archive, AccessSettings())
    assert reader.get("/who").json() == {"user": None, "role": Role.READER, "client": "192.0.2.7"}
    assert reader.post("/keep", headers=OURS).status_code == 403
    assert reader.get("/sign-in").status_code == 404


@pytest.mark.parametrize("told", ["X-Forwarded-User", "x-forwarded-user", "X-FORWARDED-USER"])
def test_a_proxys_word_counts_from_its_own_address_alone(sqlite_archive: Engine, told: str) -> None:
    access = AccessSettings(
        anonymous_role=Role.NOBODY,
        proxies=PROXY,
        user_header="X-Forwarded-User",
        groups_header="X-Forwarded-Groups",
        granted_roles={"kho": Role.CURATOR, "root": Role.OPERATOR},
    )
    sent = {told: "mai", "X-Forwarded-Groups": "doc, kho", "X-Forwarded-For": "203.0.113.9"}
    through = room_with(sqlite_archive, access, "10.0.0.5")
    assert through.get("/who", headers=sent).json() == {
        "user": "mai",
        "role": Role.CURATOR,
        "client": "203.0.113.9",
    }
    assert through.post("/keep", headers={**sent, **OURS}).status_code == 200
    assert through.get("/who", headers={told: "lan"}).json()["role"] == Role.READER
    assert through.get("/who", headers={told: "root"}).json()["role"] == Role.OPERATOR
    named = through.get("/who", headers={told.encode(): "Lê Thu Hà".encode()}).json()
    assert named["user"] == "Lê Thu Hà"
    assert through.get("/who").status_code == 403
    forged = room_with(sqlite_archive, access, "10.0.1.5").get("/who", headers=sent)
    assert forged.status_code == 403
    twice = through.get("/who", headers=[(told, "mai"), (told, "root")])
    assert twice.status_code == 400
    assert through.get("/api/v1/", headers={}).json()["code"] == "sign_in"


def test_headers_of_a_proxy_nobody_named_are_no_word(sqlite_archive: Engine) -> None:
    reader = room_with(sqlite_archive, AccessSettings(proxies=PROXY), "10.0.0.5")
    assert reader.get("/who", headers={"X-Forwarded-User": "root"}).json()["user"] is None


@pytest.mark.parametrize(
    ("address", "is_one"),
    [("10.0.0.9", True), ("::ffff:10.0.0.9", True), ("::1", True), ("10.0.1.9", False), ("", False),
     (None, False), ("testclient", False), ("010.0.0.9", False)],
)  # fmt: skip
def test_which_addresses_are_proxies(address: str | None, is_one: bool) -> None:
    assert is_trusted_proxy(address, PROXY) is is_one


def test_signing_in_and_out(sqlite_archive: Engine, file: Path) -> None:
    reader = room_with(
        sqlite_archive, AccessSettings(anonymous_role=Role.NOBODY, accounts_file=file, session_secret=SECRET)
    )
    away = reader.get("/search?q=a%26b")
    assert (away.status_code, away.headers["location"]) == (303, "/sign-in?next=%2Fsearch%3Fq%3Da%2526b")
    assert reader.get("/sign-in").headers["cache-control"] == "no-store"
    assert reader.get("/static/pages.css").status_code == 200
    wrong = reader.post("/sign-in", data={"name": "mai", "password": "x"}, headers=OURS)
    assert wrong.status_code == 403
    assert "set-cookie" not in wrong.headers
    right = reader.post(
        "/sign-in", data={"name": "mai", "password": PASSWORD, "next": "/search?q=a"}, headers=OURS
    )
    assert (right.status_code, right.headers["location"]) == (303, "/search?q=a")
    cookie = right.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=lax" in cookie
    assert reader.get("/who").json()["role"] == Role.CURATOR
    assert reader.post("/keep", headers=OURS).status_code == 200
    assert "mai" in reader.get("/help").text
    reader.post("/sign-out", headers=OURS)
    assert reader.get("/who").status_code == 303


def test_a_session_ends_with_its_password_and_cannot_be_made_up(
    sqlite_archive: Engine, tmp_path: Path
) -> None:
    file = tmp_path / "accounts.txt"
    accounts.put_account(file, "mai", Role.OPERATOR, PASSWORD)
    reader = room_with(
        sqlite_archive, AccessSettings(accounts_file=file, session_secret=SECRET, secure_cookies=True)
    )
    answer = reader.post("/sign-in", data={"name": "mai", "password": PASSWORD}, headers=OURS)
    assert "; secure" in answer.headers["set-cookie"]
    token = answer.headers["set-cookie"].split(";")[0].removeprefix("room=")
    mine = {"Cookie": f"room={token}"}
    assert reader.get("/who", headers=mine).json()["user"] == "mai"
    other = room_with(sqlite_archive, AccessSettings(accounts_file=file, session_secret=SECRET[::-1]))
    assert other.get("/who", headers=mine).json()["user"] is None, "signed by somebody else"
    accounts.put_account(file, "mai", Role.OPERATOR, PASSWORD + " mới")
    assert reader.get("/who", headers=mine).json() == {
        "user": None,
        "role": Role.READER,
        "client": "192.0.2.7",
    }


def test_programs_send_their_password_along(sqlite_archive: Engine, file: Path) -> None:
    reader = room_with(
        sqlite_archive, AccessSettings(anonymous_role=Role.NOBODY, accounts_file=file, session_secret=SECRET)
    )
    refused = reader.get("/api/v1/problems")
    assert refused.status_code == 401
    assert refused.headers["www-authenticate"].startswith("Basic")
    assert refused.json()["code"] == "sign_in"
    assert reader.get("/api/v1/problems", auth=("lan", PASSWORD)).status_code == 200
    assert reader.get("/api/v1/problems", auth=("lan", "x")).status_code == 401
    assert reader.get("/api/v1/problems", headers={"Authorization": "Basic ###"}).status_code == 401


def test_who_tries_passwords_is_stopped(sqlite_archive: Engine, file: Path) -> None:
    access = AccessSettings(accounts_file=file, session_secret=SECRET)
    reader = room_with(sqlite_archive, access)
    tried = [reader.get("/api/v1/problems", auth=("lan", f"x{n}")).status_code for n in range(11)]
    assert tried == [401] * 10 + [429]
    assert reader.get("/api/v1/problems", auth=("mai", PASSWORD)).status_code == 429, "the client"
    page = reader.post("/sign-in", data={"name": "mai", "password": PASSWORD}, headers=OURS)
    assert (page.status_code, page.headers["retry-after"]) == (429, "60")


def test_both_ways_of_typing_a_password_are_one(file: Path) -> None:
    import unicodedata

    known = Accounts(file)
    assert known.verify("mai", unicodedata.normalize("NFD", PASSWORD))
    assert known.verify("mai", PASSWORD + " ") is None
    assert known.verify("nobody", PASSWORD) is None


@pytest.mark.parametrize(
    ("text", "said"),
    [("mai", "not name:role:hash"), ("mai:king:$argon2id$x", "not name:role:hash"),
     ("mai:reader:plain", "not name:role:hash")],
)  # fmt: skip
def test_a_file_of_accounts_that_is_none_is_named(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "accounts.txt"
    path.write_text(text, encoding="utf-8")
    path.chmod(0o600)
    with pytest.raises(AccountError, match=f":1: {said}"):
        accounts.read_accounts(path)
    path.chmod(0o644)
    with pytest.raises(AccountError, match="chmod 600"):
        accounts.read_accounts(path)


def test_accounts_are_kept_to_oneself_and_taken_out(tmp_path: Path) -> None:
    path = tmp_path / "accounts.txt"
    for name, password in (("a b", PASSWORD), ("mai", "short"), ("mai:x", PASSWORD)):
        with pytest.raises(AccountError):
            accounts.put_account(path, name, Role.READER, password)
    accounts.put_account(path, "mai", Role.READER, PASSWORD)
    assert path.stat().st_mode & 0o777 == 0o600
    assert PASSWORD not in path.read_text(encoding="utf-8")
    accounts.remove_account(path, "mai")
    assert accounts.read_accounts(path) == {}
    with pytest.raises(AccountError, match="no account"):
        accounts.remove_account(path, "mai")


PUBLIC = "https://kho.example"  # the public address, where one is configured
FOREIGN_ORIGINS: tuple[dict[str, str], ...] = (
    {},
    {"Origin": ""},
    {"Origin": "null"},
    {"Origin": "http://elsewhere.example"},
    {"Origin": "http://room.example.elsewhere.example"},
    {"Origin": "http://room.example", "Sec-Fetch-Site": "cross-site"},
    {"Origin": "http://room.example", "Sec-Fetch-Site": "same-site"},
    {"Origin": "http://room.example", "Sec-Fetch-Site": "none"},
    {"Origin": "http://elsewhere.example", "Sec-Fetch-Site": "same-origin"},
    {"Sec-Fetch-Site": "same-site"},
    {"Sec-Fetch-Site": "none"},
    {"Sec-Fetch-Site": "same-origin"},  # says so, but does not name the origin
)


@pytest.mark.parametrize("headers", FOREIGN_ORIGINS)
def test_a_form_on_another_page_is_not_taken(sqlite_archive: Engine, headers: dict[str, str]) -> None:
    reader = room_with(sqlite_archive, AccessSettings(anonymous_role=Role.CURATOR))
    response = reader.post("/keep", headers=headers, params={"lang": "en"})
    assert response.status_code == 403
    assert "did not come from a page of this reading room" in response.text


@pytest.mark.parametrize("headers", [OURS, {"Origin": "http://room.example"}])
def test_a_form_on_a_page_of_ours_is_taken(sqlite_archive: Engine, headers: dict[str, str]) -> None:
    assert (
        room_with(sqlite_archive, AccessSettings(anonymous_role=Role.CURATOR))
        .post("/keep", headers=headers)
        .is_success
    )


@pytest.mark.parametrize(
    ("origin", "status"),
    [(PUBLIC, 200), ("http://room.example", 403), ("https://kho.example.elsewhere.example", 403)],
)
def test_with_a_public_address_the_host_header_is_no_origin_of_ours(
    sqlite_archive: Engine, origin: str, status: int
) -> None:
    reader = room_with(sqlite_archive, AccessSettings(anonymous_role=Role.CURATOR), base_url=PUBLIC)
    headers = {"Origin": origin, "Sec-Fetch-Site": "same-origin"}
    assert reader.post("/keep", headers=headers).status_code == status


def test_no_route_takes_a_form_without_looking_where_it_stands(sqlite_archive: Engine, file: Path) -> None:
    app = create_app(
        sqlite_archive,
        WebSettings(Path("nowhere")),
        AccessSettings(accounts_file=file, session_secret=SECRET),
    )
    assert isinstance(app, FastAPI)
    assert [each.dependency for each in app.router.dependencies] == [require_same_origin]


@pytest.mark.parametrize(
    ("to", "path"),
    [
        ("/search?q=a", "/search?q=a"),
        ("//elsewhere.example", "/"),
        ("https://elsewhere.example/", "/"),
        ("/\\elsewhere.example", "/"),
        ("javascript:alert(1)", "/"),
        ("/a\r\nSet-Cookie: b=c", "/"),
        ("/sign-out", "/"),
        ("", "/"),
    ],
)
def test_after_signing_in_one_stays_inside(to: str, path: str) -> None:
    assert safe_next_path(to) == path


def test_it_answers_to_its_own_names_alone(sqlite_archive: Engine) -> None:
    app = create_app(
        sqlite_archive, WebSettings(Path("nowhere")), AccessSettings(hosts=("room.example", "[::1]"))
    )
    for host, status in (
        ("room.example", 200),
        ("room.example:8300", 200),
        ("[::1]:8300", 200),
        ("ROOM.example", 200),
        ("elsewhere.example", 400),
        ("room.example.elsewhere.example", 400),
        ("room.example@elsewhere.example", 400),
        ("", 400),
    ):
        response = TestClient(app).get("/help", headers={"Host": host})
        assert response.status_code == status, host
        assert "content-security-policy" in response.headers


def test_long_bodies_and_odd_addresses_are_refused_before_they_are_read(sqlite_archive: Engine) -> None:
    reader = room_with(sqlite_archive, AccessSettings(anonymous_role=Role.CURATOR))
    long = b"name=" + b"a" * (1 << 19)
    assert reader.post("/keep", content=long, headers=OURS).status_code == 413
    assert reader.get("/article/1%0d%0aSet-Cookie:%20a=b").status_code == 404
    for path in ("/static/..%2f..%2fapp.py", "/static/%2e%2e/%2e%2e/app.py", "/static//etc/passwd"):
        assert reader.get(path).status_code == 404
    for told in ("/search?q=%0d%0aSet-Cookie:%20a=b", "/?lang=en%0d%0aA:b", "/at?url=%0d%0aA:b"):
        response = reader.get(told)
        assert response.status_code < 500
        assert not {"set-cookie", "a"} & set(response.headers)


def test_readers_are_counted_by_who_they_are() -> None:
    def scope(address: str, user: str | None = None) -> dict[str, Any]:
        return {"client": (address, 1), "state": {"user": user}}

    assert client_of(scope("192.0.2.1")) == "192.0.2.1"
    assert client_of(scope("2001:db8::1")) == client_of(scope("2001:db8::ffff")) == "2001:db8::/64"
    assert client_of(scope("192.0.2.1", "mai")) == client_of(scope("192.0.2.2", "mai"))


def test_one_client_takes_no_more_than_its_turns_and_the_others_come_too() -> None:
    async def play() -> None:
        limiter = ConcurrencyLimiter(
            max_concurrent=3, max_per_client=2, max_queued=4, max_queued_per_client=2, max_queue_seconds=0.05
        )
        await limiter.acquire("a")
        await limiter.acquire("a")
        with pytest.raises(QueueFullError):
            await limiter.acquire("a")
        await limiter.acquire("b")
        waiting = [asyncio.ensure_future(limiter.acquire("a")) for _ in range(2)]
        await asyncio.sleep(0)
        with pytest.raises(QueueFullError) as full:
            await limiter.acquire("a")
        assert full.value.code is ProblemCode.TOO_MANY
        limiter.release("a")
        await asyncio.wait(waiting)
        assert sorted(bool(each.exception()) for each in waiting) == [False, True]
        for name in ("a", "a", "b"):
            limiter.release(name)
        await asyncio.gather(*(limiter.acquire(name) for name in "xyz"))

    asyncio.run(play())


def test_nothing_is_asked_of_the_network(
    opened: tuple[Engine, WebSettings], monkeypatch: pytest.MonkeyPatch
) -> None:
    reader = TestClient(create_app(*opened))
    reader.get("/")  # the database is open, the loop has its sockets
    asked: list[Any] = []
    own = {opened[0].url.host, "127.0.0.1", "::1"}

    def refuse(_self: socket.socket, address: Any) -> None:
        asked.append(address)
        raise AssertionError(f"asked {address}")

    def connect(self: socket.socket, address: Any) -> None:
        if address[0] not in own:
            refuse(self, address)

    monkeypatch.setattr(socket.socket, "connect", connect)
    monkeypatch.setattr(socket.socket, "connect_ex", connect)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    for path in (
        "/article/1",
        "/capture/1/page",
        "/capture/1/raw",
        "/file/1",
        "/at?url=http%3A%2F%2F169.254.169.254%2Flatest",
        "/api/v1/at?url=http%3A%2F%2F169.254.169.254%2Flatest",
        "/api/v1/articles/1",
        "/api/v1/search?q=http%3A%2F%2F169.254.169.254",
        "/api/v1/captures/1",
    ):
        assert reader.get(path).status_code in {200, 400, 404}, path
    assert asked == []
