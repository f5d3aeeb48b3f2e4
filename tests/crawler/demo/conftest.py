"""One small set of replicas for all tests of this folder."""

from __future__ import annotations

import gzip
import http.client
import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import pytest

from crawler.demo.ground_truth import GroundTruth, build_ground_truth
from crawler.demo.server import ReplicaServer
from crawler.demo.site_systems import SYSTEMS

SCALE = 0.15
GAPS = re.compile(r"\s+")


@dataclass(frozen=True, slots=True)
class Answer:
    """One HTTP answer, its gzip undone."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode()


Ask = Callable[..., Answer]


def plain(text: str) -> str:
    """NFC, one space between words, nothing invisible."""
    composed = unicodedata.normalize("NFC", text).replace("\u200b", "")
    return GAPS.sub(" ", composed).strip()


@pytest.fixture(scope="session")
def tidy() -> Callable[[str], str]:
    return plain


@pytest.fixture(scope="session")
def world() -> GroundTruth:
    return build_ground_truth(1, scale=SCALE)


@pytest.fixture(scope="session")
def second_world() -> GroundTruth:
    return build_ground_truth(2, scale=SCALE)


@pytest.fixture(scope="session")
def running() -> Iterator[ReplicaServer]:
    with ReplicaServer(1, scale=SCALE) as server:
        yield server


@pytest.fixture
def replicas(running: ReplicaServer) -> Iterator[ReplicaServer]:
    """The running servers, put back to the first night without faults."""
    yield running
    running.faults.clear()
    running.night = 1
    running.clear_log()


@pytest.fixture(scope="session")
def lines() -> Iterator[dict[str, http.client.HTTPConnection]]:
    """Kept-alive connections by address."""
    held: dict[str, http.client.HTTPConnection] = {}
    yield held
    for connection in held.values():
        connection.close()


def asking(server: ReplicaServer, lines: dict[str, http.client.HTTPConnection]) -> Ask:
    def send(site: str, target: str, method: str = "GET", **headers: str) -> Answer:
        domain = SYSTEMS[site].domain
        path = target.removeprefix(f"https://{domain}") or "/"
        address = server.dial[domain]
        connection = lines.setdefault(address, http.client.HTTPConnection(address, timeout=60))
        sent = {"Host": domain, **{name.replace("_", "-"): value for name, value in headers.items()}}
        try:
            connection.request(method, path, headers=sent)
            with connection.getresponse() as response:
                body, told = response.read(), dict(response.getheaders())
        except (OSError, http.client.HTTPException):
            connection.close()
            raise
        packed = told.get("Content-Encoding") == "gzip"
        return Answer(response.status, told, gzip.decompress(body) if packed and body else body)

    return send


@pytest.fixture
def ask(replicas: ReplicaServer, lines: dict[str, http.client.HTTPConnection]) -> Ask:
    """Ask a site for a path or an absolute URL of its own."""
    return asking(replicas, lines)


@pytest.fixture(scope="session")
def full_world() -> GroundTruth:
    return build_ground_truth(1)


@pytest.fixture(scope="session")
def ask_full(lines: dict[str, http.client.HTTPConnection]) -> Iterator[Ask]:
    """Ask the replicas in their full size, whose listings have many pages."""
    with ReplicaServer(1) as server:
        yield asking(server, lines)
