"""A site behind a cookie-and-reload wall: asked twice with the cookie it hands out, or told as a wall."""

from __future__ import annotations

import pytest
from warcio.archiveiterator import ArchiveIterator

from tests.stand_in_server import (
    HOME,
    CrawlArchive,
    ReceivedRequest,
    SiteReply,
    article_page,
    running_server,
    stand_in_profile,
)

COOKIE = "D1N=5be1bcc5bd0c8ab1d6ad8b1f0f2f2a67"
WALL = (
    '<html><body><script>document.cookie="D1N=5be1bcc5bd0c8ab1d6ad8b1f0f2f2a67"+"; expires=Fri, '
    '31-Dec-2099 23:59:59 GMT; path=/";window.location.reload(true);</script></body></html>'
)
FRONT = "<html><body><h1>Tin tức</h1>" + "".join(
    f'<a href="/bai-{n}.html">Tin số {n} của công đoàn</a>' for n in range(1, 4)
)
OPEN = stand_in_profile(fetch={"wall": "cookie"})


def pages(asked: ReceivedRequest) -> SiteReply:
    if asked.path == "/robots.txt":
        return SiteReply("User-agent: *\nDisallow: /bai-3.html\n", content_type="text/plain")
    if asked.path == "/":
        return SiteReply(FRONT)
    return SiteReply(article_page(int(asked.path.removeprefix("/bai-").removesuffix(".html"))))


def walled(asked: ReceivedRequest) -> SiteReply:
    return pages(asked) if COOKIE in asked.headers.get("cookie", "") else SiteReply(WALL)


def test_the_cookie_a_wall_hands_out_opens_the_site_for_the_run(archive: CrawlArchive) -> None:
    with running_server(walled) as server:
        result = archive.crawl(server, OPEN)
    assert result.healthy, result.runs[0].report
    assert [page.url for page in archive.articles()] == [f"{HOME}/bai-1.html", f"{HOME}/bai-2.html"]
    assert archive.rows()["/bai-3.html"].reason == "robots"  # robots.txt, too, was read through the wall
    # one request met the wall; every later one showed the cookie at once
    assert [asked.path for asked in server.received if "cookie" not in asked.headers] == ["/robots.txt"]
    assert {asked.headers.get("cookie") for asked in server.received} == {None, COOKIE}


def test_both_exchanges_are_in_the_warc(archive: CrawlArchive) -> None:
    with running_server(walled) as server:
        archive.crawl(server, OPEN)
    sent, got = [], []
    for path in sorted((archive.data / "warc").glob("*.warc.gz")):
        with path.open("rb") as stream:
            for record in ArchiveIterator(stream):
                if record.rec_headers.get_header("WARC-Target-URI") == f"{HOME}/robots.txt":
                    if record.rec_type == "request":
                        sent.append(record.http_headers.get_header("Cookie"))
                    else:
                        got.append(record.content_stream().read())
    assert sent == [None, COOKIE]
    assert got[0] == WALL.encode()
    assert got[1].startswith(b"User-agent")


def test_a_site_that_shows_its_wall_again_is_asked_twice_and_told_as_a_wall(archive: CrawlArchive) -> None:
    with running_server(lambda asked: SiteReply(WALL)) as server:
        result = archive.crawl(server, OPEN)
    row = archive.rows()["/"]
    assert (row.outcome, row.reason) == ("failed", "wall")
    assert "again after its cookie was shown" in row.detail
    assert not result.healthy
    assert server.paths == ["GET /robots.txt", "GET /robots.txt", "GET /"]


def test_a_wall_that_wants_another_cookie_each_time_is_asked_twice_a_request(archive: CrawlArchive) -> None:
    count = iter(range(100))
    with running_server(lambda asked: SiteReply(WALL.replace("5be1", f"{next(count):04}"))) as server:
        archive.crawl(server, OPEN)
    assert archive.rows()["/"].reason == "wall"
    assert "again after its cookie was shown" in archive.rows()["/"].detail
    assert server.paths == ["GET /robots.txt"] * 2 + ["GET /"] * 2


def test_a_cookie_that_has_run_out_is_renewed(archive: CrawlArchive) -> None:
    def site(asked: ReceivedRequest) -> SiteReply:
        good = "b2" * 16 if asked.path.startswith("/bai") else "a1" * 16
        opens = f"D1N={good}" == asked.headers.get("cookie")
        return pages(asked) if opens else SiteReply(WALL.replace(COOKIE, f"D1N={good}"))

    with running_server(site) as server:
        assert archive.crawl(server, OPEN, concurrency=1).healthy
    assert len(archive.articles()) == 2


def test_the_cookie_goes_to_no_other_host(archive: CrawlArchive) -> None:
    other = "tin.cong-doan.example"
    front = FRONT + f'<a href="https://{other}/bai-9.html">Trang con</a>'

    def site(asked: ReceivedRequest) -> SiteReply:
        if asked.headers["host"] == other:
            return SiteReply("", status=404) if asked.path == "/robots.txt" else SiteReply(article_page(9))
        return SiteReply(front) if asked.path == "/" and "cookie" in asked.headers else walled(asked)

    urls = {"article": [r"/bai-\d+\.html$"], "hosts": [other]}
    with running_server(site) as server:
        assert archive.crawl(server, stand_in_profile(fetch={"wall": "cookie"}, urls=urls)).healthy
    there = [asked for asked in server.received if asked.headers["host"] == other]
    assert [asked.path for asked in there] == ["/robots.txt", "/bai-9.html"]
    assert all("cookie" not in asked.headers for asked in there)


@pytest.mark.parametrize("path", ["/", "/bai-1.html"])
def test_without_the_switch_a_wall_is_a_wall_and_nothing_is_repeated(
    archive: CrawlArchive, path: str
) -> None:
    def site(asked: ReceivedRequest) -> SiteReply:
        return SiteReply(WALL) if asked.path == path else pages(asked)

    with running_server(site) as server:
        result = archive.crawl(server, stand_in_profile())
    row = archive.rows()[path]
    assert (row.outcome, row.reason, row.http_status) == ("failed", "wall", 200)
    assert 'wall = "cookie"' in row.detail
    assert server.paths.count(f"GET {path}") == 1
    assert not result.healthy
