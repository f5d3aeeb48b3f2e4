"""The cassette handler under plain Scrapy spiders: what a server said is played back, byte for byte."""

from __future__ import annotations

import asyncio
import gzip
import socket
import ssl
from collections.abc import AsyncIterator, Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from pathlib import Path
from threading import Thread
from types import SimpleNamespace
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from scrapy import Request, Spider
from scrapy.crawler import AsyncCrawlerRunner
from scrapy.exceptions import DownloadConnectionRefusedError
from scrapy.http import Response
from scrapy.settings import Settings
from twisted.python.failure import Failure
from vcr import VCR
from vcr.patch import PATCHER_NAMES
from vcr.request import Request as Asked

from crawler.config import Config
from spiders.responses.failures import failure_reason
from tests.cassettes import FAILURES, answer_of, asked_of, failure_of, playing, recording, response_of
from tests.offline import NetworkUsedError, offline

PAGE = "<p>Đại hội Công đoàn huyện nhiệm kỳ 2023–2028</p>\r\n" * 30
PICTURE = bytes(range(256)) * 3
HANDLER = "tests.cassettes.CassetteHandler"


class Told(NamedTuple):
    """One thing a spider was told: an answer, or the failure in its stead."""

    method: str
    path: str
    status: int
    headers: tuple[tuple[bytes, bytes], ...]
    body: bytes
    error: str = ""


class Answers(BaseHTTPRequestHandler):
    """A server with a habit on every path."""

    protocol_version = "HTTP/1.1"
    tick = count(1)
    cut = 0  # requests that were hung up on

    def log_message(self, format: str, *args: object) -> None:
        """Nothing on the terminal."""

    def do_GET(self) -> None:
        if self.path == "/cut":
            type(self).cut += 1
            self.close_connection = True
            return
        turn = next(self.tick)
        answers: dict[str, tuple[int, bytes, dict[str, str]]] = {
            "/plain": (200, b"ok", {"Set-Cookie": "a=1"}),
            "/gzip": (200, gzip.compress(PAGE.encode(), mtime=0), {"Content-Encoding": "gzip"}),
            "/windows-1258": (200, "Công đoàn".encode("cp1258"), {"Content-Type": "text/html"}),
            "/picture": (200, PICTURE, {"Content-Type": "image/png"}),
            "/moved": (302, b"", {"Location": "/plain"}),
            "/count": (200, b"turn %d" % turn, {}),
            "/flaky": (500 if turn % 2 else 200, b"turn %d" % turn, {}),
        }
        self._send(*answers[self.path])

    def do_POST(self) -> None:
        sent = self.rfile.read(int(self.headers["Content-Length"]))
        self._send(200, b"you said " + sent, {})

    def _send(self, status: int, body: bytes, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)


def asks(*paths: str) -> Callable[[str], list[Request]]:
    return lambda home: [Request(home + path, dont_filter=True) for path in paths]


def posts(*bodies: bytes) -> Callable[[str], list[Request]]:
    return lambda home: [Request(f"{home}/echo", method="POST", body=b, dont_filter=True) for b in bodies]


def crawl(requests: list[Request], settings: dict[str, Any]) -> list[Told]:
    """What a plain spider is told, one request after the other."""
    told: list[Told] = []

    # our sockets open to the addresses that are dialled, as those of a run are
    dialled = {f"host{n}": urlsplit(each.url).netloc for n, each in enumerate(requests)}

    class Asker(Spider):
        name = "asker"
        run = SimpleNamespace(config=Config(dial=dialled))

        async def start(self) -> AsyncIterator[Request]:
            for number, request in enumerate(requests):
                yield request.replace(priority=-number, callback=self.heard, errback=self.lost)

        def heard(self, response: Response) -> None:
            seen = tuple((name, value) for name, all_ in response.headers.items() for value in all_)
            request = response.request
            assert request
            told.append(
                Told(
                    request.method, path_of(response.url), response.status, tuple(sorted(seen)), response.body
                )
            )

        def lost(self, failure: Failure) -> None:
            request = failure.request  # type: ignore[attr-defined]
            error = f"{type(failure.value).__name__}: {failure.value}"
            told.append(Told(request.method, path_of(request.url), 0, (), b"", error))

    plain = {
        "TWISTED_REACTOR_ENABLED": False,
        "TELNETCONSOLE_ENABLED": False,
        "REMOTE_CONTROL_ENABLED": False,
        "COOKIES_ENABLED": False,
        "DOWNLOAD_HANDLERS": {"http": HANDLER, "https": HANDLER},
        "LOG_LEVEL": "CRITICAL",
    }
    over = {key: value for key, value in settings.items() if key != "EXTENSIONS"}
    asyncio.run(run(AsyncCrawlerRunner(Settings({**plain, **over})), Asker))
    return told


async def run(runner: AsyncCrawlerRunner, spider: type[Spider]) -> None:
    await runner.crawl(spider)


def path_of(url: str) -> str:
    return "/" + url.split("/", 3)[3]


@pytest.fixture
def server() -> Iterator[ThreadingHTTPServer]:
    listener = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    listener.daemon_threads = True
    Answers.tick, Answers.cut = count(1), 0
    Thread(target=listener.serve_forever, args=(0.02,), daemon=True).start()
    yield listener
    listener.shutdown()
    listener.server_close()


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        (asks("/plain"), [("/plain", 200)]),
        (asks("/gzip"), [("/gzip", 200)]),
        (asks("/windows-1258", "/picture"), [("/windows-1258", 200), ("/picture", 200)]),
        (asks("/moved"), [("/plain", 200)]),
        (asks("/flaky"), [("/flaky", 200)]),
        (asks("/count", "/count", "/count"), [("/count", 200)] * 3),
        (posts(b"mot", b"hai", b"\xff\x00"), [("/echo", 200)] * 3),
        (asks("/cut", "/plain"), [("/plain", 200), ("/cut", 0)]),
    ],
    ids=["plain", "gzip", "binary", "redirect", "retry", "same URL", "POST", "failure"],
)
def test_a_replay_tells_what_was_recorded(
    asked: Callable[[str], list[Request]],
    expected: list[tuple[str, int]],
    server: ThreadingHTTPServer,
    tmp_path: Path,
) -> None:
    home, cassette = f"http://127.0.0.1:{server.server_port}", tmp_path / "site.yaml"
    recorded = crawl(asked(home), recording(cassette))
    server.shutdown()
    server.server_close()
    with offline():
        played = crawl(asked(home), playing(cassette))
    assert played == recorded
    assert sorted((told.path, told.status) for told in played) == sorted(expected)


def exchanges(cassette: Path) -> list[dict[str, Any]]:
    told: list[dict[str, Any]] = yaml.safe_load(cassette.read_text(encoding="utf-8"))["interactions"]
    return told


def test_a_cassette_keeps_bodies_as_sent_and_tells_no_contact(
    server: ThreadingHTTPServer, tmp_path: Path
) -> None:
    home, cassette = f"http://127.0.0.1:{server.server_port}", tmp_path / "site.yaml"
    told = crawl(asks("/gzip")(home), {**recording(cassette), "USER_AGENT": "archive (+mailto:ai@do.vn)"})
    (kept,) = exchanges(cassette)
    assert gzip.decompress(kept["response"]["body"]["string"]) == told[0].body == PAGE.encode()
    assert kept["response"]["headers"]["Content-Encoding"] == ["gzip"]
    assert "ai@do.vn" not in cassette.read_text(encoding="utf-8")


def test_retries_and_failures_are_all_kept(server: ThreadingHTTPServer, tmp_path: Path) -> None:
    home, cassette = f"http://127.0.0.1:{server.server_port}", tmp_path / "site.yaml"
    crawl(asks("/flaky", "/cut")(home), recording(cassette))
    assert Answers.cut == 3, "nothing is asked that nobody wrote down"
    kept = [
        (path_of(one["request"]["uri"]), one["response"]["status"]["code"]) for one in exchanges(cassette)
    ]
    assert sorted(kept) == [("/cut", 0), ("/cut", 0), ("/cut", 0), ("/flaky", 200), ("/flaky", 500)]


def test_the_url_asked_is_recorded_and_not_where_it_was_dialled() -> None:
    url = "https://cong-doan.example/bai-1.html"
    dialled = Request("http://127.0.0.1:4711/bai-1.html", meta={"url": url})
    assert asked_of(dialled).uri == url
    lost = DownloadConnectionRefusedError(f"no answer from {dialled.url}")
    assert failure_of(lost, dialled.url, url)["body"]["string"].decode() == f"no answer from {url}"


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        (asks("/plain", "/other"), "GET http://127.0.0.1:1/other is not in "),
        (asks("/plain", "/plain"), "GET http://127.0.0.1:1/plain is only 1 time(s) in "),
        (posts(b"mot"), "POST http://127.0.0.1:1/echo is not in "),
    ],
    ids=["never", "more often", "other body"],
)
def test_what_was_not_recorded_is_told_and_not_asked(
    asked: Callable[[str], list[Request]], told: str, tmp_path: Path
) -> None:
    cassette = tmp_path / "site.yaml"
    with VCR().use_cassette(cassette, skip_patchers=PATCHER_NAMES) as tape:
        tape.append(*exchange("http://127.0.0.1:1/plain", b"ok"))
    with offline():
        *_, last = crawl(asked("http://127.0.0.1:1"), playing(cassette))
    assert last.error.startswith(f"UnrecordedRequest: {told}")
    assert str(cassette) in last.error
    assert "`make record SITE=asker`" in last.error


def exchange(url: str, body: bytes) -> tuple[Any, dict[str, Any]]:
    return Asked("GET", url, b"", {}), answer_of(Response(url, body=body))


@pytest.mark.parametrize("cause", [None, ssl.SSLCertVerificationError("self-signed")], ids=["bare", "TLS"])
@pytest.mark.parametrize("kind", FAILURES.values(), ids=FAILURES)
def test_a_failure_is_the_same_failure_again(kind: type[Exception], cause: Exception | None) -> None:
    was = kind("nobody answered")
    was.__cause__ = cause
    with pytest.raises(kind, match="nobody answered") as caught:
        response_of(failure_of(was, "-", "-"), Request("https://cong-doan.example/"))
    assert failure_reason(caught.value) == failure_reason(was)


@given(st.binary() | st.text().map(lambda text: text.encode("utf-8", "surrogatepass")))
def test_every_body_survives_a_cassette(tmp_path_factory: pytest.TempPathFactory, body: bytes) -> None:
    cassette = tmp_path_factory.mktemp("tape") / "site.yaml"
    url = "https://cong-doan.example/"
    with VCR().use_cassette(cassette, skip_patchers=PATCHER_NAMES) as tape:
        tape.append(*exchange(url, body))
    with VCR().use_cassette(cassette, record_mode="none", skip_patchers=PATCHER_NAMES) as tape:
        (asked,) = tape.requests
        assert response_of(tape.play_response(asked), Request(url)).body == body


def test_offline_is_offline(server: ThreadingHTTPServer) -> None:
    address = ("127.0.0.1", server.server_port)
    with offline(), socket.socket() as plug, pytest.raises(NetworkUsedError):
        plug.connect(address)
    with offline(), pytest.raises(NetworkUsedError):
        socket.getaddrinfo("cong-doan.example", 80)
    with socket.socket() as plug:
        plug.connect(address)
