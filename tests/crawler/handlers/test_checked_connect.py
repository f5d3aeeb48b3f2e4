"""Where sockets may lead: judged at connect time, after every name resolution, whoever asks."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterator
from typing import Any

import aiohttp
import pytest
from scrapy import Request
from scrapy.http import Response

from crawler.demo.server import ReplicaServer
from crawler.handlers.checked_connect import AddressCheck, CheckedResolver, checked_session
from crawler.handlers.host_guard import HostGuardHandler
from spiders.responses.failures import ForeignHost, PrivateAddress
from spiders.urls.public_addresses import is_public

PRIVATE = [
    *("0.0.0.0", "0.1.2.3", "10.0.0.1", "127.0.0.1", "127.255.255.254", "169.254.169.254", "172.16.0.1"),
    *("172.31.255.255", "192.168.1.1", "100.64.0.1", "100.127.255.255", "192.0.0.1", "192.0.2.1"),
    *("198.18.0.1", "198.51.100.7", "203.0.113.9", "224.0.0.1", "239.255.255.250", "240.0.0.1"),
    *("255.255.255.255", "192.88.99.1"),
    *("::", "::1", "fe80::1", "fe80::1%eth0", "fc00::1", "fd12:3456::1", "fec0::1", "ff02::1", "ff0e::1"),
    *("2001:db8::1", "3fff::1", "100::1", "5f00::1", "64:ff9b:1::1"),
    # an IPv4 address inside: mapped, compatible, NAT64, 6to4, Teredo
    *("::ffff:127.0.0.1", "::ffff:10.1.2.3", "::ffff:169.254.169.254", "::127.0.0.1", "::a00:1"),
    *("64:ff9b::7f00:1", "64:ff9b::192.168.0.1", "64:ff9b::a9fe:a9fe"),
    *("2002:7f00:1::1", "2002:c0a8:101::1", "2002:808:808::1", "2001:0:4136:e378:8000:63bf:3fff:fdd2"),
    *("", "congdoan.vn", "1.2.3", "0x7f000001", "2130706433", "[::1]"),  # no addresses at all
]
PUBLIC = [
    *("1.1.1.1", "113.160.0.1", "203.162.4.190", "8.8.8.8", "99.255.255.255", "100.63.0.1", "100.128.0.1"),
    *("2405:4800::1", "2400:cb00::1", "2606:4700::1111", "2001:ee0::1"),
    *("::ffff:113.160.0.1", "64:ff9b::71a0:1"),
]


@pytest.mark.parametrize("address", PRIVATE)
def test_no_address_off_the_public_internet_is_asked(address: str) -> None:
    assert not is_public(address)
    with pytest.raises(PrivateAddress):
        AddressCheck().require_allowed("trang.example", address, 80)


@pytest.mark.parametrize("address", PUBLIC)
def test_public_addresses_are(address: str) -> None:
    assert is_public(address)


def test_the_dial_map_opens_its_own_ports_and_no_other() -> None:
    gate = AddressCheck(["127.0.0.1:8001", "localhost:8002", "[::1]:8003"])
    for address, port in (("127.0.0.1", 8001), ("127.0.0.1", 8002), ("::1", 8002), ("::1", 8003)):
        gate.require_allowed("replica.example", address, port)
    for address, port in (("127.0.0.1", 8003), ("127.0.0.2", 8001), ("::1", 8001), ("10.0.0.1", 8001)):
        with pytest.raises(PrivateAddress):
            gate.require_allowed("replica.example", address, port)


@pytest.fixture
def replica() -> Iterator[ReplicaServer]:
    with ReplicaServer(1, scale=0.02, sites=["congdoanbackan"]) as running:
        yield running


def port_of(server: ReplicaServer) -> int:
    return int(next(iter(server.dial.values())).rpartition(":")[2])


def ask(url: str, gate: AddressCheck, told: list[Any] | None = None) -> int:
    """One request through the crawler's own session; `told` is what the name server answers."""

    async def go() -> int:
        async with checked_session(gate, {}) as asking:
            if told is not None:
                answers = iter(told)

                async def getaddrinfo(*_: object, **__: object) -> Any:
                    return [
                        (
                            socket.AF_INET6 if ":" in each else socket.AF_INET,
                            socket.SOCK_STREAM,
                            6,
                            "",
                            (each, int(url.split(":")[2].split("/")[0])) + ((0, 0) if ":" in each else ()),
                        )
                        for each in next(answers)
                    ]

                asyncio.get_running_loop().getaddrinfo = getaddrinfo  # type: ignore[method-assign]
            async with asking.get(url, allow_redirects=False, timeout=aiohttp.ClientTimeout(60)) as response:
                return response.status

    return asyncio.run(go())


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "localhost", "[::ffff:127.0.0.1]", "127.1", "0x7f.1", "2130706433"]
)
def test_no_socket_is_opened_to_loopback_however_it_is_written(host: str, replica: ReplicaServer) -> None:
    with pytest.raises((PrivateAddress, aiohttp.ClientError)):
        ask(f"http://{host}:{port_of(replica)}/", AddressCheck())
    assert replica.requests == []


def test_a_name_server_that_changes_its_answer_gains_nothing(replica: ReplicaServer) -> None:
    """DNS rebinding: public for whoever checks, private for whoever connects. There is one question only."""
    port = port_of(replica)
    with pytest.raises(PrivateAddress, match=r"127\.0\.0\.1"):
        ask(f"http://doi-dia-chi.example:{port}/", AddressCheck(), [["127.0.0.1"], ["113.160.0.1"]])
    with pytest.raises(PrivateAddress):  # one private address among public ones is enough
        ask(f"http://doi-dia-chi.example:{port}/", AddressCheck(), [["113.160.0.1", "127.0.0.1"]])
    assert replica.requests == []


def test_the_address_that_was_judged_is_the_one_connected_to(replica: ReplicaServer) -> None:
    port = port_of(replica)
    gate = AddressCheck([f"127.0.0.1:{port}"])
    assert ask(f"http://trang.example:{port}/", gate, [["127.0.0.1"]]) == 200  # a second question would fail


def test_a_name_no_resolver_takes_is_an_error_of_the_network() -> None:
    async def resolve() -> None:
        await CheckedResolver(AddressCheck()).resolve("a" * 70 + ".vn", 80)

    with pytest.raises(OSError, match="no host name"):
        asyncio.run(resolve())


class Answering:
    """A handler that answers from wherever it is told."""

    def __init__(self, address: str) -> None:
        self.address = address
        self.asked: list[str] = []

    async def download_request(self, request: Request) -> Response:
        self.asked.append(request.url)
        return Response(request.url, ip_address=self.address)  # type: ignore[arg-type]

    async def close(self) -> None:
        """Nothing is open."""


@pytest.mark.parametrize(
    "url",
    [
        "http://169.254.169.254/latest/",
        "https://khac.example/robots.txt",
        "https://trang.example.khac.example/",
        "https://khac.example/trang.example",
        "https://trang.example@khac.example/",
    ],
)
def test_hosts_the_profile_does_not_name_are_not_asked(url: str) -> None:
    below = Answering("113.160.0.1")
    guard = HostGuardHandler(below, frozenset({"trang.example"}), frozenset())
    with pytest.raises(ForeignHost):
        asyncio.run(guard.download_request(Request(url)))
    assert below.asked == []
    asyncio.run(guard.download_request(Request("https://TRANG.example/tin.html")))
    assert len(below.asked) == 1


def test_an_answer_from_a_private_address_is_not_taken() -> None:
    guard = HostGuardHandler(Answering("10.0.0.8"), frozenset({"trang.example"}), frozenset())
    with pytest.raises(PrivateAddress, match="not taken"):
        asyncio.run(guard.download_request(Request("https://trang.example/")))
