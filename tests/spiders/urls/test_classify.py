from __future__ import annotations

from collections.abc import Callable

import pytest

from spiders.profile.site_profile import SiteProfile
from spiders.urls.classify import UrlClass, classify, site_url

MakeProfile = Callable[..., SiteProfile]


@pytest.fixture(scope="module")
def profile(make_profile: MakeProfile) -> SiteProfile:
    return make_profile(
        seeds=("https://www.congdoanmau.org.vn/", "http://cu.congdoanmau.org.vn/"),
        discover={
            "feeds": ("/rss/tin.rss",),
            "sitemaps": ("https://congdoanmau.org.vn/sitemap.xml",),
            "listings": ("http://congdoanmau.org.vn/print/muc-luc",),
        },
        urls={
            "article": (r"-\d+\.html$", r"[?&]NID=\d+", r"^/tai-ve/"),
            "listing": (r"^/[a-z-]+(\?page=\d+)?$",),
            "deny": (r"^/lich-lam-viec",),
            "twin": (r"^/print/", r"/savefile/"),
            "drop_params": ("^view$",),
            "hosts": ("cu.congdoanmau.org.vn",),
        },
    )


@pytest.mark.parametrize(
    ("path", "kind", "refused"),
    [
        ("/", "seed", None),
        ("/rss/tin.rss", "feed", None),
        ("/sitemap.xml", "sitemap", None),
        ("/print/muc-luc", "listing", None),  # the profile names it: no pattern outweighs that
        ("/tin/trao-qua-tet-1234.html", "article", None),
        ("/Default.aspx?tabid=656&NID=1373&trao-qua", "article", None),
        ("/tin-tuc", "listing", None),
        ("/tin-tuc?page=3", "listing", None),
        ("/upload/ke-hoach.PDF", "attachment", None),
        ("/upload/ke-hoach.docx?t=1", "attachment", None),
        ("/tai-ve/ke-hoach.pdf", "attachment", None),
        ("/lich-lam-viec/tuan-1.html", "article", "denied"),
        ("/print/trao-qua-tet-1234.html", "article", "twin"),
        ("/tin/savefile/a", None, "twin"),
        ("/dang-nhap?url=%2Ftin-tuc", None, "login_link"),
        ("/dangky", "listing", "login_link"),
        ("/tin/dang-ky-thi-dua-nam-2024-77.html", "article", None),
        ("/tin/trao-qua-tet-1234.html/en/vi/-1.html", "article", "trap"),
        ("/Gioi-Thieu.aspx", None, "unmatched"),
        ("/anh/dai-hoi.JPG", None, "asset"),
        ("/theme/style.css?v=3", None, "asset"),
    ],
)
def test_what_an_address_is(profile: SiteProfile, path: str, kind: str | None, refused: str | None) -> None:
    found = classify(f"https://www.congdoanmau.org.vn{path}", profile)
    assert found == UrlClass(kind, refused)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("url", "refused"),
    [
        ("https://laodongmau.vn/tin/trao-qua-1.html", "offsite"),
        ("https://m.congdoanmau.org.vn/tin/trao-qua-1.html", "offsite"),
        ("https://laodongmau.vn/ke-hoach.pdf", "offsite"),
        ("https://laodongmau.vn/logo.svg", "asset"),
        ("http://congdoanmau.org.vn:8080/tin/trao-qua-1.html", None),
        ("http://cu.congdoanmau.org.vn/tin/trao-qua-1.html", None),
    ],
)
def test_whose_an_address_is(profile: SiteProfile, url: str, refused: str | None) -> None:
    assert classify(url, profile).refused == refused


def test_a_profile_may_ask_for_pictures(make_profile: MakeProfile) -> None:
    scans = make_profile(urls={"attachment": (r"(?i)^/van-ban/.*\.jpg$",)})
    assert classify("https://congdoanmau.org.vn/van-ban/qd-12.jpg", scans).kind == "attachment"
    assert classify("https://congdoanmau.org.vn/anh/qd-12.jpg", scans).refused == "asset"
    assert classify("https://laodongmau.vn/van-ban/qd-12.jpg", scans).refused == "asset"


@pytest.mark.parametrize(
    ("linked", "expected"),
    [
        ("http://congdoanmau.org.vn/a", "https://www.congdoanmau.org.vn/a"),
        ("https://CONGDOANMAU.org.vn", "https://www.congdoanmau.org.vn/"),
        ("/a?view=2&id=1", "https://www.congdoanmau.org.vn/a?id=1"),
        ("https://cu.congdoanmau.org.vn/a", "http://cu.congdoanmau.org.vn/a"),
        ("http://congdoanmau.org.vn:8080/a", "http://congdoanmau.org.vn:8080/a"),
        ("http://laodongmau.vn/a", "http://laodongmau.vn/a"),
    ],
)
def test_a_site_has_one_scheme_and_host(profile: SiteProfile, linked: str, expected: str) -> None:
    url = site_url(linked, profile, "http://congdoanmau.org.vn/tin-tuc")
    assert url == expected
    assert site_url(url, profile) == url


@pytest.mark.parametrize(
    ("path", "patterns"),
    [
        ("/Default.aspx?tabid=656&Group=10&NID=1373&trao-qua&language=en-US", r"[?&]NID=\d+"),
        ("/index.aspx?Def=556&ID=2101&CateID=539", r"[?&]Def=556&ID=\d+"),
        ("/cong-doan/trao-nha-mai-am-756980.ldo", r"-\d+\.(ldo|bld|tld)$"),
        ("/cong-doan-thanh-tri-no-luc-173095.html", r"-\d+\.html$"),
        ("/Tuyen-truyen/TPP-Co-hoi-777.html", r"-\d+\.html$"),
        ("/muc/ben-cau-so-ket-5651-5651.html", r"-(\d+)-\1\.html$"),
        ("/cd/cong-doan-sat-canh-n6478.html", r"-n\d+\.html$"),
        ("/DetailView/99219/4/Lien-doan.html", r"^/DetailView/\d+/"),
        ("/tin-tuc/t9168/ky-niem-95-nam", r"^/tin-tuc/t\d+/"),
        ("/index.php/muc/14-muc/65-dai-hoi", r"^/index\.php/.*/\d+-[^/]+$"),
        ("/index.php/hoat-dong/item/1706-cong-doan-giao-d-c", r"/item/\d+-"),
        ("/index.php/2017/06/23/hoi-nghi/", r"/\d{4}/\d\d/\d\d/[^/]+/$"),
        ("/bai-viet/cong-doan-phuong", r"^/bai-viet/"),
        ("/trao-so-tiet-kiem-20190729071307212.htm", r"-\d{6,}\.htm$"),
        ("/thanh-lap-24-cong-doan-196250704130116691.htm", r"-\d{6,}\.htm$"),
        ("/Tin-tuc---Su-kien/Lien-đoan-Lao-đong.aspx", r"^/Tin-tuc---Su-kien/[^/]+\.aspx$"),
        ("/muc/đề-cương-tuyên-truyền.html", r"^/muc/[^/]+\.html$"),
        ("/web/guest/tin/-/view_content/736226-bai", r"/-/view_content/\d+-"),
    ],
)
def test_every_url_scheme_seen_can_be_an_article(make_profile: MakeProfile, path: str, patterns: str) -> None:
    profile = make_profile(urls={"article": (patterns,)})
    assert classify(site_url(path, profile, profile.seeds[0]), profile) == UrlClass("article", None)
