from __future__ import annotations

import unicodedata
from urllib.parse import urljoin

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from w3lib.url import safe_url_string

from spiders.profile.regex_safety import compile_pattern
from spiders.urls.canonical import fold_url
from spiders.urls.classify import BadUrl, canonical

BASE = "https://congdoanmau.org.vn/tin-tuc/hoat-dong.html?trang=2"
SITE = "https://congdoanmau.org.vn"


@pytest.mark.parametrize(
    ("linked", "expected"),
    [
        ("HTTP://CongDoanMau.ORG.vn:80", "http://congdoanmau.org.vn/"),
        ("https://congdoanmau.org.vn:443/a", f"{SITE}/a"),
        ("https://congdoanmau.org.vn.:8443/a", f"{SITE}:8443/a"),
        ("https://vp:mk@congdoanmau.org.vn/a", f"{SITE}/a"),
        ("https://công-đoàn.vn/a", "https://xn--cng-on-mta9myk.vn/a"),
        ("https://C%C3%B4ng-%C4%91o%C3%A0n.vn/a", "https://xn--cng-on-mta9myk.vn/a"),
        ("https://[2001:DB8::0:1]:443/a", "https://[2001:db8::1]/a"),
        ("//congdoanmau.org.vn//suc-khoe/a.htm", f"{SITE}/suc-khoe/a.htm"),
        ("/web/https://laodongmau.vn//x", f"{SITE}/web/https://laodongmau.vn/x"),
        ("../van-ban/./a//b/../c", f"{SITE}/van-ban/a/c"),
        ("/a/%2e%2E/b/.", f"{SITE}/b/"),
        ("../../../..", f"{SITE}/"),
        ("bai-viet.html", f"{SITE}/tin-tuc/bai-viet.html"),
        ("?trang=3", f"{SITE}/tin-tuc/hoat-dong.html?trang=3"),
        ("#cuoi-trang", BASE),
        ("", BASE),
        ("#!/tin/5 a", f"{BASE}#!/tin/5%20a"),
        ("/a?", f"{SITE}/a"),
        ("/a?&", f"{SITE}/a"),
        (" \n/tin\t-tuc/\r\nbai moi.html\u200b ", f"{SITE}/tin-tuc/bai%20moi.html"),
        ("\\tin-tuc\\bai.html?x=a\\b", f"{SITE}/tin-tuc/bai.html?x=a%5Cb"),
        ("http:\\\\laodongmau.vn\\a", "http://laodongmau.vn/a"),
        ("http:/laodongmau.vn/a", "http://laodongmau.vn/a"),
        # keys in the query, in their order; the slug parameter has no value
        (
            "/Default.aspx?tabid=656&Group=10&NID=1373&trao-qua-cho-doan-vien&language=en-US",
            f"{SITE}/Default.aspx?tabid=656&Group=10&NID=1373&trao-qua-cho-doan-vien&language=en-US",
        ),
        ("/3cms/tin.htm?art=13969217229087", f"{SITE}/3cms/tin.htm?art=13969217229087"),
        ("/a?z=1&amp;y=2&amp;amp;x=3", f"{SITE}/a?z=1&y=2&x=3"),
        # percent-encoding
        ("/a%7eb/%c3%a0?q=%2f%41", f"{SITE}/a~b/%C3%A0?q=%2FA"),
        ("/giam-50%-hoc-phi", f"{SITE}/giam-50%25-hoc-phi"),
        ("/cac-huyen,-thi-xa-4222.html", f"{SITE}/cac-huyen,-thi-xa-4222.html"),
        ("/Lien-đoan.aspx?page=1", f"{SITE}/Lien-%C4%91oan.aspx?page=1"),
        ("/" + unicodedata.normalize("NFD", "đề-cương"), f"{SITE}/%C4%91%E1%BB%81-c%C6%B0%C6%A1ng"),
        ("/%C4%91e%CC%82%CC%80", f"{SITE}/%C4%91e%CC%82%CC%80"),  # NFD bytes as linked are kept
        ("/ket-nap-\ufffd\ufffdang-71411.html", f"{SITE}/ket-nap-%EF%BF%BD%EF%BF%BDang-71411.html"),
        ("/ket-nap-%EF%BF%BDang.html", f"{SITE}/ket-nap-%EF%BF%BDang.html"),
        ("/\ud800x", f"{SITE}/%EF%BF%BDx"),
        # sessions and trackers
        ("/a;jsessionid=0A1B2C.node1?x=1", f"{SITE}/a?x=1"),
        ("/a;v=1/b;JSESSIONID=9/c", f"{SITE}/a;v=1/b/c"),
        ("/(S(lit3py55t21z5v55vlm25s55))/Tin.aspx", f"{SITE}/Tin.aspx"),
        ("/a?PHPSESSID=b2f&id=7&utm_source=zalo&fbclid=I1&gclid=2", f"{SITE}/a?id=7"),
        ("/a?sid=9f86d081884c7d659a2feaa0c55ad015&id=7", f"{SITE}/a?id=7"),
        # but a story's key
        ("/modules.php?name=News&sid=145", f"{SITE}/modules.php?name=News&sid=145"),
        ("/a?sid=20190729071307212", f"{SITE}/a?sid=20190729071307212"),
    ],
)
def test_one_spelling(linked: str, expected: str) -> None:
    assert canonical(linked, BASE) == expected
    assert canonical(expected) == expected


@pytest.mark.parametrize(
    "linked",
    [
        "mailto:vanphong@congdoanmau.org.vn",
        "javascript:void(0)",
        "http://",
        "https:///",
        "http://laodong mau.vn/",
        "http://a..vn/",
        "http://laodongmau.vn:99999/",
        "http://laodongmau.vn:0/",
        "http://laodongmau.vn:80x/",
        "http://[::g]/",
        "http://[::1/",
        f"http://{'a' * 64}.vn/",
        f"http://{'a.' * 130}vn/",
        f"http://{'ă' * 70}.vn/",
        f"/{'a' * 9000}",
        f"/{'ộ' * 1000}",
    ],
)
def test_what_is_no_address_says_why(linked: str) -> None:
    with pytest.raises(BadUrl) as caught:
        canonical(linked, BASE)
    assert caught.value.url == linked
    assert caught.value.why in str(caught.value)


def test_a_relative_link_needs_its_page() -> None:
    with pytest.raises(BadUrl, match="without the address of its page"):
        canonical("/tin-tuc")


def test_further_parameters_are_dropped_by_name() -> None:
    url = "https://laodongmau.vn/a?view=1&viewer=2&p%5Fx=3&id=4"
    assert (
        canonical(url, drop=(compile_pattern("^view$"), compile_pattern("^p_")))
        == "https://laodongmau.vn/a?viewer=2&id=4"
    )


# Whatever has a meaning in an address, and letters that change when normalised, separated by white space.
MEANINGFUL = r"""/ // . .. % %2e %2F %c3%a0 %4 ? & &amp; amp; = # #! ; \ : @ [ ] | ' " ^ { http: 80
    ;jsessionid=1 /(S(a1)) sid= utm_a=1 a đề İ ß 。"""
BY_CODE = ["e\u0323\u0302", "\u0302", "\ufffd", "\ud800", "\x00", "\u200b", " ", "\t"]
PIECES = st.sampled_from([*MEANINGFUL.split(), *BY_CODE])
LINKS = st.one_of(st.text(max_size=60), st.lists(PIECES, max_size=14).map("".join))


@given(LINKS, st.sampled_from(["", "http://", "https://laodongmau.vn", "//laodongmau.vn:81/"]))
@example("http://a%2541/", "")
@example("/%%41", "https://laodongmau.vn")
def test_canonical_is_idempotent_and_raises_nothing_else(tail: str, head: str) -> None:
    try:
        once = canonical(head + tail, BASE)
    except BadUrl:
        return
    assert canonical(once) == once
    assert canonical(once, "https://khac.vn/x") == once
    assert once.isascii()
    assert safe_url_string(once) == once  # Scrapy sends exactly this address


@given(LINKS)
def test_a_base_joins_as_its_canonical_form(link: str) -> None:
    rough = "HTTPS://CongDoanMau.org.vn:443/tin-tuc/./hoat-dong.html?trang=2#x"
    try:
        expected = canonical(link, BASE)
    except BadUrl:
        return
    assert canonical(link, rough) == expected


SEGMENT = st.text("abcXYZ019-_~.", min_size=1, max_size=6)


@given(st.lists(SEGMENT, max_size=5).map("/".join), st.sampled_from(["", "/", "../", "./"]))
def test_joining_agrees_with_the_standard_library(path: str, lead: str) -> None:
    link = lead + path
    if link.startswith("//") or not link:
        return
    joined = urljoin(BASE, link)
    assert canonical(link, BASE) == canonical(joined)
    if "." not in link:
        assert canonical(link, BASE) == joined


@pytest.mark.parametrize(
    ("url", "case", "order"),
    [
        ("/A/b.ASPX?ID=5&Cat=xY&b", "/a/b.aspx?id=5&cat=xY&b", "/A/b.ASPX?Cat=xY&ID=5&b"),
        ("/%C4%90a?N%C4%90=%c3", "/%C4%90a?n%C4%90=%C3", "/%C4%90a?N%C4%90=%C3"),
        ("/A?b=2&a=1&b=1#!postback=3", "/a?b=2&a=1&b=1#!postback=3", "/A?a=1&b=2&b=1#!postback=3"),
        ("/", "/", "/"),
    ],
)
def test_a_server_that_minds_less_knows_fewer_addresses(url: str, case: str, order: str) -> None:
    home = "https://congdoanmau.org.vn"
    once = canonical(home + url)
    assert fold_url(once, case=True) == home + case
    assert fold_url(once, order=True) == home + order
    assert fold_url(once) == once


@given(LINKS)
def test_folding_is_canonical_and_settled(link: str) -> None:
    try:
        once = fold_url(canonical(link, BASE), case=True, order=True)
    except BadUrl:
        return
    assert canonical(once) == once
    assert fold_url(once, case=True, order=True) == once


def test_every_article_url_seen_has_a_canonical_form(seen_article_urls: list[str]) -> None:
    assert len(seen_article_urls) >= 50
    for url in seen_article_urls:
        once = canonical(url)
        assert canonical(once) == once
    assert len({canonical(url) for url in seen_article_urls}) == len(set(seen_article_urls))
