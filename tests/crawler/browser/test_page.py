"""Sites made by scripts: a browser without a network of its own fills the pages, and we ask for it."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
from warcio.archiveiterator import ArchiveIterator

from crawler.reprocess.compare import compare_profile
from storage.database.engine import open_database, reading
from storage.records import PrintedTime
from tests.crawler.browser.browser_crawl import PATIENT, RULES, numbers, report, scripted
from tests.crawler.browser.script_front import API_HOST, ScriptFront, title
from tests.stand_in_server import (
    HOME,
    HOST,
    CrawlArchive,
    ReceivedRequest,
    SiteReply,
    prose,
    running_server,
    stand_in_profile,
)
from tests.storage.warc.warc_check import warc_problems

pytestmark = pytest.mark.usefixtures("chromium")


def records(archive: CrawlArchive) -> Iterator[Any]:
    for path in sorted((archive.data / "warc").glob("*.warc.gz")):
        assert warc_problems(path) == ()
        with path.open("rb") as stream:
            yield from ArchiveIterator(stream)


def test_every_article_of_a_site_made_by_scripts_is_found(archive: CrawlArchive) -> None:
    with running_server(ScriptFront(list(range(1, 8)))) as server:
        result = archive.crawl(server, scripted(), **PATIENT)
    assert result.healthy, report(result)
    assert numbers(archive) == list(range(1, 8))
    for article in archive.articles():
        own = int(article.url.rpartition("/")[2])
        assert article.title == title(own)
        assert article.published == PrintedTime(date(2024, 3, own + 1))
        assert article.body.split("\n") == [line.strip("<p>/") for line in prose(own).split("</p>") if line]
        assert [(p.rule, p.raw.partition(" ")[0]) for p in article.provenance if p.field == "page"] == [
            ("[fetch] browser", "rendered")
        ]
    assert server.paths.count("GET /ung-dung.js") == 1  # for all pages of the run
    assert not [path for path in server.paths if path.endswith((".css", ".png", ".jpg"))]
    assert report(result)["browser"]["pages rendered"] == 1 + 1 + 7


def test_without_a_browser_none_is_found_and_the_report_says_why(archive: CrawlArchive) -> None:
    with running_server(ScriptFront([1, 2, 3])) as server:
        result = archive.crawl(server, stand_in_profile(**RULES))
    assert not result.healthy
    assert archive.articles() == []
    row = archive.rows()["/"]
    assert (row.outcome, row.reason) == ("failed", "unrendered")
    assert "`[fetch] browser = true`" in row.detail
    assert any("a page of scripts without a link or a text" in line for line in report(result)["problems"])


def test_the_warc_holds_what_was_sent_and_what_the_browser_made_of_it(archive: CrawlArchive) -> None:
    with running_server(ScriptFront([1])) as server:
        archive.crawl(server, scripted())
    kinds: dict[str, list[str]] = {}
    sent = {}
    for record in records(archive):
        head = record.rec_headers
        url = head.get_header("WARC-Target-URI") or ""
        kinds.setdefault(url.removeprefix(HOME), []).append(record.rec_type)
        if record.rec_type == "response":
            sent[head.get_header("WARC-Record-ID")] = url
        if record.rec_type == "conversion":
            assert sent[head.get_header("WARC-Refers-To")] == url
            assert head.get_header("WARC-Rendered-By").startswith("Chromium ")
            assert head.get_header("WARC-Dialled-To").startswith("127.0.0.1:")
            body = record.content_stream().read().decode()
            assert ("Tin tức" if url == f"{HOME}/" else title(1).replace("&", "&amp;")) in body
    assert kinds["/bai-viet/1"] == ["response", "request", "conversion"]
    assert kinds["/api/tin/1"] == ["response", "request"]
    assert kinds["/ung-dung.js"] == ["response", "request"]
    engine = open_database(f"sqlite:///{archive.data.absolute() / 'archive.db'}")
    with reading(engine) as connection:  # and the stored document is read again as it was read then
        again = compare_profile(connection, archive.data / "warc", scripted())
    engine.dispose()
    assert (again.pages, again.unread, again.differences) == (1, [], [])


@pytest.mark.slow
def test_what_the_scripts_fill_in_decides_whether_a_page_has_changed(archive: CrawlArchive) -> None:
    site = ScriptFront([1, 2])
    with running_server(site) as server:
        archive.crawl(server, scripted())
        site.articles.insert(0, 3)
        site.failing.add(2)
        result = archive.crawl(server, scripted(), night="two")
    assert result.healthy, report(result)
    assert 3 in numbers(archive)  # though the shell is the same bytes, with the same ETag
    assert not [asked for asked in server.received if {"if-none-match", "cookie"} & asked.headers.keys()]


@pytest.mark.slow
def test_a_shell_that_was_read_without_a_browser_is_not_asked_for_conditionally(
    archive: CrawlArchive,
) -> None:
    head = f"<a href='/bai-viet/1'>Hội nghị</a><h1>Đang tải</h1><div class='noidung'>{prose(9)}</div>"
    with running_server(ScriptFront([1], head=head)) as server:
        archive.crawl(server, stand_in_profile(**RULES))
        assert archive.rows()["/bai-viet/1"].etag == '"vo"'
        archive.crawl(server, scripted(), night="two", again=True)
    assert [article.title for article in archive.articles()] == [title(1)]


def test_a_shell_is_no_article(archive: CrawlArchive) -> None:
    with running_server(ScriptFront([1], head="<a href='/bai-viet/1'>Hội nghị</a>", where="^/$")) as server:
        archive.crawl(server, stand_in_profile(**RULES))
    assert archive.articles() == []
    assert archive.rows()["/bai-viet/1"].reason == "unrendered"


def test_robots_and_other_hosts_hold_for_scripts(archive: CrawlArchive) -> None:
    head = (
        "<script>for (const url of ['/cam/bi-mat', 'https://other.example/dem', 'http://10.0.0.1/',"
        " 'http://127.0.0.1:1/', 'file:///etc/passwd']) fetch(url, {mode: 'no-cors'}).catch(() => 0);"
        "fetch('/api/tin?page=1', {method: 'DELETE'}).catch(() => 0);"
        "navigator.sendBeacon('/dem', 'x')</script><iframe src='/khung'></iframe>"
    )
    with running_server(
        ScriptFront([1], head=head, where="^/$", robots="User-agent: *\nDisallow: /cam/\n")
    ) as server:
        result = archive.crawl(server, scripted())
    assert result.healthy, report(result)
    assert numbers(archive) == [1]
    told = report(result)["browser"]
    assert told["refused: robots"] == 1
    assert told["refused: another host"] == 3
    assert told["refused: method DELETE"] == 1
    assert told["left out: ping"] == 1
    assert told["left out: frame"] == 1
    asked = {asked.path for asked in server.received}
    assert asked == {"/robots.txt", "/", "/ung-dung.js", "/api/tin?page=1", "/api/tin/1", "/bai-viet/1"}


@pytest.mark.slow
def test_a_host_the_profile_names_is_still_held_to_the_public_internet(archive: CrawlArchive) -> None:
    site = ScriptFront([1], api="https://localhost")
    with running_server(site) as server:
        result = archive.crawl(server, scripted(browser_hosts=["localhost"]))
    assert not result.healthy
    assert report(result)["browser"]["refused: private_address"] >= 1
    assert not [path for path in server.paths if "/tin" in path]


@pytest.mark.slow
def test_an_api_on_a_host_of_its_own_is_asked_when_the_profile_names_it(archive: CrawlArchive) -> None:
    site = ScriptFront([1, 2], api=f"https://{API_HOST}")
    with running_server(site) as server:
        dial = dict.fromkeys((HOST, f"www.{HOST}", API_HOST), f"127.0.0.1:{server.server_port}")
        result = archive.crawl(server, scripted(browser_hosts=[API_HOST]), dial=dial)
    assert result.healthy, report(result)
    assert numbers(archive) == [1, 2]
    assert {a.headers["host"] for a in server.received if a.path.startswith("/tin/")} == {API_HOST}


OPENINGS = """<link rel="preconnect" href="http://127.0.0.1:{tcp}">
<link rel="dns-prefetch" href="http://localhost:{tcp}"><script>
new WebSocket('ws://127.0.0.1:{tcp}/'); new EventSource('http://localhost:{tcp}/');
new Image().src = 'http://[::1]:{tcp}/'; navigator.serviceWorker.register('/tho.js').catch(() => 0);
const peer = new RTCPeerConnection({iceServers: [{urls: 'stun:127.0.0.1:{stun}'},
  {urls: 'turn:127.0.0.1:{tcp}?transport=tcp', username: 'a', credential: 'b'}]});
peer.createDataChannel('x'); peer.createOffer().then((offer) => peer.setLocalDescription(offer));
try { new WebTransport('https://127.0.0.1:{quic}/').ready.catch(() => 0) } catch {}
new Worker(URL.createObjectURL(new Blob(["new WebSocket('ws://127.0.0.1:{tcp}/')"])));
window.open('http://127.0.0.1:{tcp}/');
setTimeout(() => document.body.append(Object.assign(document.createElement('i'), {id: 'xong'})), 1500);
</script>"""


def test_the_browser_itself_has_no_network(archive: CrawlArchive) -> None:
    """Sockets on loopback that everything a page can open is pointed at: nothing may arrive."""
    with (
        socket.create_server(("127.0.0.1", 0)) as tcp,
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stun,
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as quic,
    ):
        head = OPENINGS
        for name, listening in (("tcp", tcp), ("stun", stun), ("quic", quic)):
            if name != "tcp":
                listening.bind(("127.0.0.1", 0))
            listening.setblocking(False)
            head = head.replace(f"{{{name}}}", str(listening.getsockname()[1]))
        with running_server(ScriptFront([1], head=head, where="^/$")) as server:
            result = archive.crawl(server, scripted(wait="#xong, .noidung"))
        assert result.healthy, report(result)
        with pytest.raises(BlockingIOError):
            tcp.accept()
        for listening in (stun, quic):
            with pytest.raises(BlockingIOError):
                listening.recv(100)


@pytest.mark.slow
def test_a_page_is_ready_when_what_the_profile_waits_for_is_there(archive: CrawlArchive) -> None:
    slow = "(f) => (...a) => new Promise((go) => setTimeout(() => go(f(...a)), 900))"
    site = ScriptFront([1], head=f"<script>window.fetch = ({slow})(fetch)</script>")
    with running_server(site) as server:
        result = archive.crawl(server, scripted(wait=".tin a, .noidung"))
    assert result.healthy, report(result)
    assert numbers(archive) == [1]


@pytest.mark.slow
def test_what_never_comes_is_a_reason(archive: CrawlArchive) -> None:
    site = ScriptFront([1, 2], failing={2})
    with running_server(site) as server:
        archive.crawl(server, scripted(wait=".tin a, .noidung"), browser_timeout=12, concurrency=1)
    row = archive.rows()["/bai-viet/2"]
    assert (row.outcome, row.reason) == ("failed", "unrendered")
    assert "`.tin a, .noidung` is not there" in row.detail
    assert numbers(archive) == [1]


@pytest.mark.slow
def test_a_script_that_never_ends_costs_its_page_only(archive: CrawlArchive) -> None:
    site = ScriptFront([1, 2, 3], head="<script>for (;;) {}</script>", where="/bai-viet/2")
    with running_server(site) as server:
        archive.crawl(server, scripted(), browser_timeout=10, concurrency=1)
    assert archive.rows()["/bai-viet/2"].reason == "unrendered"
    assert numbers(archive) == [1, 3]


@pytest.mark.slow
def test_a_script_that_asks_for_ever_is_stopped(archive: CrawlArchive) -> None:
    head = "<script>let n = 0; (function go() { fetch('/api/tin?page=' + (++n)).then(go, go) })()</script>"
    site = ScriptFront([1], head=head, where="^/$")
    with running_server(site) as server:
        archive.crawl(server, scripted(), browser_timeout=4, browser_requests=10)
    assert len([path for path in server.paths if path.startswith("GET /api/tin?page=")]) <= 10


@pytest.mark.slow
def test_a_script_that_leads_elsewhere_is_a_redirect(archive: CrawlArchive) -> None:
    site = ScriptFront([1, 2], head="<script>location.replace('/bai-viet/2')</script>", where="/bai-viet/1")
    with running_server(site) as server:
        result = archive.crawl(server, scripted())
    assert result.healthy, report(result)
    row = archive.rows()["/bai-viet/1"]
    assert (row.outcome, row.reason) == ("moved", "redirect")
    assert numbers(archive) == [2]


@pytest.mark.slow
def test_scripts_wait_for_their_turn(archive: CrawlArchive) -> None:
    times: list[float] = []

    def site(asked: ReceivedRequest) -> SiteReply:
        times.append(time.monotonic())
        return front(asked)

    front = ScriptFront([1], head="<script>fetch('/api/tin?page=2'); fetch('/api/tin?page=3')</script>")
    front.where = "^/$"
    with running_server(site) as server:
        archive.crawl(server, scripted(), delay=0.8, **PATIENT)
    assert len(times) == 8  # robots.txt, two shells, the script, four answers of the API
    # A request may arrive late on a busy machine, and the next gap is shorter by that: the sum is not.
    assert times[-1] - times[0] > 6 * 0.8
