from __future__ import annotations

import gzip
from collections.abc import Callable
from pathlib import Path

import pytest

from spiders.discovery.discover import discover
from spiders.items import Hints, Page
from spiders.profile.site_profile import SiteProfile

MakeProfile = Callable[..., SiteProfile]
MakePage = Callable[..., Page]

SITE = "https://congdoanmau.org.vn"
FEED = f"{SITE}/rss/tin.rss"
RSS = f"""<?xml version="1.0" encoding="utf-8"?>
<rss version="2.0"><channel><title>Tin công đoàn</title><link>{SITE}/</link>
<item><title>Tết sum vầy &amp; chợ Tết</title>
<link>http://www.congdoanmau.org.vn/Tin.aspx?ID=11&amp;Cat=2</link>
<pubDate>Thu, 08 Jan 2026 09:15:00 +0700</pubDate>
<description><![CDATA[<a href="/x?a=1&b=2">x</a>]]></description></item>
<item><title><![CDATA[Mái ấm <b>công đoàn</b> &quot;số 9&quot;]]></title>
<link><![CDATA[/Tin.aspx?ID=9&Cat=2]]></link>
<pubDate>08/01/2026 07:00</pubDate></item>
<item><title>Báo khác</title><link>https://laodongmau.vn/a-1.html</link></item>
</channel></rss>"""
ATOM = f"""<feed xmlns="http://www.w3.org/2005/Atom"><title>Tin</title>
<entry><title type="html">Đối thoại &amp;amp; thương lượng</title>
<link rel="alternate" href="{SITE}/Tin.aspx?ID=5"/><id>tag:congdoanmau.org.vn,2026:5</id>
<published>2026-01-05T08:00:00+07:00</published><updated>2026-01-06T08:00:00+07:00</updated></entry></feed>"""


@pytest.fixture(scope="module")
def profile(make_profile: MakeProfile) -> SiteProfile:
    return make_profile(urls={"article": (r"[?&]ID=\d+",), "twin": (r"^/print/",)})


def test_a_feed_gives_titles_and_dates_verbatim(profile: SiteProfile, make_page: MakePage) -> None:
    found = discover(make_page(RSS, "feed", FEED), profile)
    assert [(link.url, link.kind, link.refused) for link in found.links] == [
        (f"{SITE}/Tin.aspx?ID=11&Cat=2", "article", None),
        (f"{SITE}/Tin.aspx?ID=9&Cat=2", "article", None),
    ]
    first, second = (link.hints for link in found.links)
    assert first == Hints("Tết sum vầy & chợ Tết", "Thu, 08 Jan 2026 09:15:00 +0700", "feed")
    assert second == Hints('Mái ấm công đoàn "số 9"', "08/01/2026 07:00", "feed")
    assert (found.offsite, found.trouble) == (1, ())


def test_atom_keeps_published_and_updated_apart(profile: SiteProfile, make_page: MakePage) -> None:
    (link,) = discover(make_page(ATOM, "feed", FEED), profile).links
    assert link.hints == Hints(
        "Đối thoại & thương lượng",
        "2026-01-05T08:00:00+07:00",
        "feed",
        lastmod="2026-01-06T08:00:00+07:00",
    )


@pytest.mark.parametrize(
    "body",
    [
        RSS.replace("&amp;Cat", "&Cat").encode(),
        RSS.replace("ấm", "ấm &nbsp; & ấm").encode(),
        b"\xef\xbb\xbf" + RSS.encode(),
        b"\n\n" + RSS.encode(),
        RSS.replace("utf-8", "utf-16").encode(),
        RSS.encode("utf-16"),
        RSS.replace("Tết", "T\x0bết\x00").encode(),
        gzip.compress(RSS.encode()),
    ],
    ids=["bare &", "named entity", "BOM", "blank lines", "false utf-16", "utf-16", "control", "gzip"],
)
def test_malformed_feeds_are_read_whole(profile: SiteProfile, make_page: MakePage, body: bytes) -> None:
    found = discover(make_page(body, "feed", FEED, "text/html"), profile)
    assert [link.url for link in found.links] == [
        f"{SITE}/Tin.aspx?ID=11&Cat=2",
        f"{SITE}/Tin.aspx?ID=9&Cat=2",
    ]
    assert [bool(link.hints.date) for link in found.links] == [True, True]
    assert found.trouble == ()


def test_a_windows_1258_feed_is_read(profile: SiteProfile, make_page: MakePage) -> None:
    body = RSS.replace("utf-8", "windows-1258").encode("windows-1258", "replace")
    assert len(discover(make_page(body, "feed", FEED, "application/rss+xml"), profile).links) == 2


@pytest.mark.parametrize(
    ("body", "kept", "line"),
    [
        (RSS.partition("<title>Báo khác")[0].encode(), 2, "malformed feed, 3 entries read: "),
        (b"<html><body><h1>403</h1></body></html>", 0, "not a feed"),
        (b"", 0, "not a feed"),
        (b"\xff\xfe\xff", 0, "not a feed"),
        (gzip.compress(RSS.encode())[:200], 0, "its gzip ends too early"),
        (
            RSS.replace("<link>https://laodongmau.vn/a-1.html</link>", "").encode(),
            2,
            "1 of 3 feed entries lead to no page",
        ),
    ],
)
def test_what_cannot_be_read_is_told(
    profile: SiteProfile, make_page: MakePage, body: bytes, kept: int, line: str
) -> None:
    found = discover(make_page(body, "feed", FEED), profile)
    assert len(found.links) == kept
    assert any(told.startswith(f"{FEED}: {line}") for told in found.trouble), found.trouble


def test_an_empty_feed_is_no_trouble(profile: SiteProfile, make_page: MakePage) -> None:
    body = '<rss version="2.0"><channel><title>Tin</title></channel></rss>'
    found = discover(make_page(body, "feed", FEED), profile)
    assert (found.links, found.trouble) == ((), ())


def test_a_body_that_spells_a_file_name_opens_no_file(
    profile: SiteProfile, make_page: MakePage, tmp_path: Path
) -> None:
    path = tmp_path / "tin.rss"
    path.write_text(RSS, encoding="utf-8")
    assert discover(make_page(str(path), "feed", FEED), profile).links == ()


def test_entities_reach_no_file(profile: SiteProfile, make_page: MakePage, tmp_path: Path) -> None:
    secret = tmp_path / "mat"
    secret.write_text("bí mật", encoding="utf-8")
    bomb = f'<!DOCTYPE rss [<!ENTITY x SYSTEM "file://{secret}">]>' + RSS.partition("?>")[2].replace(
        "Tết sum", "&x; sum"
    )
    found = discover(make_page(bomb, "feed", FEED), profile)
    assert not any("mật" in (link.hints.title or "") for link in found.links)
