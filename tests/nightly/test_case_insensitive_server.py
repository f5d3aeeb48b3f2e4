"""A server that minds neither case nor order of parameters (IIS): an article is one row, however spelt."""

from __future__ import annotations

from typing import Any

import pytest

from spiders.urls.classify import site_url
from tests.stand_in_server import (
    HOME,
    CrawlArchive,
    ReceivedRequest,
    SiteReply,
    article_page,
    running_server,
    stand_in_profile,
)

SPELLINGS = (
    "/TinTuc/ChiTiet.aspx?ID=5&Cat=3",
    "/tintuc/chitiet.aspx?cat=3&id=5",
    "/TINTUC/ChiTiet.aspx?Cat=3&ID=5",
)
URLS: dict[str, Any] = {"article": [r"(?i)/chitiet\.aspx\?"], "listing": [r"(?i)^/danhsach"]}


def iis(asked: ReceivedRequest) -> SiteReply:
    path = asked.path.lower()
    if path == "/robots.txt":
        return SiteReply("User-agent: *\nDisallow: /QuanTri/\n", content_type="text/plain")
    if path.startswith("/tintuc/chitiet.aspx"):
        return SiteReply(article_page(5))
    links = "".join(f'<a href="{url.replace("&", "&amp;")}">Bản tin</a> ' for url in SPELLINGS)
    return SiteReply(f'<html><body>{links}<a href="/QuanTri/ChiTiet.aspx?ID=9">Quản trị</a></body></html>')


@pytest.mark.parametrize(
    ("switches", "rows"),
    [
        ({"fold_case": True, "sort_params": True}, {"/tintuc/chitiet.aspx?cat=3&id=5"}),
        ({"fold_case": True}, {"/tintuc/chitiet.aspx?cat=3&id=5", "/tintuc/chitiet.aspx?id=5&cat=3"}),
        (
            {"sort_params": True},
            {
                "/TinTuc/ChiTiet.aspx?Cat=3&ID=5",
                "/tintuc/chitiet.aspx?cat=3&id=5",
                "/TINTUC/ChiTiet.aspx?Cat=3&ID=5",
            },
        ),
        ({}, set(SPELLINGS)),
    ],
    ids=["both", "case", "order", "none"],
)
def test_one_article_under_several_spellings(
    archive: CrawlArchive, switches: dict[str, bool], rows: set[str]
) -> None:
    profile = stand_in_profile(urls={**URLS, **switches})
    with running_server(iis) as server:
        assert archive.crawl(server, profile).healthy
    told = archive.rows()
    assert {path for path in told if "tintuc" in path.lower()} == rows
    assert len([path for path in server.paths if "tintuc" in path.lower()]) == len(rows)
    assert len(archive.articles()) == len(rows)
    closed = next(row for path, row in told.items() if "quantri" in path.lower())
    assert closed.reason == "robots"
    assert not any("quantri" in path.lower() for path in server.paths)


def test_other_sites_addresses_are_left_as_they_are() -> None:
    profile = stand_in_profile(urls={**URLS, "fold_case": True, "sort_params": True})
    assert site_url("https://KHAC.example/Bai?B=1&A=2", profile, HOME) == "https://khac.example/Bai?B=1&A=2"
    assert site_url("/Tai/LinkClick.aspx?fileticket=q7Ab%2fZ", profile, f"{HOME}/") == (
        f"{HOME}/tai/linkclick.aspx?fileticket=q7Ab%2FZ"
    )


def test_a_server_that_wants_its_own_spelling_is_followed_to_it(archive: CrawlArchive) -> None:
    own = SPELLINGS[0]

    def strict(asked: ReceivedRequest) -> SiteReply:
        if asked.path.lower().startswith("/tintuc/") and asked.path != own:
            return SiteReply("", status=301, headers={"Location": own})
        return iis(asked)

    with running_server(strict) as server:
        archive.crawl(server, stand_in_profile(urls={**URLS, "fold_case": True, "sort_params": True}))
    assert [article.url for article in archive.articles()] == [f"{HOME}{own}"]
