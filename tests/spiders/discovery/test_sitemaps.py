from __future__ import annotations

import gzip
from collections.abc import Callable
from pathlib import Path

import pytest

from spiders.discovery.discover import discover
from spiders.items import Hints, Page
from spiders.markup.xml import gunzip
from spiders.profile.site_profile import SiteProfile

MakeProfile = Callable[..., SiteProfile]
MakePage = Callable[..., Page]

SITE = "https://congdoanmau.org.vn"
MAP = f"{SITE}/sitemap.xml"
NS = 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'
NEWS = 'xmlns:news="http://www.google.com/schemas/sitemap-news/0.9"'
URLSET = f"""<?xml version="1.0" encoding="UTF-8"?>
<urlset {NS} {NEWS} xmlns:image="http://www.google.com/schemas/sitemap-image/1.1">
<url><loc> http://congdoanmau.org.vn/Tin.aspx?ID=11&amp;Cat=2
</loc><lastmod>2026-01-08T09:15:00+07:00</lastmod><image:image><image:title>Ảnh</image:title></image:image></url>
<url><image:image><image:loc>/a.jpg</image:loc></image:image><loc>{SITE}/Tin.aspx?ID=9</loc><news:news>
<news:publication><news:name>Mẫu</news:name></news:publication>
<news:publication_date>2026-01-07</news:publication_date>
<news:title>Mái ấm &amp; Tết</news:title></news:news></url>
<url><loc>{SITE}/print/Tin.aspx?ID=9</loc></url>
<url><loc>https://laodongmau.vn/</loc></url>
</urlset>"""
INDEX = f"""<sitemapindex {NS}>
<sitemap><loc>{SITE}/sitemap-2026.xml.gz</loc><lastmod>2026-01-08</lastmod></sitemap>
<sitemap><loc>/sitemap?y=2025&m=1</loc></sitemap>
<sitemap><loc>{SITE}/rieng/sitemap.xml</loc></sitemap></sitemapindex>"""
EXPECTED = [
    (f"{SITE}/Tin.aspx?ID=11&Cat=2", "article", None),
    (f"{SITE}/Tin.aspx?ID=9", "article", None),
    (f"{SITE}/print/Tin.aspx?ID=9", "article", "twin"),
]


@pytest.fixture(scope="module")
def profile(make_profile: MakeProfile) -> SiteProfile:
    return make_profile(urls={"article": (r"[?&]ID=\d+",), "twin": (r"^/print/",), "deny": (r"^/rieng/",)})


@pytest.mark.parametrize(
    "body",
    [
        URLSET.encode(),
        URLSET.replace("&amp;", "&").encode(),
        URLSET.replace("UTF-8", "UTF-16").encode(),
        b"\xef\xbb\xbf\n" + URLSET.encode(),
        URLSET.encode("utf-16"),
        gzip.compress(URLSET.encode()),
        gzip.compress(gzip.compress(URLSET.encode())),
    ],
    ids=["well-formed", "bare &", "false utf-16", "BOM", "utf-16", "gz", "gz twice"],
)
def test_a_urlset_gives_pages_with_their_dates(
    profile: SiteProfile, make_page: MakePage, body: bytes
) -> None:
    found = discover(make_page(body, "sitemap", MAP, "application/xml"), profile)
    assert [(link.url, link.kind, link.refused) for link in found.links] == EXPECTED
    assert found.links[0].hints == Hints(source="sitemap", lastmod="2026-01-08T09:15:00+07:00")
    assert found.links[1].hints == Hints("Mái ấm & Tết", "2026-01-07", "sitemap")
    assert (found.offsite, found.trouble) == (1, ())


def test_without_namespaces_it_is_read_too(profile: SiteProfile, make_page: MakePage) -> None:
    body = URLSET.replace(NS, "").replace(NEWS, "")
    found = discover(make_page(body, "sitemap", MAP), profile)
    assert [(link.url, link.kind, link.refused) for link in found.links] == EXPECTED
    assert found.links[1].hints.date == "2026-01-07"


def test_an_index_gives_sitemaps(profile: SiteProfile, make_page: MakePage) -> None:
    found = discover(make_page(INDEX, "sitemap", MAP), profile)
    assert [(link.url, link.kind, link.refused) for link in found.links] == [
        (f"{SITE}/sitemap-2026.xml.gz", "sitemap", None),
        (f"{SITE}/sitemap?y=2025&m=1", "sitemap", None),
        (f"{SITE}/rieng/sitemap.xml", "sitemap", "denied"),
    ]
    assert found.links[0].hints == Hints(source="sitemap", lastmod="2026-01-08")


def test_a_list_of_addresses_is_a_sitemap(profile: SiteProfile, make_page: MakePage) -> None:
    body = f"{SITE}/Tin.aspx?ID=1&Cat=2\r\n\r\n{SITE}/Tin.aspx?ID=2\r\nrác\r\n"
    found = discover(make_page(body, "sitemap", MAP, "text/plain"), profile)
    assert [link.url for link in found.links] == [f"{SITE}/Tin.aspx?ID=1&Cat=2", f"{SITE}/Tin.aspx?ID=2"]


def test_a_feed_may_be_a_sitemap(profile: SiteProfile, make_page: MakePage) -> None:
    item = f"<item><title>A</title><link>{SITE}/Tin.aspx?ID=3</link></item>"
    body = f"<rss version='2.0'><channel>{item}</channel></rss>"
    (link,) = discover(make_page(body, "sitemap", MAP), profile).links
    assert link.hints == Hints("A", source="feed")


@pytest.mark.parametrize(
    ("body", "kept", "line"),
    [
        (URLSET.partition("<url><loc>https://laodong")[0].encode(), 3, "malformed sitemap, line "),
        (b"<html><body><h1>404</h1></body></html>", 0, "not a sitemap: its root is <html>"),
        (b"", 0, "unreadable sitemap: neither markup nor addresses"),
        (b"<", 0, "unreadable sitemap: "),
        (gzip.compress(URLSET.encode())[:-20], 2, "its gzip ends too early"),
        (gzip.compress(URLSET.encode())[:30] + b"x" * 99, 0, "its gzip breaks off"),
        (
            f"<urlset {NS}><url><loc></loc></url></urlset>".encode(),
            0,
            "1 of 1 sitemap entries lead to no page",
        ),
    ],
)
def test_what_cannot_be_read_is_told(
    profile: SiteProfile, make_page: MakePage, body: bytes, kept: int, line: str
) -> None:
    found = discover(make_page(body, "sitemap", MAP), profile)
    assert len(found.links) >= kept
    assert any(told.startswith(f"{MAP}: {line}") for told in found.trouble), found.trouble


def test_a_gzip_bomb_is_cut_off() -> None:
    body, lost = gunzip(gzip.compress(b" " * (1 << 24)), max_bytes=2 << 20)
    assert 2 << 20 <= len(body) <= 3 << 20
    assert lost == "more than 2 MB unpacked, the rest was left"


def test_entities_reach_no_file(profile: SiteProfile, make_page: MakePage, tmp_path: Path) -> None:
    secret = tmp_path / "mat"
    secret.write_text("bi-mat", encoding="utf-8")
    entry = f"<url><loc>{SITE}/Tin.aspx?ID=1&x;</loc></url>"
    body = f'<!DOCTYPE urlset [<!ENTITY x SYSTEM "file://{secret}">]><urlset {NS}>{entry}</urlset>'
    found = discover(make_page(body, "sitemap", MAP), profile)
    assert not any("bi-mat" in link.url for link in found.links)
