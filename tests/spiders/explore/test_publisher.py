"""Whose site it is: level and province from what a front page says of itself."""

from __future__ import annotations

import pytest

from spiders.explore.page import FrontPage, parse_page
from spiders.explore.publisher import guess_level, guess_place, guess_publisher
from spiders.profile.site_profile import load_profiles
from tests.spiders.explore.made_pages import page

TOLD = (
    ("Trang chủ - LĐLĐ tỉnh Hòa Bình", "province", "hoa_binh"),
    ("LIÊN ĐOÀN LAO ĐỘNG TỈNH LẠNG SƠN", "province", "lang_son"),
    ("Công đoàn thành phố Đà Nẵng", "province", "da_nang"),
    ("Công đoàn Cà Mau", "province", "ca_mau"),
    ("LĐLĐ thành phố Vinh, tỉnh Nghệ An", "district", "nghe_an"),
    ("Liên đoàn Lao động huyện Ba Vì - Hà Nội", "district", "ha_noi"),
    ("Công đoàn phường Hồng Hà", "ward", None),
    ("Công đoàn ngành Xây dựng", "sector", None),
    ("Công đoàn Dệt May Việt Nam", "sector", None),
    ("Tổng Liên đoàn Lao động Việt Nam", "central", None),
    ("Báo Lao Động: cơ quan của Tổng Liên đoàn Lao động Việt Nam", "press", None),
    ("Tạp chí Công nhân", "press", None),
    ("Công đoàn Công ty Điện tử Sao Mai", "grassroots", None),
    ("Văn phòng UBND tỉnh Yên Bái", "office", "yen_bai"),
    ("Báo cáo công tác hòa bình năm 2024", None, None),
    ("Trang chủ", None, None),
)


@pytest.mark.parametrize(("title", "level", "place"), TOLD)
def test_a_title_tells_level_and_place(title: str, level: str | None, place: str | None) -> None:
    told = [("the title", title)]
    assert guess_level(told, "congdoan.example").value == level
    assert guess_place(told, "congdoan.example").value == place


def test_the_evidence_is_quoted_as_it_stands() -> None:
    guessed = guess_level([("the title", "Trang chủ | LĐLĐ  tỉnh Hà Giang")], "x.example")
    assert guessed.why == "the title says “LĐLĐ tỉnh Hà Giang”"


def test_a_host_is_asked_last() -> None:
    assert guess_level([], "congdoanhagiang.example").value == "province"
    assert guess_place([], "www.congdoanhagiang.example").value == "ha_giang"
    assert guess_place([], "thanhnamhue.example").value is None
    assert guess_place([("the title", "LĐLĐ tỉnh Lào Cai")], "congdoanhagiang.example").value == "lao_cai"


def test_the_imprint_names_the_owner_where_the_title_does_not() -> None:
    html = """<title>Trang chủ</title><p>Hội nghị Tổng Liên đoàn Lao động Việt Nam</p>
    <p>Một tin dài về hoạt động của cơ sở trong tuần</p><p>Tin</p><p>Tin</p><p>Tin</p><p>Tin</p><p>Tin</p>
    <footer>Bản quyền thuộc về Liên đoàn Lao động huyện Sa Pa</footer>"""
    home = FrontPage("https://x.example/", frozenset(("x.example",)))
    look = parse_page(page("https://x.example/", html), home)
    assert look is not None
    assert guess_publisher(look, home.url).level.value == "district"


def test_the_known_sites_are_guessed_from_name_and_host_alone() -> None:
    profiles = list(load_profiles().values())
    level = [p for p in profiles if guess_level([("", p.name)], p.domain).value == p.level]
    placed = [(p, guess_place([("", p.name)], p.domain).value) for p in profiles]
    assert len(level) >= 0.92 * len(profiles)
    assert sum(guessed == p.place for p, guessed in placed) >= 0.88 * len(profiles)
    assert [p.key for p, guessed in placed if guessed not in (None, p.place)] == []  # none is wrong
