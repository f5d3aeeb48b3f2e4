"""The reverse proxy of docs/how-to/serving.md as it stands there: real nginx in front of `congdoan serve`."""

from __future__ import annotations

import base64
import http.client
import json
import os
import re
import shlex
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlencode

import pytest

from storage.database.engine import open_database, upgrade
from tests.paths import ROOT
from tests.storage.web.sample_archive import publish

PAGE = (ROOT / "docs" / "how-to" / "serving.md").read_text(encoding="utf-8")
NGINX = shutil.which("nginx") or shutil.which("/usr/sbin/nginx")
HOST = "archive.example"
CLAIMS = {"X-Forwarded-User": "mai", "X-Forwarded-Groups": "archivists"}  # anybody may send them
PEOPLE = {
    "mai": "",
    "binh": "archivists,readers",
    "lan": "",
}  # who has signed in elsewhere, with their groups


def blocks(language: str) -> list[str]:
    """The document's examples in a language."""
    return re.findall(rf"^```{language}\n(.*?)^```$", PAGE, re.M | re.S)


SERVER, BASIC = blocks("nginx")
(SERVE,) = (each for each in blocks("sh") if "--user-header" in each)


class Provider(BaseHTTPRequestHandler):
    """As much of oauth2-proxy as nginx asks: who the cookie is of, and a page to sign in on."""

    def do_GET(self) -> None:
        user = self.headers.get("Cookie", "").removeprefix("who=")
        asked = self.path.partition("?")[0]
        self.send_response(200 if asked != "/oauth2/auth" else 202 if user in PEOPLE else 401)
        if asked == "/oauth2/auth" and user in PEOPLE:
            self.send_header("X-Auth-Request-User", user)
            self.send_header("X-Auth-Request-Groups", PEOPLE[user])
        self.send_header("Content-Length", "12")
        self.end_headers()
        self.wfile.write(b"sign in here")

    def log_message(self, *_: object) -> None:
        """Says nothing."""


@dataclass
class Front:
    """The archive's public address, as its readers reach it."""

    port: int
    behind: int  # port of the room itself
    trusted: ssl.SSLContext

    def ask(
        self,
        path: str,
        user: str = "",
        form: Mapping[str, str] | None = None,
        claims: Mapping[str, str] | None = None,
    ) -> tuple[int, str]:
        """Through the proxy, with further headers; status and text."""
        connection = http.client.HTTPSConnection("127.0.0.1", self.port, context=self.trusted, timeout=60)
        told = {"Host": HOST, "Accept-Language": "en", "Origin": f"https://{HOST}", **(claims or {})}
        if user:
            told["Cookie"] = f"who={user}"
        if form is None:
            return _answer(connection, "GET", path, None, told)
        told["Content-Type"] = "application/x-www-form-urlencoded"
        return _answer(connection, "POST", path, urlencode(form), told)

    def past_it(self, path: str, source: str, claims: Mapping[str, str]) -> tuple[int, str]:
        """Straight to the room, from an address of this machine."""
        connection = http.client.HTTPConnection(
            "127.0.0.1", self.behind, timeout=60, source_address=(source, 0)
        )
        return _answer(connection, "GET", path, None, {"Host": HOST, **claims})


def _answer(
    connection: http.client.HTTPConnection, method: str, path: str, body: str | None, headers: dict[str, str]
) -> tuple[int, str]:
    connection.request(method, path, body, headers)
    response = connection.getresponse()
    told = response.status, response.read().decode()
    connection.close()
    return told


def _free() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        return int(listening.getsockname()[1])


@pytest.fixture(scope="module")
def nginx() -> str:
    """Debian's nginx; without it these tests skip, or fail in CI."""
    if NGINX is None:
        if os.environ.get("CI"):
            pytest.fail("CI must install nginx")
        pytest.skip("no nginx: apt-get install nginx-light")
    return NGINX


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory, nginx: str) -> Iterator[int]:
    """`congdoan serve` as the document starts it; its port."""
    data = tmp_path_factory.mktemp("archive")
    (data / "warc").mkdir()
    engine = open_database(f"sqlite:///{data / 'archive.db'}")
    upgrade(engine)
    publish(engine, data / "warc")
    engine.dispose()
    program, *options = shlex.split(SERVE.replace("\\\n", " "))
    assert program == "congdoan"
    port = _free()
    command = [sys.executable, "-m", "crawler.cli.main", "--data", str(data), *options, "--port", str(port)]
    with _running(command, port):
        yield port


@contextmanager
def _running(command: list[str], port: int) -> Iterator[None]:
    """A server until the end, once it listens."""
    with subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, text=True) as serving:
        try:
            for _ in range(300):
                assert serving.poll() is None, serving.communicate()[1]
                with socket.socket() as trying:
                    if trying.connect_ex(("127.0.0.1", port)) == 0:
                        break
                time.sleep(0.1)
            yield
        finally:
            serving.send_signal(signal.SIGINT if "crawler.cli.main" in command else signal.SIGTERM)
            serving.communicate(timeout=60)


@contextmanager
def proxied(folder: Path, nginx: str, room: int, server: str, told: Mapping[str, str]) -> Iterator[Front]:
    """nginx with the document's server block; only ports and paths are others."""
    port = _free()
    key, certificate = folder / "key.pem", folder / "certificate.pem"
    names = f"subjectAltName=DNS:{HOST},IP:127.0.0.1"
    made = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", f"/CN={HOST}"]
    made += ["-addext", names, "-keyout", str(key), "-out", str(certificate)]
    subprocess.run(made, check=True, capture_output=True)
    exchanged = {
        "listen 443 ssl": f"listen 127.0.0.1:{port} ssl",
        "/etc/letsencrypt/live/archive.example/fullchain.pem": str(certificate),
        "/etc/letsencrypt/live/archive.example/privkey.pem": str(key),
        "127.0.0.1:8300": f"127.0.0.1:{room}",
        **told,
    }
    for old, new in exchanged.items():
        assert old in server, f"docs/how-to/serving.md: its nginx example no longer has {old}"
        server = server.replace(old, new)
    temporary = "\n".join(
        f"{kind}_temp_path {folder / kind};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    user = "user root;" if os.geteuid() == 0 else ""
    config = folder / "nginx.conf"
    config.write_text(
        f"{user}\nworker_processes 1;\npid {folder / 'pid'};\nevents {{}}\n"
        f"http {{\naccess_log off;\n{temporary}\n{server}\n}}\n"
    )
    command = [nginx, "-p", str(folder), "-e", str(folder / "error.log"), "-c", str(config)]
    checked = subprocess.run([*command, "-t"], capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stderr
    assert "[warn]" not in checked.stderr
    with _running([*command, "-g", "daemon off;"], port):
        yield Front(port, room, ssl.create_default_context(cafile=str(certificate)))


@pytest.fixture(scope="module")
def front(tmp_path_factory: pytest.TempPathFactory, nginx: str, room: int) -> Iterator[Front]:
    """The whole example, with a provider that knows three people."""
    provider = ThreadingHTTPServer(("127.0.0.1", 0), Provider)
    thread = threading.Thread(target=provider.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    told = {"127.0.0.1:4180": f"127.0.0.1:{provider.server_address[1]}"}
    with proxied(tmp_path_factory.mktemp("nginx"), nginx, room, SERVER, told) as made:
        yield made
    provider.shutdown()
    thread.join()
    provider.server_close()


def test_whoever_has_not_signed_in_is_sent_to_do_so(front: Front) -> None:
    assert front.ask("/") == (200, "sign in here")
    assert front.ask("/api/v1/search?q=a") == (200, "sign in here")
    assert front.ask("/article/1", "nobody_we_know") == (200, "sign in here")


def test_pages_and_the_api_work_through_it(front: Front) -> None:
    for path in ("/", "/article/1", "/search?q=hoa+giai", "/capture/1/page", "/watches"):
        status, text = front.ask(path, "lan")
        assert (status, "sign in here" in text) == (200, False), path
    assert f"https://{HOST}/article/1" in front.ask("/article/1", "lan")[1], "links have the public address"
    status, text = front.ask("/api/v1/search?q=hoa+giai", "lan")
    assert (status, json.loads(text)["articles"]) == (200, 2)


def test_a_reader_the_proxy_names_is_believed(front: Front) -> None:
    assert front.ask("/operation", "mai")[0] == 200, "granted by name"
    assert front.ask("/operation", "binh")[0] == 403
    assert front.ask("/collections", "binh", {"name": "Luận văn"})[0] == 303, "granted by group"
    assert "Luận văn" in front.ask("/collections", "binh")[1]
    assert front.ask("/collections", "lan", {"name": "a"})[0] == 403, "a reader"
    assert "Luận văn" not in front.ask("/collections", "lan")[1]


def test_what_a_client_says_of_itself_is_not(front: Front) -> None:
    assert front.ask("/operation", "lan", claims=CLAIMS)[0] == 403
    assert front.ask("/collections", "lan", {"name": "b"}, CLAIMS)[0] == 403
    assert front.ask("/", claims=CLAIMS) == (200, "sign in here")
    assert front.past_it("/operation", "127.0.0.1", CLAIMS)[0] == 200, "the proxy's own address"
    assert front.past_it("/api/v1/", "127.0.0.2", CLAIMS)[0] == 401, "any other address"


def test_forms_of_other_pages_are_refused_through_it_too(front: Front) -> None:
    assert front.ask("/collections", "binh", {"name": "a"}, {"Origin": "https://evil.example"})[0] == 403


def test_with_basic_authentication(tmp_path_factory: pytest.TempPathFactory, nginx: str, room: int) -> None:
    folder = tmp_path_factory.mktemp("basic")
    hashed = subprocess.run(
        ["openssl", "passwd", "-6", "mat khau"], check=True, capture_output=True, text=True
    )
    people = folder / "people"
    people.write_text(f"mai:{hashed.stdout}lan:{hashed.stdout}")
    without = re.sub(r"    location /oauth2/ .*?(?=    location / )", "", SERVER, flags=re.S)
    cut = re.sub(
        r"        auth_request /.*?X-Forwarded-Groups \$groups;\n", lambda _: BASIC, without, flags=re.S
    )
    assert "oauth2" not in cut
    told = {"/etc/nginx/archive.htpasswd": str(people)}
    with proxied(folder, nginx, room, cut, told) as front:

        def known(name: str, word: str = "mat khau") -> dict[str, str]:
            return {"Authorization": "Basic " + base64.b64encode(f"{name}:{word}".encode()).decode()}

        assert front.ask("/")[0] == 401
        assert front.ask("/", claims=known("mai", "falsch"))[0] == 401
        assert front.ask("/operation", claims=known("mai"))[0] == 200
        assert front.ask("/operation", claims={**known("lan"), **CLAIMS})[0] == 403
        assert front.ask("/api/v1/", claims=known("lan"))[0] == 200


@pytest.mark.parametrize(("written", "said"), [("", ""), ("NoNewPrivilege=yes\n", "'NoNewPrivilege'")])
def test_the_unit_is_one_systemd_takes(tmp_path: Path, written: str, said: str) -> None:
    checker = shutil.which("systemd-analyze")
    if checker is None:
        pytest.skip("no systemd-analyze: apt-get install systemd")
    (unit,) = blocks("ini")
    (tmp_path / "serve.env").touch()
    exchanged = {
        "/srv/congdoan/.venv/bin/congdoan": sys.executable,
        "/etc/congdoan/serve.env": str(tmp_path / "serve.env"),
        "WorkingDirectory=/srv/congdoan": f"WorkingDirectory={tmp_path}",
        "User=congdoan": "User=daemon",
        "[Install]": f"{written}[Install]",
    }
    for old, new in exchanged.items():
        assert old in unit, f"docs/how-to/serving.md: its unit no longer has {old}"
        unit = unit.replace(old, new)
    file = tmp_path / "congdoan-serve.service"
    file.write_text(unit)
    verified = subprocess.run([checker, "verify", str(file)], capture_output=True, text=True, check=False)
    ours = [line for line in verified.stderr.splitlines() if file.name in line]
    assert said in "\n".join(ours)
    assert len(ours) == bool(said)
