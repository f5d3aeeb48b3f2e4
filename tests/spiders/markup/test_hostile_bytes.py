"""Whatever bytes a server sends, the parsers that see them first answer, raise nothing, and end in time."""

from __future__ import annotations

import gzip
from datetime import UTC, datetime
from time import thread_time

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from protego import Protego

from spiders.discovery.discover import discover
from spiders.items import LinkKind, Page
from spiders.markup.xml import gunzip, xml_text
from spiders.responses.cookie_wall import detect_cookie_wall
from spiders.responses.js_shell import is_js_shell
from tests.stand_in_server import HOME, stand_in_profile

PROFILE = stand_in_profile(
    discover={"feeds": [f"{HOME}/rss"], "sitemaps": [f"{HOME}/sitemap.xml"]},
    listing={"item": [".tin"], "title": "a", "pager": [".trang a"], "date": {"css": ".ngay"}},
)
BOUNDED = settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow])
# Pieces that real documents are made of, whole and broken, so that noise gets past the first character.
PIECES = st.sampled_from(
    [
        *(
            b"<",
            b">",
            b"&",
            b"&amp;",
            b"&#x110000;",
            b"&#55357;",
            b"<![CDATA[",
            b"]]>",
            b"<!--",
            b"-->",
            b"\x00",
        ),
        *(
            b"<?xml version='1.0' encoding='utf-16'?>",
            b"<?xml version='1.0'?>",
            b"<!DOCTYPE a [<!ENTITY b 'c'>]>",
        ),
        *(
            b"<rss><channel>",
            b"<item>",
            b"<link>",
            b"</link>",
            b"<title>",
            b"</item>",
            b"<feed xmlns='",
            b"<entry>",
        ),
        *(b"<urlset>", b"<url><loc>", b"</loc></url>", b"<sitemapindex>", b"<lastmod>", b"<news:news>"),
        *(b"<html><body>", b"<div class='tin'>", b"<a href='", b"'>", b"</a>", b"<base href='//["),
        *(
            b"/bai-1.html",
            b"https://cong-doan.example/bai-2.html",
            b"http://[::1",
            b"//",
            b"javascript:",
            b"%",
            b"%ZZ",
        ),
        *(
            b"\xef\xbb\xbf",
            b"\xff\xfe",
            b"\xfe\xff\x00<",
            b"\xc3",
            b"\xed\xa0\x80",
            "Tiếng Việt".encode(),
            b"\x1f\x8b",
        ),
        *(b"User-agent: *\n", b"Disallow: /*$*$\n", b"Crawl-delay: 1e309\n", b"Sitemap: \n", b"Allow: %\n"),
        *(
            b"<span class='trang'><a href='/tin-tuc?trang=",
            b"9" * 400,
            b"\xe2\x80\xae",
            b"document.cookie='a'+",
        ),
    ]
)
BODIES = st.one_of(
    st.binary(max_size=400),
    st.lists(st.one_of(PIECES, st.binary(max_size=6)), max_size=40).map(b"".join),
    st.lists(PIECES, max_size=20).map(b"".join).map(gzip.compress),
)
TYPES = st.sampled_from(
    [None, "text/html", "text/xml; charset=utf-16", "text/html; charset=no-such", "application/json", ";"]
)


def page(kind: LinkKind, body: bytes, told: str | None) -> Page:
    headers = (("content-type", told),) if told else ()
    return Page(
        "cong_doan", f"{HOME}/x", f"{HOME}/x", kind, 200, headers, body, datetime(2025, 7, 1, tzinfo=UTC)
    )


@pytest.mark.parametrize("kind", ["feed", "sitemap", "listing", "seed", "article"])
@BOUNDED
@given(body=BODIES, told=TYPES)
def test_discovery_answers_whatever_it_is_sent(kind: LinkKind, body: bytes, told: str | None) -> None:
    found = discover(page(kind, body, told), PROFILE)
    for link in found.links:
        assert link.url.startswith(("http://", "https://")) or link.refused == "bad_url", link
        link.url.encode("ascii")
    assert all("\n" not in line for line in found.trouble)


@BOUNDED
@given(BODIES)
def test_robots_walls_shells_and_xml_answer_whatever_they_are_sent(body: bytes) -> None:
    rules = Protego.parse(body.decode("utf-8", "replace").lstrip("\ufeff"))
    rules.can_fetch(f"{HOME}/bai-1.html", "congdoan-archive")
    rules.crawl_delay("congdoan-archive")
    detect_cookie_wall(200, body)
    is_js_shell(body)
    xml_text(gunzip(body)[0])


HOSTILE = {
    "nested": b"<div>" * 200_000,
    "unclosed tags": b"<a href='/bai-1.html'><p>" * 60_000,
    "attributes": b"<a " + b"x='1' " * 200_000 + b">",
    "one long word": b"<rss><item><title>" + b"a" * 2_000_000,
    "ampersands": b"<rss>" + b"&" * 500_000,
    "comments": b"<!--" * 200_000,
    "cdata": b"<urlset>" + b"<![CDATA[" * 100_000,
    "entities": b"<!DOCTYPE a [<!ENTITY b '" + b"c" * 100_000 + b"'>]><rss>" + b"&b;" * 10_000 + b"</rss>",
    "quotes": b"<script>document.cookie='" + b"\\'" * 4000,
    "declaration": b"<?xml " + b" " * 300_000 + b"<rss>",
    "lines": b"\n \t" * 400_000 + b"https://",
    "numbers": b"<item>" + b"&#1114112;" * 100_000,
}


@pytest.mark.parametrize("name", HOSTILE)
@pytest.mark.parametrize("kind", ["feed", "sitemap", "listing"])
def test_no_document_keeps_a_parser_for_long(kind: LinkKind, name: str) -> None:
    began = thread_time()
    discover(page(kind, HOSTILE[name], "text/html"), PROFILE)
    detect_cookie_wall(200, HOSTILE[name][:8192])
    is_js_shell(HOSTILE[name])
    assert thread_time() - began < 10


@pytest.mark.parametrize("name", HOSTILE)
def test_no_robots_txt_keeps_the_crawl_for_long(name: str) -> None:
    text = HOSTILE[name][:512_000].decode() + "\nUser-agent: *\nDisallow: /" + "*a" * 200 + "$\n"
    began = thread_time()
    rules = Protego.parse(text)
    rules.can_fetch(f"{HOME}/" + "a" * 1500, "congdoan-archive")
    assert thread_time() - began < 5
