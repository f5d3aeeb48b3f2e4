from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spiders.discovery.discover import discover, links_from_pairs
from spiders.items import Hints, Link, Page
from spiders.profile.site_profile import SiteProfile

MakeProfile = Callable[..., SiteProfile]
MakePage = Callable[..., Page]

SITE = "https://congdoanmau.org.vn"
URLS = {
    "article": (r"-\d+\.html$",),
    "listing": (r"^/[a-z-]+/?$",),
    "deny": (r"^/quang-cao/",),
    "twin": (r"^/print/",),
}
LISTING = {
    "item": ("div.tin", "li.tin"),
    "title": "h3",
    "date": {"css": "span.ngay", "form": "dd/MM/yyyy"},
    "pager": ("ul.trang a", "a.tiep"),
}
NEWS = """<html><body>
<div class="menu"><a href="/">Trang chủ</a><a href="/van-ban">Văn bản</a>
  <a href="/Gioi-Thieu.aspx">Giới thiệu</a></div>
<div class="tin"><a href="/tin/tet-sum-vay-11.html"><img src="/a.jpg" alt=""></a>
  <h3><a href="/tin/tet-sum-vay-11.html">Tết  sum
  vầy cho đoàn viên</a></h3><span class="ngay"> 08/01/2026 </span>
  <p>Xem thêm: <a href="/tin/mai-am-09.html">Mái ấm</a></p></div>
<div class="tin"><h3><a href="tin/mai-am-09.html">Bàn giao mái ấm công đoàn</a></h3>
  <span class="ngay">07/01/2026 - 09:15</span><a href="/print/tin/mai-am-09.html">In</a></div>
<div class="tin"><a href="/upload/ke-hoach-02.pdf">Kế hoạch số 02</a>
  <span class="ngay">05/01/2026</span></div>
<div class="tin"><h3>Không có liên kết</h3><span class="ngay">04/01/2026</span></div>
<div class="ben"><a href="https://congdoanmau.org.vn/tin/doi-thoai-05.html#binh-luan">Đối thoại</a>
  <a href="/quang-cao/tour-1.html">Quảng cáo</a><a href="/tin/x-1.html/vi/en/">EN</a>
  <a href="https://laodongmau.vn/a-1.html">Báo</a><a href="https://laodongmau.vn/a-1.html">Báo</a>
  <a href="http://">hỏng</a><a href="mailto:vp@congdoanmau.org.vn">Thư</a>
  <a href="#">Lên</a><a href="">đây</a>
  <a href="javascript:void(0)">In</a><a href="/logo.png">Ảnh</a><a>neo</a></div>
<ul class="trang"><li><a href="/tin-tuc?page=2">2</a></li><li><a href="?page=3">3</a></li></ul>
<a class="tiep" href="/tin-tuc?page=2">Tiếp</a><a class="tiep" href="/quang-cao/2">x</a>
</body></html>"""


@pytest.fixture(scope="module")
def profile(make_profile: MakeProfile) -> SiteProfile:
    return make_profile(urls=URLS, listing=LISTING)


def _by_path(links: tuple[Link, ...]) -> dict[str, Link]:
    return {link.url.removeprefix(SITE): link for link in links}


def test_a_listing_gives_entries_pager_and_the_rest(profile: SiteProfile, make_page: MakePage) -> None:
    found = discover(make_page(NEWS), profile)
    got = {path: (link.kind, link.refused, link.next_page) for path, link in _by_path(found.links).items()}
    assert got == {
        "/tin/tet-sum-vay-11.html": ("article", None, False),
        "/tin/mai-am-09.html": ("article", None, False),
        "/upload/ke-hoach-02.pdf": ("attachment", None, False),
        "/tin-tuc?page=2": ("listing", None, True),
        "/tin-tuc?page=3": ("listing", None, True),
        "/quang-cao/2": ("listing", "denied", True),
        "/": ("seed", None, False),
        "/van-ban": ("listing", None, False),
        "/Gioi-Thieu.aspx": ("listing", "unmatched", False),
        "/print/tin/mai-am-09.html": ("article", "twin", False),
        "/tin/doi-thoai-05.html": ("article", None, False),
        "/quang-cao/tour-1.html": ("article", "denied", False),
        "/tin/x-1.html/vi/en/": ("listing", "trap", False),
        "http://": ("listing", "bad_url", False),
    }
    assert found.offsite == 1
    assert found.trouble == ()
    assert {link.found_on for link in found.links} == {f"{SITE}/tin-tuc"}
    assert len({link.url for link in found.links}) == len(found.links)


def test_entries_carry_title_and_date_as_printed(profile: SiteProfile, make_page: MakePage) -> None:
    links = _by_path(discover(make_page(NEWS), profile).links)
    form = "dd/MM/yyyy"
    assert links["/tin/tet-sum-vay-11.html"].hints == Hints(
        "Tết sum vầy cho đoàn viên", "08/01/2026", "listing", form
    )
    # seen first without its date, as "Xem thêm" in another entry: its own entry wins
    assert links["/tin/mai-am-09.html"].hints == Hints(
        "Bàn giao mái ấm công đoàn", "07/01/2026 - 09:15", "listing", form
    )
    assert links["/upload/ke-hoach-02.pdf"].hints.title == "Kế hoạch số 02"
    assert links["/tin/doi-thoai-05.html"].hints == Hints()


@pytest.mark.parametrize(
    ("markup", "title"),
    [
        ('<h3><a href="/a-1.html">Tiêu đề</a></h3>', "Tiêu đề"),
        (
            '<a href="/a-1.html"><img></a><a href="/a-1.html">Tiêu đề dài hơn</a><a href="/a-1.html">Xem</a>',
            "Tiêu đề dài hơn",
        ),
        ('<a href="/a-1.html" title=" Chú  thích "><img></a>', "Chú thích"),
        ('<a href="/a-1.html"><img></a>', None),
        ('<a href="/chuyen-muc">Chuyên mục</a><a href="/a-1.html">Bài</a>', "Bài"),
        ('<a href="https://laodongmau.vn/b-2.html">Báo</a><a href="/a-1.html">Bài</a>', "Bài"),
    ],
)
def test_where_a_title_stands(
    make_profile: MakeProfile, make_page: MakePage, markup: str, title: str | None
) -> None:
    profile = make_profile(urls=URLS, listing=LISTING | {"title": None})
    found = discover(make_page(f'<div class="tin">{markup}<span class="ngay">1/2/2026</span></div>'), profile)
    assert _by_path(found.links)["/a-1.html"].hints == Hints(title, "1/2/2026", "listing", "dd/MM/yyyy")


@pytest.mark.parametrize(
    ("rule", "markup", "date"),
    [
        ({"css": "time", "attr": "datetime"}, '<time datetime="2026-01-08">8 tháng 1</time>', "2026-01-08"),
        ({"css": ".d"}, '<i class="d"> </i><i class="d">(08/01/2026)</i>', "(08/01/2026)"),
        ({"css": ".d"}, "", None),
        ({"css": ".tin", "attr": "data-date"}, "", "7/28/2021 7:59:00"),
    ],
)
def test_where_a_date_stands(
    make_profile: MakeProfile, make_page: MakePage, rule: dict[str, str], markup: str, date: str | None
) -> None:
    profile = make_profile(urls=URLS, listing={"item": (".tin",), "date": rule})
    body = f'<li class="tin" data-date="7/28/2021 7:59:00"><a href="/a-1.html">Bài</a>{markup}</li>'
    assert _by_path(discover(make_page(body), profile).links)["/a-1.html"].hints.date == date


def test_without_article_patterns_entries_are_believed(
    make_profile: MakeProfile, make_page: MakePage
) -> None:
    profile = make_profile(listing={"item": ("li",)})
    found = discover(
        make_page('<ul><li><a href="/mot-bai">Một bài</a></ul><a href="/khac">Khác</a>'), profile
    )
    got = {path: (link.kind, link.refused) for path, link in _by_path(found.links).items()}
    assert got == {"/mot-bai": ("article", None), "/khac": ("listing", "unmatched")}


@pytest.mark.parametrize(
    ("base", "expected"),
    [
        ('<base href="/con/">', "/con/a-1.html"),
        ('<base href="http://congdoanmau.org.vn/con/x">', "/con/a-1.html"),
        ('<base target="_blank">', "/muc/a-1.html"),
        ('<base href="mailto:x">', "/muc/a-1.html"),
        ("", "/muc/a-1.html"),
    ],
)
def test_relative_links_start_from_base_or_final_url(
    profile: SiteProfile, make_page: MakePage, base: str, expected: str
) -> None:
    page = make_page(f'<head>{base}</head><a href="a-1.html">Bài</a>', final_url=f"{SITE}/muc/trang")
    assert expected in _by_path(discover(page, profile).links)


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        ("Đoàn viên".encode("windows-1258", "ignore") + b"\xff", "text/html; charset=windows-1258"),
        (b'<meta charset="windows-1258">\xd0o\xe0n', "text/html"),
        (b'<meta charset="utf-16">\xd0o\xe0n', "text/html; charset=khong-co"),
        (b"\xef\xbb\xbf<p>x</p>", "text/html; charset=utf-16"),
        (b"<p>\x00\xf0\x28\x8c</p>", "text/html"),
        (b"<?xml version='1.0' encoding='utf-16'?><p>", "application/xhtml+xml"),
    ],
)
def test_links_are_read_whatever_the_charset(
    profile: SiteProfile, make_page: MakePage, body: bytes, content_type: str
) -> None:
    page = make_page(body + '<a href="/bài-1.html">Bài</a>'.encode(), content_type=content_type)
    assert len(discover(page, profile).links) == 1


def test_utf16_pages_are_read(profile: SiteProfile, make_page: MakePage) -> None:
    page = make_page('<a href="/bai-1.html">Bài</a>'.encode("utf-16"))
    assert [link.url for link in discover(page, profile).links] == [f"{SITE}/bai-1.html"]


def test_unclosed_tags_do_not_lose_links(profile: SiteProfile, make_page: MakePage) -> None:
    """libxml2 drops all that stands deeper than 256 elements unless told not to."""
    body = "".join(f'<font><div><a href="/bai-{n}.html">Bài {n}</a>' for n in range(600))
    found = discover(make_page(body), profile)
    assert len(found.links) == 600
    assert found.trouble == ()


@pytest.mark.parametrize(
    ("body", "line"),
    [
        (b"", "no markup to read links from (the page is empty)"),
        (b"  <!-- -->", "no markup to read links from (the page is empty)"),
        (b"<p>Trang dang bao tri</p>", "not one link on the page"),
        (b"%PDF-1.4 \xff\xfe\x00", "not one link on the page"),
        (b"<i>" * 4000 + b'<a href="/a-1.html">', "nested too deep"),
        (
            b"<ul class=trang><a href=\"javascript:__doPostBack('pg','2')\">2</a></ul>",
            "its pager works by script only, e.g. javascript:__doPostBack('pg','2')",
        ),
    ],
)
def test_what_cannot_be_read_is_told(
    profile: SiteProfile, make_page: MakePage, body: bytes, line: str
) -> None:
    trouble = discover(make_page(body), profile).trouble
    assert any(told.startswith(f"{SITE}/tin-tuc: {line}") for told in trouble), trouble
    assert all("\n" not in told for told in trouble)


def test_an_article_leads_on_without_hints(profile: SiteProfile, make_page: MakePage) -> None:
    page = make_page(NEWS, "article", f"{SITE}/tin-tuc")
    found = discover(page, profile)
    dated = [link for link in found.links if link.hints.date or link.next_page]
    assert dated == []
    pairs = [("/tin/doi-thoai-05.html", "Đối thoại"), ("/upload/a.pdf", " Kế  hoạch "), ("tel:1", "")]
    told = links_from_pairs([*pairs, ("https://laodongmau.vn/", "Báo")], page, profile)
    assert [(link.kind, link.hints.title) for link in told.links] == [
        ("article", None),
        ("attachment", "Kế hoạch"),
    ]
    assert told.offsite == 1


def test_an_attachment_leads_nowhere(profile: SiteProfile, make_page: MakePage) -> None:
    found = discover(make_page(b"%PDF-1.4", "attachment"), profile)
    assert (found.links, found.offsite, found.trouble) == ((), 0, ())


KINDS = st.sampled_from(["seed", "listing", "article", "feed", "sitemap"])
MARKUP = st.lists(
    st.sampled_from(
        ["<a href='", "'>", "<div class=tin>", "<base href='//[", "&", "<![CDATA[", "]]>", "<url><loc>"]
    )
    | st.sampled_from(
        [
            "<?xml encoding='",
            "<rss><channel><item><link>",
            "</",
            "http://x:y/",
            "\ufffe",
            "\x1f",
            "<!DOCTYPE ",
        ]
    )
    | st.text(max_size=8),
    max_size=20,
).map(lambda parts: "".join(parts).encode("utf-8", "surrogatepass"))


@given(st.binary(max_size=200) | MARKUP, KINDS)
def test_garbage_never_raises(make_profile: MakeProfile, make_page: MakePage, body: bytes, kind: str) -> None:
    found = discover(make_page(body, kind), make_profile(urls=URLS, listing=LISTING))
    assert all(link.url.isascii() for link in found.links)
