"""A JavaScript front page over a JSON API: the API's listings and articles are crawled instead."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import date, time
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from storage.records import PrintedTime
from tests.stand_in_server import (
    HOME,
    CrawlArchive,
    ReceivedRequest,
    SiteReply,
    prose,
    running_server,
    stand_in_profile,
)

API = "/api/tin?page=1"
PAGE = 4
RULES: dict[str, Any] = {
    "seeds": [f"{HOME}{API}"],
    "urls": {"article": [r"^/api/tin/\d+$"], "listing": [r"^/api/tin\?"]},
    "listing": {
        "json": {
            "items": "data.items",
            "url": "/api/tin/{id}",
            "title": "title",
            "date": "publishedAt",
            "next": "/api/tin?page={page}",
        }
    },
    "layout": [
        {
            "json": {
                "title": "data.title",
                "lead": "data.summary",
                "body": "data.content",
                "date": "data.publishedAt",
                "author": "data.author.name",
                "section": "data.category",
            }
        }
    ],
}


def entry(number: int) -> dict[str, Any]:
    return {
        "id": number,
        "title": f"Hội nghị người lao động &amp; đoàn viên cơ sở số {number}",
        "summary": "<p>Hội nghị bàn việc chăm lo đời sống.</p>",
        "content": f"{prose(number)}<p><img src='/anh/{number}.jpg'>"
        f"</p><p><a href='/tep/{number}.pdf'>Kế hoạch</a>",
        "publishedAt": f"2024-03-{number % 27 + 1:02d}T17:30:00.000Z",
        "author": {"name": "Nguyễn Văn Mẫu"},
        "category": "Hoạt động công đoàn",
    }


def api(
    numbers: list[int], more: Callable[[int], dict[str, Any]] = lambda page: {}
) -> Callable[[ReceivedRequest], SiteReply]:
    """Serves `numbers` four a page; beyond the last page an empty list."""

    def site(asked: ReceivedRequest) -> SiteReply:
        parts = urlsplit(asked.path)
        if found := re.fullmatch(r"/api/tin/(\d+)", parts.path):
            told: Any = {"data": entry(int(found[1]))}
        elif parts.path == "/api/tin":
            page = int(parse_qs(parts.query)["page"][0])
            shown = numbers[(page - 1) * PAGE : page * PAGE]
            told = {"data": {"items": [entry(n) for n in shown]}, **more(page)}
        else:
            return SiteReply("", status=404)
        return SiteReply(json.dumps(told, ensure_ascii=False), content_type="application/json")

    return site


def numbers(archive: CrawlArchive) -> set[int]:
    return {int(article.url.rpartition("/")[2]) for article in archive.articles()}


def test_articles_are_read_off_the_api(archive: CrawlArchive) -> None:
    with running_server(api(list(range(1, 11)))) as server:
        result = archive.crawl(server, stand_in_profile(**RULES))
    assert result.healthy, result.runs[0].report
    assert numbers(archive) == set(range(1, 11))
    assert server.paths.count("GET /api/tin?page=4") == 1  # empty: the end
    assert not [path for path in server.paths if path.endswith("page=5")]
    article = next(page for page in archive.articles() if page.url.endswith("/7"))
    assert article.title == "Hội nghị người lao động & đoàn viên cơ sở số 7"
    assert article.lead == "Hội nghị bàn việc chăm lo đời sống."
    assert article.body.count("\n") == 2
    assert "<" not in article.body
    assert article.author == "Nguyễn Văn Mẫu"
    assert article.published == PrintedTime(date(2024, 3, 9), time(0, 30), 420)  # UTC's evening before
    assert article.section == ("Hoạt động công đoàn",)
    assert [image.url for image in article.images] == [f"{HOME}/anh/7.jpg"]
    assert [file.url for file in article.attachments] == [f"{HOME}/tep/7.pdf"]
    rules = {told.field: told.rule for told in article.provenance}
    assert rules["title"] == "json data.title"
    assert rules["published"] == "json data.publishedAt"


def test_a_second_night_reads_on_to_the_first_page_without_news(archive: CrawlArchive) -> None:
    shown = list(range(1, 17))
    with running_server(api(shown)) as server:
        archive.crawl(server, stand_in_profile(**RULES))
        shown[:0] = [101, 102, 103, 104, 105]
        server.received.clear()
        assert archive.crawl(server, stand_in_profile(**RULES), night="two").healthy
    assert numbers(archive) == {*range(1, 17), 101, 102, 103, 104, 105}
    listings = [path for path in server.paths if "?page=" in path]
    assert listings == [f"GET /api/tin?page={n}" for n in (1, 2, 3)]


def test_a_server_that_repeats_its_last_page_for_ever_is_left(archive: CrawlArchive) -> None:
    def endless(asked: ReceivedRequest) -> SiteReply:
        path = re.sub(r"page=\d+", "page=1", asked.path)
        return api([1, 2, 3])(ReceivedRequest(asked.method, path, asked.headers, asked.body))

    with running_server(endless) as server:
        assert archive.crawl(server, stand_in_profile(**RULES)).healthy
    assert [path for path in server.paths if "?page=" in path] == [
        "GET /api/tin?page=1",
        "GET /api/tin?page=2",
    ]


def test_the_number_of_pages_is_believed_where_the_api_tells_it(archive: CrawlArchive) -> None:
    listing = {"json": {**RULES["listing"]["json"], "pages": "paging.total"}}
    with running_server(api(list(range(1, 9)), lambda page: {"paging": {"total": 2}})) as server:
        assert archive.crawl(server, stand_in_profile(**{**RULES, "listing": listing})).healthy
    assert numbers(archive) == set(range(1, 9))
    assert "GET /api/tin?page=3" not in server.paths


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ('{"data": {"title": "Không tìm thấy bài viết", "content": null}}', "soft_404"),
        ('{"data": {"title": "Hội nghị tổng kết", "content": ""}}', "no_text"),
        ('{"data": {"title": "Hội nghị tổng kết", "content": "<p>Công đo', "not_html"),
        ('{"error": 3}', "no_text"),
    ],
)
def test_what_is_no_article_has_its_reason(archive: CrawlArchive, body: str, reason: str) -> None:
    def site(asked: ReceivedRequest) -> SiteReply:
        broken = asked.path == "/api/tin/1"
        return SiteReply(body, content_type="application/json") if broken else api([1])(asked)

    with running_server(site) as server:
        archive.crawl(server, stand_in_profile(**RULES))
    row = archive.rows()["/api/tin/1"]
    assert (row.outcome, row.reason) == ("not_an_article", reason)


@pytest.mark.parametrize(
    ("body", "detail"),
    [
        ('{"data": {"items": [', "unreadable JSON"),
        ('{"data": {"posts": []}}', "no list of entries at `data.items`"),
        ('{"data": {"items": [{"slug": "a"}, 7]}}', "2 of 2 entries have no address like /api/tin/{id}"),
    ],
)
def test_a_listing_that_cannot_be_read_is_told(archive: CrawlArchive, body: str, detail: str) -> None:
    def site(asked: ReceivedRequest) -> SiteReply:
        return (
            SiteReply(body, content_type="application/json")
            if asked.path == API
            else SiteReply("", status=404)
        )

    with running_server(site) as server:
        assert not archive.crawl(server, stand_in_profile(**RULES)).healthy
    row = archive.rows()[API]
    assert (row.outcome, row.reason) == ("failed", "malformed")
    assert detail in row.detail
