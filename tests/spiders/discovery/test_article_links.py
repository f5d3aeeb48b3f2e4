"""The files and images of an article as links, and what a redirect of one leads to."""

from __future__ import annotations

from typing import Any

import pytest
from scrapy import Request
from scrapy.http import Response

from spiders.discovery.discover import article_file_links
from spiders.items import Page
from spiders.profile.site_profile import SiteProfile
from spiders.site_spider import SiteSpider

HOME = "https://congdoanmau.org.vn"


def links(make_page: Any, profile: SiteProfile, files: list[str], images: list[str]) -> list[tuple[str, ...]]:
    page = make_page(b"", "article")
    found = article_file_links([(url, "tên") for url in files], [(url, "") for url in images], page, profile)
    return [(link.url, link.kind, link.refused or "") for link in found]


def test_images_are_asked_on_the_sites_own_hosts(make_page: Any, make_profile: Any) -> None:
    profile = make_profile(urls={"hosts": ("anh.congdoanmau.vn",), "deny": (r"/quang-cao/",)})
    images = [
        f"{HOME}/upload/1.jpg",
        "/upload/1.jpg",
        "//anh.congdoanmau.vn/2.png?w=800",
        "https://cdn.example.net/3.jpg",
        f"{HOME}/quang-cao/4.gif",
        "data:image/png;base64,AAAA",
        "http://[::bad/5.jpg",
    ]
    assert links(make_page, profile, [], images) == [
        (f"{HOME}/upload/1.jpg", "image", ""),
        ("https://anh.congdoanmau.vn/2.png?w=800", "image", ""),
        ("https://cdn.example.net/3.jpg", "image", "offsite"),
        (f"{HOME}/quang-cao/4.gif", "image", "denied"),
    ]


def test_a_profile_may_do_without_images_or_files(make_page: Any, make_profile: Any) -> None:
    bare = make_profile(fetch={"images": False, "attachments": False})
    found = links(make_page, bare, ["/tep/a.pdf"], ["/upload/1.jpg"])
    assert found == [(f"{HOME}/tep/a.pdf", "attachment", "denied")]


def test_a_file_is_one_whatever_its_address_looks_like(make_page: Any, make_profile: Any) -> None:
    found = links(make_page, make_profile(), ["/tai-ve.aspx?id=7", "/tep/a.pdf"], [])
    assert found == [
        (f"{HOME}/tai-ve.aspx?id=7", "attachment", ""),
        (f"{HOME}/tep/a.pdf", "attachment", ""),
    ]


@pytest.mark.parametrize(
    ("kind", "target", "expected"),
    [
        ("image", "/upload/moi.jpg", [("/upload/moi.jpg", "image")]),
        ("image", "https://cdn.example.net/1.jpg", []),
        ("attachment", "/kho/a.pdf", [("/kho/a.pdf", "attachment")]),
        ("attachment", "/kho/tai?id=7", [("/kho/tai?id=7", "attachment")]),
        ("attachment", "/", [("/", "seed")]),
        ("image", "/", [("/", "seed")]),
        ("article", "/upload/moi.jpg", []),
    ],
)
def test_a_redirect_of_a_file_leads_to_a_file(
    make_profile: Any, kind: str, target: str, expected: list[tuple[str, str]]
) -> None:
    class Spider(SiteSpider):
        name = "mau"
        profile = make_profile()

    url = f"{HOME}/upload/cu.jpg"
    request = Request(url, meta={"url": url, "kind": kind})
    answer = Response(url, status=302, headers={"Location": target}, request=request)
    (page,) = Spider().parse(answer)
    assert isinstance(page, Page)
    assert [(link.url.removeprefix(HOME), link.kind) for link in page.links] == expected
