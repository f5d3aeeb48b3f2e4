"""Provincial portals as VNPT, Viettel and local makers build them, in two skins and two generations."""

from __future__ import annotations

from datetime import date as Day
from pathlib import Path

from crawler.demo.site_systems import ReplicaSection, System
from tests.platforms.family import Skin, pair

HERE = Path(__file__).parent
LOTUS = Skin(
    file="skin_sen.html",
    name="Liên đoàn Lao động tỉnh ven biển",
    place="congdoanbackan",
    sections=(
        ReplicaSection("tin-hoat-dong", 501, ("Tin hoạt động",)),
        ReplicaSection("to-chuc", 502, ("Tin tức", "Tổ chức - Xây dựng Đảng")),
        ReplicaSection("nu-cong", 505, ("Tin tức", "Nữ công")),
    ),
    forms={
        "article@cu": "/3cms/{slug}.htm?art=1396{id}7087",
        "listing@cu": "/3cms/chuyen-muc-{number}.htm",
        "further@cu": "/3cms/chuyen-muc-{number}.htm?page={page}",
        "print_twin@cu": "/3cms/Ban-in-507.htm?art=1396{id}7087",
        "soft_404@cu": "/3cms/tin-da-go.htm?art=139677087",
        "dead@cu": "/3cms/tin-da-go.htm?art=139697087",
        "article@moi": "/tin-tuc/-/{id}",
        "listing@moi": "/chuyen-muc/-/{section}",
        "further@moi": "/chuyen-muc/-/{section}?page={page}",
        "print_twin@moi": "/tin-tuc/-/{id}/print",
        "soft_404@moi": "/tin-tuc/-/7",
        "dead@moi": "/tin-tuc/-/9",
    },
    extra={"/gioi-thieu": "Giới thiệu", "/lien-he": "Liên hệ", "/van-ban-chi-dao": "Văn bản chỉ đạo"},
)
BAMBOO = Skin(
    file="skin_truc.html",
    name="Liên đoàn Lao động thị xã",
    place="cong_thong_tin_huyen",
    sections=(
        ReplicaSection("hoat-dong-cong-doan", 1, ("Hoạt động công đoàn",)),
        ReplicaSection("phap-luat-lao-dong", 2, ("Tin tức", "Pháp luật lao động")),
        ReplicaSection("phong-trao", 3, ("Tin tức", "Phong trào")),
    ),
    forms={
        "article": "/{section}/{slug}-{id}.html",
        "listing": "/{section}",
        "further@cu": "/{section}/trang-{page}.html",
        "further@moi": "/{section}?page={page}",
        "print_twin": "/print/{id}",
        "soft_404": "/phong-trao/tin-da-go-7.html",
        "dead": "/phong-trao/tin-da-go-9.html",
        "sitemap@moi": "flat",
    },
    extra={"/gioi-thieu.html": "Giới thiệu", "/lien-he.html": "Liên hệ", "/hoi-dap.html": "Hỏi đáp"},
)

SYSTEMS: tuple[System, ...] = pair(
    HERE,
    skins=(LOTUS, BAMBOO),
    generations={"cu": (Day(2013, 3, 1), Day(2019, 7, 30)), "moi": (Day(2020, 1, 5), Day(2025, 6, 20))},
    shared={"picture": "/upload/{year}/{id}-{n}.jpg", "paper": "/upload/{year}/{slug}-{id}.{kind}"},
    habits={
        "per_page": 6,
        "dates": "page time",
        "dates@cu": "page time and zone",
        "updates@moi": "page time and zone",
        "authored": 0.85,
        "led": 0.9,
        "validators": ("etag",),
        "identity": frozenset({"art"}),
        "statics": ("/upload/", "/static/", "/css/"),
    },
)
SEEN = (
    ("/3cms/doi-moi-hoat-dong.htm?art=13969217229087", "article"),
    ("/3cms/Ban-in-507.htm?art=13969217229087", "twin"),
    ("/phong-trao/hoi-thao-cong-nhan-777.html", "article"),
    ("/phong-trao/trang-18.html", "listing"),
    ("/tin-tuc/-/120945", "article"),
)
