"""An ASP.NET listing whose pager is a form: every page asked, resumed when interrupted, stopped in time."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import pytest
from warcio.archiveiterator import ArchiveIterator

from crawler.config import Config
from crawler.reprocess.compare import compare_profile
from storage.database.engine import open_database, reading
from tests.stand_in_server import (
    HOME,
    HOST,
    CrawlArchive,
    ReceivedRequest,
    SiteReply,
    StandInServer,
    article_page,
    running_server,
    stand_in_profile,
)

LIST = "/tin-tuc.aspx?id=3"
PROFILE = {
    "seeds": [f"{HOME}{LIST}"],
    "urls": {"article": [r"^/bai-\d+\.html$"], "listing": [r"^/tin-tuc"]},
    "listing": {"item": ["table.tin tr.dong"], "pager": ["tr.trang a"], "postback": True},
}
GRID = "ctl00$cph$gvTin"


@dataclass
class WebForms:
    """Two articles a page, ten pages in the pager; takes back only what a page of its own offered."""

    articles: list[int]
    pager: Callable[[int, int], dict[str, tuple[str, str]]]  # page, last → link text → target, argument
    state: str = "mật:"
    refused: list[str] = field(default_factory=list)

    def __call__(self, asked: ReceivedRequest) -> SiteReply:
        if asked.path == "/robots.txt":
            return SiteReply("", status=404)
        if asked.path.startswith("/bai-"):
            return SiteReply(article_page(int(asked.path[5:-5])))
        assert asked.path == LIST
        return self.listing(1) if asked.method == "GET" else self.posted(asked)

    @property
    def last(self) -> int:
        return (len(self.articles) + 1) // 2

    def posted(self, asked: ReceivedRequest) -> SiteReply:
        assert asked.headers["content-type"] == "application/x-www-form-urlencoded"
        form = {name: values[0] for name, values in parse_qs(asked.body.decode(), True).items()}
        assert form["ctl00$tuKhoa"] == "Tìm kiếm & lọc"
        assert "ctl00$btnTim" not in form
        before = int(form["__VIEWSTATE"].removeprefix(self.state))
        wanted = (form["__EVENTTARGET"], form["__EVENTARGUMENT"])
        offered = {call: text for text, call in self.pager(before, self.last).items()}
        if wanted not in offered or form["__EVENTVALIDATION"] != f"v{before}":
            self.refused.append(str(wanted))
            return SiteReply("Invalid postback or callback argument.", status=500)
        return self.listing(self.leads_to(offered[wanted], before))

    def leads_to(self, text: str, before: int) -> int:
        if text.isdigit():
            return int(text)
        return (before - 1) // 10 * 10 + 11 if text == "..." else before + 1

    def listing(self, page: int) -> SiteReply:
        rows = "".join(
            f"<tr class='dong'><td><a href='/bai-{n}.html'>Bản tin số {n}</a></td></tr>"
            for n in self.articles[(page - 1) * 2 : page * 2]
        )
        links = "".join(
            f'<td><a href="javascript:__doPostBack(&#39;{target}&#39;,&#39;{argument}&#39;)">{text}</a></td>'
            for text, (target, argument) in self.pager(page, self.last).items()
        )
        return SiteReply(
            "<html><head><title>Tin tức</title></head><body>"
            "<form method='post' action='./tin-tuc.aspx?id=3' id='form1'>"
            f"<input type='hidden' name='__VIEWSTATE' value='{self.state}{page}'>"
            f"<input type='hidden' name='__EVENTVALIDATION' value='v{page}'>"
            "<input type='text' name='ctl00$tuKhoa' value='Tìm kiếm &amp; lọc'>"
            "<input type='submit' name='ctl00$btnTim' value='Tìm'>"
            f"<table class='tin'>{rows}<tr class='trang'>{links}</tr></table></form></body></html>"
        )


def grid(page: int, last: int) -> dict[str, tuple[str, str]]:
    """GridView: one target, the page in the argument, ten at a time."""
    first = (page - 1) // 10 * 10 + 1
    links = {str(n): (GRID, f"Page${n}") for n in range(first, min(first + 9, last) + 1) if n != page}
    return links | ({"...": (GRID, f"Page${first + 10}")} if first + 10 <= last else {})


def repeater(page: int, last: int) -> dict[str, tuple[str, str]]:
    """A window of five pages; the targets say where a link stands, not where it leads."""
    window = range(max(1, page - 2), min(last, page + 2) + 1)
    return {str(n): (f"ctl00$rpt$ctl{i:02}$lnk", "") for i, n in enumerate(window) if n != page}


def onwards(page: int, last: int) -> dict[str, tuple[str, str]]:
    """Nothing but a link to the next page."""
    return {"Tiếp theo »": ("ctl00$lbtnNext", "")} if page < last else {}


def numbers(archive: CrawlArchive) -> list[int]:
    return sorted(int(re.sub(r"\D", "", article.url)) for article in archive.articles())


@pytest.mark.parametrize("pager", [grid, repeater, onwards])
def test_every_page_of_a_scripted_pager_is_asked_once(archive: CrawlArchive, pager: Any) -> None:
    site = WebForms(list(range(1, 27)), pager)
    with running_server(site) as server:
        result = archive.crawl(server, stand_in_profile(**PROFILE), concurrency=1)
    assert result.healthy, result.runs[0].report
    assert numbers(archive) == list(range(1, 27))
    assert site.refused == []
    rows = archive.rows()
    assert {path for path in rows if path.startswith(LIST)} == {
        LIST,
        *(f"{LIST}#!postback={n}" for n in range(2, 14)),
    }
    posts = [asked for asked in server.received if asked.method == "POST"]
    assert len(posts) <= 12 + 2  # in order each page costs one POST; a step aside is the exception


def test_pages_are_right_whatever_the_order_of_the_answers(archive: CrawlArchive) -> None:
    site = WebForms(list(range(1, 51)), grid)
    with running_server(site) as server:
        assert archive.crawl(server, stand_in_profile(**PROFILE), concurrency=8).healthy
    assert numbers(archive) == list(range(1, 51))
    assert site.refused == []


def test_the_warc_holds_the_true_address_and_the_form_that_was_sent(archive: CrawlArchive) -> None:
    with running_server(WebForms([1, 2, 3], grid)) as server:
        archive.crawl(server, stand_in_profile(**PROFILE))
    posted = []
    for path in (archive.data / "warc").glob("*.warc.gz"):
        with path.open("rb") as stream:
            for record in ArchiveIterator(stream):
                assert "#" not in (record.rec_headers.get_header("WARC-Target-URI") or "")
                if record.rec_type == "request" and record.http_headers.protocol == "POST":
                    posted.append((record.http_headers.statusline, record.content_stream().read()))
    ((line, body),) = posted
    assert line == f"{LIST} HTTP/1.1"
    assert parse_qs(body.decode())["__EVENTARGUMENT"] == ["Page$2"]


def test_a_run_that_was_cut_short_goes_on_from_the_rows_alone(archive: CrawlArchive) -> None:
    site = WebForms(list(range(1, 27)), grid)
    with running_server(site) as server:
        short = stand_in_profile(**PROFILE, fetch={"budget": 4})
        assert not archive.crawl(server, short, concurrency=1).healthy
        waiting = [path for path, row in archive.rows().items() if "#!" in path and row.state == "pending"]
        assert waiting
        server.received.clear()
        archive.crawl(server, stand_in_profile(**PROFILE), night="two")
    assert numbers(archive) == list(range(1, 27))
    assert site.refused == []


PROFILE_TOML = """
name = "Liên đoàn Lao động huyện Mẫu"
domain = "cong-doan.example"
level = "district"
status = "unidentified"
verified = "made up for the tests"
seeds = ["https://cong-doan.example/tin-tuc.aspx?id=3"]
[urls]
article = ['^/bai-\\d+\\.html$']
listing = ['^/tin-tuc']
[listing]
item = ["table.tin tr.dong"]
pager = ["tr.trang a"]
postback = true
"""


def start(folder: Path, server: StandInServer) -> subprocess.Popen[bytes]:
    sites = folder / "sites"
    sites.mkdir(exist_ok=True)
    (sites / "cong_doan.toml").write_text(PROFILE_TOML, encoding="utf-8")
    command = [
        sys.executable,
        "-m",
        "crawler.cli.main",
        "--data",
        str(folder),
        "--sites",
        str(sites),
        "crawl",
    ]
    command += ["cong_doan", "--dial", f"{HOST}=127.0.0.1:{server.server_port}"]
    environ = {**os.environ, "CONGDOAN_DELAY": "0", "CONGDOAN_WORKERS": "1"}
    # to a file: the readers of a killed crawl hold its output open for some seconds more
    with (folder / "said.txt").open("wb") as said:
        return subprocess.Popen(command, stdout=said, stderr=subprocess.STDOUT, env=environ)


@pytest.mark.slow
def test_kill_9_amid_the_postbacks_loses_nothing(archive: CrawlArchive) -> None:
    site = WebForms(list(range(1, 27)), grid)
    running: list[subprocess.Popen[bytes]] = []

    def killing(asked: ReceivedRequest) -> SiteReply:
        posts = sum(each.method == "POST" for each in server.received)
        if posts == 4 and len(running) == 1:
            running[0].send_signal(signal.SIGKILL)
        return site(asked)

    with running_server(killing) as server:
        for _ in range(2):
            server.received.clear()
            running.append(start(archive.data, server))
            running[-1].wait(timeout=120)
    said = (archive.data / "said.txt").read_text(encoding="utf-8")
    assert [process.returncode for process in running] == [-signal.SIGKILL, 0], said
    assert numbers(archive) == list(range(1, 27))
    assert {row.state for row in archive.rows().values()} == {"done"}
    assert site.refused == []


def test_what_stands_in_the_way_of_a_page_is_its_answer(archive: CrawlArchive) -> None:
    site = WebForms(list(range(1, 9)), grid)
    shut: list[int] = []

    def guarded(asked: ReceivedRequest) -> SiteReply:
        listed = asked.path == LIST
        return SiteReply("Cấm", status=403) if shut and listed else site(asked)

    with running_server(guarded) as server:
        archive.crawl(server, stand_in_profile(**PROFILE, fetch={"budget": 1}))
        shut.append(1)
        archive.crawl(server, stand_in_profile(**PROFILE), night="two")
        row = archive.rows()[f"{LIST}#!postback=3"]
        assert (row.outcome, row.reason, row.http_status) == ("failed", "wall", 403)
        shut.clear()
        assert archive.crawl(server, stand_in_profile(**PROFILE), night="three").healthy
    assert numbers(archive) == list(range(1, 9))


def test_paging_stops_at_the_first_page_without_news(archive: CrawlArchive) -> None:
    site = WebForms(list(range(1, 27)), grid)
    with running_server(site) as server:
        archive.crawl(server, stand_in_profile(**PROFILE))
        site.articles[:0] = [101, 102, 103]
        server.received.clear()
        assert archive.crawl(server, stand_in_profile(**PROFILE), night="two").healthy
    assert {101, 102, 103} < set(numbers(archive))
    posts = [
        parse_qs(asked.body.decode())["__EVENTARGUMENT"]
        for asked in server.received
        if asked.method == "POST"
    ]
    assert posts == [["Page$2"], ["Page$3"]]  # the second has one new article, the third none


def test_a_page_the_pager_no_longer_leads_to_is_told(archive: CrawlArchive) -> None:
    site = WebForms(list(range(1, 9)), grid)
    short = stand_in_profile(**PROFILE, fetch={"budget": 1})
    with running_server(site) as server:
        archive.crawl(server, short)
        site.articles[2:] = []
        archive.crawl(server, stand_in_profile(**PROFILE), night="two")
    row = archive.rows()[f"{LIST}#!postback=4"]
    assert (row.outcome, row.reason) == ("failed", "malformed")
    assert "leads to none, not to 4" in row.detail


def test_without_the_switch_the_pager_is_told_and_not_asked(archive: CrawlArchive) -> None:
    listing = {"item": ["table.tin tr.dong"], "pager": ["tr.trang a"]}
    with running_server(WebForms([1, 2, 3], grid)) as server:
        archive.crawl(server, stand_in_profile(**{**PROFILE, "listing": listing}))
    assert "`[listing] postback = true` asks it" in archive.rows()[LIST].detail
    assert numbers(archive) == [1, 2]


def test_another_look_at_the_captures_takes_no_postback_for_unmatched(archive: CrawlArchive) -> None:
    """The listing is named by the profile alone, so no pattern knows the addresses of its pages."""
    profile = stand_in_profile(**{**PROFILE, "urls": {"article": [r"^/bai-\d+\.html$"]}})
    with running_server(WebForms(list(range(1, 9)), grid)) as server:
        archive.crawl(server, profile)
    assert any("#!postback=" in path for path in archive.rows())
    config = Config(data=archive.data)
    engine = open_database(config.database_url)
    with reading(engine) as connection:
        found = compare_profile(connection, config.warcs, profile)
    engine.dispose()
    assert (found.pages, found.kinds, found.differences) == (8, [], [])
