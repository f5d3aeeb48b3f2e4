from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from spiders.discovery.aspnet_postback import (
    PostbackForm,
    postback_form_in_body,
    postback_page_number,
    postback_page_url,
)
from spiders.discovery.discover import discover
from spiders.items import Page
from spiders.profile.site_profile import SiteProfile
from spiders.urls.classify import canonical

URL = "https://congdoanmau.org.vn/tin-tuc?id=3"
FORM = """<html><body><form method="post" action="{action}">
<input type="hidden" name="__VIEWSTATE" value="/wEPDw==">
<input type="hidden" name="__EVENTTARGET" value="x"><input name="tu" value="a b">
<input type="checkbox" name="an" value="1"><input type="checkbox" name="hien" checked>
<input type="submit" name="tim" value="Tìm"><input name="tat" value="1" disabled>
<select name="nam"><option value="2023">2023</option><option value="2024" selected>2024</option></select>
<select name="loai"><option>Tất cả</option><option>Tin</option></select><textarea name="y">ý</textarea>
<a href="/tin/tet-11.html">Tết</a><div class="trang">{pager}</div></form></body></html>"""


@pytest.fixture
def profile(make_profile: Callable[..., SiteProfile]) -> SiteProfile:
    urls = {"article": [r"-\d+\.html$"], "listing": ["^/tin-tuc"], "deny": ["^/dang-xuat"]}
    return make_profile(urls=urls, listing={"pager": ["div.trang a"], "postback": True})


def form(
    profile: SiteProfile, pager: str = "", action: str = "./tin-tuc?id=3", url: str = URL
) -> PostbackForm | None:
    body = FORM.format(pager=pager, action=action)
    return postback_form_in_body(body.encode(), "text/html; charset=utf-8", url, profile)


def link(text: str, target: str, argument: str = "") -> str:
    return f"<a href=\"javascript:__doPostBack('{target}','{argument}')\">{text}</a>"


def test_the_fields_are_those_a_browser_sends(profile: SiteProfile) -> None:
    read = form(profile, link("2", "ctl00$g", "Page$2"))
    assert read is not None
    assert read.action == "https://congdoanmau.org.vn/tin-tuc?id=3"
    assert read.fields == (
        ("__VIEWSTATE", "/wEPDw=="),
        ("tu", "a b"),
        ("hien", "on"),
        ("nam", "2024"),
        ("loai", "Tất cả"),
        ("y", "ý"),
    )
    assert read.post_body(2).startswith(
        b"__EVENTTARGET=ctl00%24g&__EVENTARGUMENT=Page%242&__VIEWSTATE=%2FwEPDw%3D%3D&"
    )


@pytest.mark.parametrize(
    ("pager", "here", "pages"),
    [
        (
            link("2", "g", "Page$2") + link("...", "g", "Page$11"),
            1,
            {2: ("g", "Page$2"), 11: ("g", "Page$11")},
        ),
        (link("1", "g", "Page$1") + link("3", "g", "Page$3"), 2, {3: ("g", "Page$3")}),
        (
            link("2", "r$ctl01$l") + link("3", "r$ctl02$l") + link("...", "r$ctl03$l"),
            1,
            {2: ("r$ctl01$l", ""), 3: ("r$ctl02$l", ""), 4: ("r$ctl03$l", "")},
        ),
        (
            link("...", "p$prev") + link("11", "p$a") + link("13", "p$b"),
            12,
            {11: ("p$a", ""), 13: ("p$b", "")},
        ),
        (link("2", "p", "1"), 1, {2: ("p", "1")}),  # counted from 0: the text knows
        (link("Trang sau", "p$n"), 4, {5: ("p$n", "")}),
        (link("&gt;", "p", "Page$Next"), 4, {5: ("p", "Page$Next")}),
        (link("&lt;", "p$p") + link("Cuối", "p", "Page$Last") + link("Trước", "p$q"), 4, {}),
        ("<a onclick=\"__doPostBack('p','Page$2');return false\" href='#'>2</a>", 1, {2: ("p", "Page$2")}),
        ("<a href='javascript:__doPostBack(%27p%27,%27Page$2%27)'>2</a>", 1, {2: ("p", "Page$2")}),
        (
            '<a href=\'javascript:WebForm_DoPostBackWithOptions(new WebForm_PostBackOptions("p$l", '
            '"", true, "", "", false, true))\'>2</a>',
            1,
            {2: ("p$l", "")},
        ),
        ("<a href='/tin-tuc?id=3&page=2'>2</a>", 1, {}),
    ],
)
def test_the_pages_a_pager_offers(
    profile: SiteProfile, pager: str, here: int, pages: dict[int, tuple[str, str]]
) -> None:
    read = form(profile, pager, url=postback_page_url(URL, here) if here > 1 else URL)
    assert read is not None
    assert (read.current_page, read.pages) == (here, pages)


@pytest.mark.parametrize("action", ["https://laodongmau.vn/tin", "/dang-xuat", "http://[", "javascript:x()"])
def test_a_form_that_leads_elsewhere_is_not_sent(profile: SiteProfile, action: str) -> None:
    assert form(profile, link("2", "g", "Page$2"), action) is None


def test_the_way_to_a_page_goes_by_the_furthest_before_it() -> None:
    offers = PostbackForm(10, URL, (), dict.fromkeys([1, 9, 11, 12], ("g", "")))
    assert (offers.nearest_page(30), offers.nearest_page(12), offers.nearest_page(11)) == (12, 11, None)


def test_a_listing_leads_to_its_pages(profile: SiteProfile, make_page: Callable[..., Page]) -> None:
    body = FORM.format(action="?id=3", pager=link("1", "g", "Page$1") + link("3", "g", "Page$3"))
    found = discover(make_page(body, url=postback_page_url(URL, 2)), profile)
    paged = [(link.url, link.kind, link.refused) for link in found.links if link.next_page]
    assert paged == [(f"{URL}#!postback=3", "listing", None)]
    assert found.trouble == ()


def test_a_page_without_a_form_is_told(profile: SiteProfile, make_page: Callable[..., Page]) -> None:
    (told,) = discover(make_page("<a href='/tin/a-1.html'>Tin</a>"), profile).trouble
    assert "no form of this site with a __VIEWSTATE" in told


def test_postback_without_a_pager_is_an_error(make_profile: Callable[..., SiteProfile]) -> None:
    with pytest.raises(ValidationError, match="say where the pager's links stand"):
        make_profile(listing={"postback": True})


@given(st.integers(1, 999_999))
def test_the_address_of_a_page_is_canonical_and_gives_its_number_back(number: int) -> None:
    url = postback_page_url(postback_page_url(URL, 7), number)
    assert canonical(url) == url
    assert postback_page_number(url) == number
    assert postback_page_number(URL) is None
