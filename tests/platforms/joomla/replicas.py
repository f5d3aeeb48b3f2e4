"""Joomla's own articles and K2's items in two skins: under /index.php/, and rewritten with .html."""

from __future__ import annotations

from datetime import date as Day
from pathlib import Path

from crawler.demo.site_systems import ReplicaSection, System
from tests.platforms.family import Skin, pair

HERE = Path(__file__).parent
INDEXED = Skin(
    file="skin_tinh.html",
    name="Liên đoàn Lao động tỉnh",
    place="congdoanbackan",
    sections=(
        ReplicaSection(
            "tin-hoat-dong-cong-doan/tuyen-truyen-giao-duc", 20, ("Tin hoạt động", "Tuyên truyền")
        ),
        ReplicaSection("tin-hoat-dong-cong-doan/nu-cong", 21, ("Tin hoạt động", "Nữ công")),
        ReplicaSection("van-ban/chinh-sach", 22, ("Văn bản", "Chính sách")),
    ),
    forms={
        "article@content": "/index.php/{section}/{number}-muc/{id}-{slug}",
        "article@k2": "/index.php/{section}/item/{id}-{slug}",
        "listing": "/index.php/{section}",
        "further": "/index.php/{section}?start={offset}",
        "paper@k2": "/index.php/van-ban/item/download/{id}_8f14e45fceea167a5a36dedd4bea2543",
        "feed_path": "/index.php/tin-hoat-dong-cong-doan?format=feed&type=rss",
        "soft_404": "/index.php/van-ban/chinh-sach/item/12-thong-bao",
        "dead": "/index.php/van-ban/chinh-sach/item/13-thong-bao",
    },
    extra={
        "/index.php/lien-he": "Liên hệ",
        "/index.php/gioi-thieu": "Giới thiệu",
        "/index.php/thu-vien-anh": "Thư viện ảnh",
        "/index.php/component/search/?searchword=cong": "Tìm kiếm",
        "/index.php/itemlist/tag/cong-doan": "công đoàn",
    },
)
REWRITTEN = Skin(
    file="skin_nganh.html",
    name="Công đoàn ngành Y tế",
    place="cong_thong_tin_huyen",
    sections=(
        ReplicaSection("su-kien", 8, ("Sự kiện",)),
        ReplicaSection("hoat-dong-cong-doan", 9, ("Hoạt động công đoàn",)),
        ReplicaSection("guong-sang", 10, ("Gương sáng",)),
        ReplicaSection("van-the", 11, ("Văn thể",)),
    ),
    forms={
        "article@content": "/{section}/{id}-{slug}.html",
        "article@k2": "/{section}/item/{id}-{slug}.html",
        "listing": "/{section}.html",
        "further": "/{section}.html?start={offset}",
        "feed_path": "/index.php?format=feed&type=rss",
        "soft_404": "/su-kien/12-thong-bao.html",
        "dead": "/su-kien/13-thong-bao.html",
    },
    extra={"/lien-he.html": "Liên hệ", "/thu-vien.html": "Thư viện", "/so-do-trang.html": "Sơ đồ trang"},
)

SYSTEMS: tuple[System, ...] = pair(
    HERE,
    skins=(INDEXED, REWRITTEN),
    generations={"content": (Day(2014, 3, 1), Day(2018, 11, 30)), "k2": (Day(2019, 2, 1), Day(2024, 6, 20))},
    shared={
        "picture": "/images/stories/{year}/{month}/{id}_{n}.jpg",
        "paper": "/attachments/article/{id}/{slug}.{kind}",
        "print_twin": "{path}?tmpl=component&print=1&layout=default&page=",
    },
    habits={
        "per_page": 9,
        "dates": "page time",
        "authored": 0.85,
        "led": 0.0,
        "whole_trail@k2": False,
        "updates@k2": "page time",
        "tags@k2": ("công đoàn",),
        "led@k2": 0.9,  # its introduction stands apart from the text
        "validators": (),
        "feeds": "one",
        "slug_cut": 100,
        "identity": frozenset(("start", "tmpl", "print", "format", "type", "searchword")),
        "logins": ("/component/users/",),
        "statics": ("/images/", "/templates/"),
    },
)

SEEN = (
    ("/index.php/hoat-dong/cong-doan-nganh/item/1706-cong-doan-giao-d-c-t-nh-t-ch-c", "article"),
    ("/index.php/tin/tuyen-truyen/19-tin/20-tuyen-truyen/2817-thung-trc-ldld-tnh", "article"),
    ("/thong-tin/de-cuong/17736-đề-cương-tuyên-truyền-đại-hội,-nhiệm-kỳ-2023-2028.html", "article"),
    ("/index.php?option=com_content&view=article&id=65&catid=16", "article"),
    ("/index.php/tin?start=99", "listing"),
    ("/index.php/tin/itemlist/category/5-tin", "listing"),
    ("/index.php/tin/item/1706-mot-bai?tmpl=component&print=1", "twin"),
    ("/component/mailto/?tmpl=component&link=abc", "denied"),
    ("/component/users/?view=login", "login_link"),
)
