from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml.html import document_fromstring

from pipelines.decode.charset import decode
from pipelines.extract.article import extract
from spiders.discovery.discover import discover, links_from_pairs
from spiders.discovery.onclick import click_target
from spiders.items import Hints, Page
from spiders.profile.site_profile import SiteProfile

MakeProfile = Callable[..., SiteProfile]
MakePage = Callable[..., Page]

SITE = "https://congdoanmau.org.vn"
PAGE = """<html><body><div class="menu" onclick="moMenu(this)"><a href="/">Trang chủ</a></div>
<div class="tin" onclick="location.href='/tin/tet-sum-vay-11.html'"><h3>Tết sum vầy cho đoàn viên</h3>
  <span class="ngay">08/01/2026</span></div>
<div class="tin"><h3 onclick="window.open('tin/mai-am-09.html','_blank')">Bàn giao mái ấm công đoàn</h3>
  <a href="#" onclick="window.open('/print/tin/mai-am-09.html', 'in', 'width=600'); return false">In</a></div>
<a href="javascript:void(0)" onclick="window.location = '/van-ban'">Văn bản</a>
<span onclick="window.open('https://laodongmau.vn/')">Báo</span>
<ul class="trang"><li onclick="location.assign('/tin-tuc?page=2')">2</li>
  <li><a href="#" onclick="location.replace('?page=3'); return false;">3</a></li></ul></body></html>"""


@pytest.fixture(scope="module")
def profile(make_profile: MakeProfile) -> SiteProfile:
    urls = {"article": (r"-\d+\.html$",), "listing": (r"^/[a-z-]+/?$",), "twin": (r"^/print/",)}
    date = {"css": "span.ngay", "form": "dd/MM/yyyy"}
    listing = {"item": ("div.tin",), "title": "h3", "date": date, "pager": ("ul.trang li",)}
    return make_profile(urls=urls, listing=listing)


@pytest.mark.parametrize(
    ("script", "url"),
    [
        ("location.href='/bai-1.html'", "/bai-1.html"),
        ('window.location.href = "/bai-1.html"; return false;', "/bai-1.html"),
        ("window.location='bai.aspx?id=3&cat=5'", "bai.aspx?id=3&cat=5"),
        ("document.location.href='/a'", "/a"),
        ("top.location.replace('/a')", "/a"),
        ("javascript:window.open('/bai-1.html','_blank','width=600')", "/bai-1.html"),
        ("open('/a')", "/a"),
        ("xem(1); location.assign( '/a' )", "/a"),
        ("location.href='/bai-' + id", None),
        ("location.href='/bai-'.concat(id)", None),
        ("location.href=duongDan", None),
        ("if (location.href == '/a') dong()", None),
        ("hop.open('/a')", None),
        ("reopen('/a')", None),
        ("location.hash='#dau'", None),
        ("window.open('')", None),
        ("window.open('{{ url }}')", None),
        ("__doPostBack('ctl00$p','2')", None),
        ("return confirm('Xóa?')", None),
        ("", None),
        (None, None),
    ],
)
def test_where_a_click_leads(script: str | None, url: str | None) -> None:
    assert click_target(script) == url


@given(st.text())
def test_no_script_is_too_strange(script: str) -> None:
    found = click_target(script)
    assert found is None or found in script


def test_clicks_are_links_like_any_other(profile: SiteProfile, make_page: MakePage) -> None:
    found = discover(make_page(PAGE), profile)
    links = {link.url.removeprefix(SITE): link for link in found.links}
    assert {path: (link.kind, link.refused, link.next_page) for path, link in links.items()} == {
        "/": ("seed", None, False),
        "/tin/tet-sum-vay-11.html": ("article", None, False),
        "/tin/mai-am-09.html": ("article", None, False),
        "/print/tin/mai-am-09.html": ("article", "twin", False),
        "/van-ban": ("listing", None, False),
        "/tin-tuc?page=2": ("listing", None, True),
        "/tin-tuc?page=3": ("listing", None, True),
    }
    assert found.offsite == 1
    assert found.trouble == ()
    told = Hints("Tết sum vầy cho đoàn viên", "08/01/2026", "listing", "dd/MM/yyyy")
    assert links["/tin/tet-sum-vay-11.html"].hints == told
    assert links["/tin/mai-am-09.html"].hints.title == "Bàn giao mái ấm công đoàn"


def test_a_box_clicked_as_a_whole_has_no_title_of_its_own(
    make_profile: MakeProfile, make_page: MakePage
) -> None:
    rules = {"urls": {"article": (r"-\d+\.html$",)}, "listing": {"item": ("div.tin", "h3")}}
    body = "<div class=tin onclick=\"location.href='/a-1.html'\"><b>Tết</b> 08/01/2026 Mở đầu …</div>"
    body += "<p onclick=\"location.href='/b-2.html'\"><h3><b onclick=\"location='/c-3.html'\">Mái ấm</b></h3>"
    links = discover(make_page(body), make_profile(**rules)).links
    assert [(link.url.removeprefix(SITE), link.hints.title) for link in links] == [
        ("/a-1.html", None),
        ("/c-3.html", "Mái ấm"),
        ("/b-2.html", None),
    ]


def test_a_page_that_only_clicks_lead_away_from_has_links(profile: SiteProfile, make_page: MakePage) -> None:
    found = discover(make_page("<p onclick=\"location.href='/tin-tuc'\">Tin</p>"), profile)
    assert found.trouble == ()


def test_an_article_as_read_leads_where_its_clicks_do(profile: SiteProfile, make_page: MakePage) -> None:
    page = make_page(PAGE, "article")
    pairs = extract(decode(page.body, page.header("content-type")), page, profile).links
    assert links_from_pairs(pairs, page, profile) == discover(page, profile)
    assert len(list(document_fromstring(PAGE).iter("a"))) < len(pairs)
