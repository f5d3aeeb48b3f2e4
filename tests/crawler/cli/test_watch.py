"""`congdoan watch` as its users meet it: told once, over real HTTP and SMTP, no address written down."""

from __future__ import annotations

import json
import os
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from email import message_from_bytes, policy
from http.server import BaseHTTPRequestHandler, HTTPServer
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

from crawler.alerts.notify import NotifyAddresses, NotifyError
from crawler.alerts.send_alert import AlertOutcome, send_alert
from crawler.cli.main import EXIT_CANNOT, run
from storage.citations.reference import ArchiveIdentity
from storage.database.engine import open_database, upgrade
from storage.readers import saved_searches
from storage.readers.alert_digest import AlertDigest
from storage.readers.saved_searches import AlertRecipient, SavedSearch
from tests.storage.copied_articles import DAY, Press

NOW = datetime(2026, 11, 22, tzinfo=UTC)
HOUSE = ArchiveIdentity("https://luu.example")
EDITIONS = count()


@contextmanager
def listening(server: socketserver.TCPServer) -> Iterator[int]:
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server.server_address[1]
    server.shutdown()
    thread.join()
    server.server_close()


class Post(BaseHTTPRequestHandler):
    """Takes what is posted, unless it is told to refuse."""

    took: list[dict[str, Any]]
    refuses: bool

    def do_POST(self) -> None:
        said = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if not type(self).refuses:
            type(self).took.append(said)
        self.send_response(500 if type(self).refuses else 200)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Says nothing."""


class Mail(socketserver.StreamRequestHandler):
    """As much of SMTP as a client needs to leave a message."""

    took: list[bytes]

    def handle(self) -> None:
        self.wfile.write(b"220 here\r\n")
        for line in self.rfile:
            verb = line[:4].upper().strip()
            if verb == b"DATA":
                self.wfile.write(b"354 go on\r\n")
                type(self).took.append(b"".join(iter(self.rfile.readline, b".\r\n")))
            self.wfile.write(b"221 bye\r\n" if verb == b"QUIT" else b"250 ok\r\n")
            if verb == b"QUIT":
                return


@pytest.fixture
def post() -> type[Post]:
    return type("Fresh", (Post,), {"took": [], "refuses": False})


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in [name for name in os.environ if name.startswith("CONGDOAN_") and "TEST" not in name]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CONGDOAN_PUBLIC_URL", "https://luu.example")
    prints(tmp_path, "Bài cũ về quà Tết.")
    return tmp_path


def database(data: Path) -> Engine:
    return open_database(f"sqlite:///{data / 'archive.db'}")


def prints(data: Path, *texts: str) -> None:
    engine = database(data)
    upgrade(engine)
    with engine.begin() as connection:
        press = Press.opened(connection)
        press.printed = 100 * next(EDITIONS)
        for text in texts:
            press.prints("thudo", DAY, text, author="Thu Hà")
    engine.dispose()


def does(data: Path, *arguments: str) -> int:
    return run(["--data", str(data), "watch", *arguments])


def test_what_is_new_is_told_once_over_http(
    data: Path, post: type[Post], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with listening(HTTPServer(("127.0.0.1", 0), post)) as port:
        monkeypatch.setenv("CONGDOAN_NOTIFY_ARCHIVIST", f"json://ai:mat_khau_kin@127.0.0.1:{port}/bao")
        assert does(data, "add", "tet", '"quà Tết"', "--to", "archivist") == 0
        assert does(data, "run") == 0
        assert post.took == [], "quiet when nothing is new"
        prints(data, "Trao quà Tết cho công nhân.", "Chuyện khác.")
        assert does(data, "run") == does(data, "run") == 0
    (said,) = post.took
    assert said["title"] == "tet: 1 bài mới"
    assert "https://luu.example/article/2" in said["message"]
    assert "Thu Hà, Báo Lao động Thủ đô, ngày 12/06/2021" in said["message"]
    assert does(data, "list") == 0
    out = capsys.readouterr()
    assert "tet: sent 1 story" in out.out
    assert "archivist" in out.out
    everything = (data / "archive.db").read_bytes() + out.out.encode() + out.err.encode()
    assert b"mat_khau_kin" not in everything


def test_what_was_not_taken_is_told_by_the_next_run(
    data: Path,
    post: type[Post],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    with listening(HTTPServer(("127.0.0.1", 0), post)) as port:
        monkeypatch.setenv("CONGDOAN_NOTIFY_ARCHIVIST", f"json://ai:mat_khau_kin@127.0.0.1:{port}/bao")
        assert does(data, "add", "tet", '"quà Tết"', "--to", "archivist") == 0
        assert does(data, "add", "khac", "công nhân", "--to", "nobody") == 0
        prints(data, "Trao quà Tết cho công nhân.")
        post.refuses = True
        assert does(data, "run") == 1
        said = capsys.readouterr().err
        assert "target archivist: the message was not taken" in said
        assert "target nobody: it has no address; set CONGDOAN_NOTIFY_NOBODY" in said
        assert "mat_khau_kin" not in said + caplog.text
        post.refuses = False
        assert does(data, "run", "tet") == 0
    assert [each["title"] for each in post.took] == ["tet: 1 bài mới"]


def test_a_message_by_mail_from_a_private_file(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Fresh(Mail):
        took: list[bytes] = []  # noqa: RUF012 - one for each test

    with listening(socketserver.ThreadingTCPServer(("127.0.0.1", 0), Fresh)) as port:
        file = data / "addresses.toml"
        file.touch(0o600)
        file.write_text(f'archivist = "mailto://127.0.0.1:{port}?from=luu@luu.example&to=ban@doc.example"\n')
        monkeypatch.setenv("CONGDOAN_NOTIFY_FILE", str(file))
        assert does(data, "add", "tet", '"quà Tết"', "--to", "archivist") == 0
        prints(data, "Trao quà Tết cho công nhân.")
        assert does(data, "run") == 0
    (raw,) = Fresh.took
    told = message_from_bytes(raw, policy=policy.default)
    assert (told["To"], told["Subject"]) == ("ban@doc.example", "tet: 1 bài mới")
    body = told.get_body(("plain", "html"))
    assert body
    assert "https://luu.example/article/2" in body.get_content()


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        (["add", "tet", "a", "--to", "json://ai:mat_khau_kin@host"], EXIT_CANNOT, "a target is a name"),
        (["add", "tet", '"never closed', "--to", "archivist"], 1, "never closed"),
        (["add", "", "a", "--to", "archivist"], EXIT_CANNOT, "1 to 80 characters"),
        (["remove", "tet"], EXIT_CANNOT, "there is none of that name"),
        (["run", "tet"], EXIT_CANNOT, "there is none of that name"),
        (["list"], 0, "there are no saved searches"),
    ],
)
def test_what_cannot_be_done_is_told(
    capsys: pytest.CaptureFixture[str], data: Path, arguments: list[str], code: int, told: str
) -> None:
    assert does(data, *arguments) == code
    said = capsys.readouterr().err
    assert told in said
    assert "mat_khau_kin" not in said


@pytest.mark.parametrize(
    ("text", "mode", "told"),
    [
        ('archivist = "json://h/mat_khau_kin"', 0o640, "others may read the addresses in it; run chmod 600"),
        ("archivist = json://mat_khau_kin", 0o600, "not valid TOML"),
        ('other = "json://mat_khau_kin"', 0o600, "target archivist: it has no address"),
        (None, 0o600, "No such file or directory"),
    ],
)
def test_a_file_of_addresses_must_be_private_and_whole(
    tmp_path: Path, text: str | None, mode: int, told: str
) -> None:
    file = tmp_path / "addresses.toml"
    if text:
        file.write_text(text)
        file.chmod(mode)
    with pytest.raises(NotifyError) as caught:
        NotifyAddresses({}, file).url_of_target("archivist")
    assert told in str(caught.value)
    assert "mat_khau_kin" not in str(caught.value)


def test_a_run_killed_before_the_watch_moved_on_tells_again_and_at_no_other_moment(
    archive: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    with archive.begin() as connection:
        press = Press.opened(connection)
        press.prints("thudo", DAY, "Bài cũ.")
        watch = saved_searches.add_search(connection, "tet", "quà", AlertRecipient(target="archivist"), NOW)
        press.prints("thudo", DAY, "Trao quà.")
    took: list[str] = []

    def refuses(_watch: SavedSearch, _message: AlertDigest) -> None:
        raise NotifyError("no")

    def takes(_watch: SavedSearch, message: AlertDigest) -> None:
        took.append(message.body)

    with pytest.raises(NotifyError):
        send_alert(archive, HOUSE, watch.id, refuses, NOW)
    with monkeypatch.context() as killed:

        def dies(*_: object) -> None:
            raise KeyboardInterrupt

        killed.setattr(saved_searches, "finish_run", dies)
        with pytest.raises(KeyboardInterrupt):
            send_alert(archive, HOUSE, watch.id, takes, NOW)
    assert send_alert(archive, HOUSE, watch.id, takes, NOW).outcome is AlertOutcome.BUSY, (
        "its claim has not lapsed"
    )
    later = NOW + saved_searches.CLAIM_TERM
    assert send_alert(archive, HOUSE, watch.id, takes, later).outcome is AlertOutcome.SENT
    assert send_alert(archive, HOUSE, watch.id, takes, later).outcome is AlertOutcome.QUIET
    assert len(took) == 2
    assert took[0] == took[1], "the same changes are named, so that a reader knows it"


def test_runs_at_once_tell_once(archive: Engine) -> None:
    with archive.begin() as connection:
        press = Press.opened(connection)
        press.prints("thudo", DAY, "Bài cũ.")
        watch = saved_searches.add_search(connection, "tet", "quà", AlertRecipient(target="archivist"), NOW)
        press.prints("thudo", DAY, "Trao quà.")
    took: list[str] = []
    begun = threading.Barrier(4)

    def at_once() -> None:
        begun.wait()
        send_alert(archive, HOUSE, watch.id, lambda each, _: took.append(each.target), NOW)

    threads = [threading.Thread(target=at_once) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert took == ["archivist"]


def test_a_reader_is_told_at_their_own_address_in_their_language(
    data: Path, post: type[Post], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = database(data)
    with engine.begin() as connection:
        for owner in ("mai@luu.example", "lan"):
            saved_searches.add_search(
                connection, "tet", '"quà Tết"', AlertRecipient(owner, language="en"), NOW
            )
    engine.dispose()
    prints(data, "Bài mới về quà Tết.")
    with listening(HTTPServer(("127.0.0.1", 0), post)) as port:
        file = data / "addresses.toml"
        file.write_text(
            f'lan = "json://127.0.0.1:1/"\n[readers]\n"mai@luu.example" = "json://127.0.0.1:{port}/"'
        )
        file.chmod(0o600)
        monkeypatch.setenv("CONGDOAN_NOTIFY_FILE", str(file))
        assert does(data, "run") == 0
        said = capsys.readouterr()
        assert said.out == "tet (mai@luu.example): sent 1 story\n"
        assert does(data, "run") == 0
    (message,) = post.took
    assert message["title"] == "tet: new articles: 1"
    assert "12 June 2021" in message["message"]
    assert does(data, "list") == 0
    shown = capsys.readouterr().out
    assert shown.count("never") == 2, "who has no address waits for the reading room"
    assert does(data, "remove", "tet") == EXIT_CANNOT, "it is a reader's"
    assert does(data, "remove", "tet", "--owner", "lan") == 0
