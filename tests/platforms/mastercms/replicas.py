"""MasterCMS: a second and a third skin, and the older generation of 2020, beside the demo's replica."""

from __future__ import annotations

from datetime import date as Day
from pathlib import Path

from crawler.demo.site_systems import ReplicaSection, System
from tests.platforms.family import Skin, pair

HERE = Path(__file__).parent
WAVE = Skin(
    file="skin_song.html",
    name="Báo Lao động miền Trung",
    place="laodongthudo",
    sections=(
        ReplicaSection("cong-doan", 1, ("Công đoàn",)),
        ReplicaSection("cong-doan/co-so", 2, ("Công đoàn", "Cơ sở")),
        ReplicaSection("viec-lam", 3, ("Việc làm",)),
    ),
    forms={"picture": "/stores/news_dataimages/{user}/{month}{year}/{day}/{hour}/{id}_{n}.jpg"},
    extra={"/lien-he": "Liên hệ", "/video": "Video", "/tag/1.tag": "Đoàn viên", "/rss": "RSS"},
    habits={"feeds": "sections", "prefix": "BLĐ"},
)
HILL = Skin(
    file="skin_nui.html",
    name="Tạp chí An toàn",
    place="ha_noi_quan_huyen",
    sections=(
        ReplicaSection("doi-song-cong-nhan", 1, ("Đời sống công nhân",)),
        ReplicaSection("phap-luat", 2, ("Pháp luật",)),
        ReplicaSection("phap-luat/tu-van", 3, ("Pháp luật", "Tư vấn")),
    ),
    forms={"picture": "/stores/news_dataimages/{year}/{month}{year}/{day}/{hour}/thumbnail/{id}_{n}.jpg"},
    extra={"/toa-soan": "Tòa soạn", "/anh": "Ảnh", "/quang-cao": "Quảng cáo"},
    habits={"sitemap": "index"},
)

SYSTEMS: tuple[System, ...] = pair(
    HERE,
    skins=(WAVE, HILL),
    generations={"cu": (Day(2016, 6, 1), Day(2020, 7, 30)), "moi": (Day(2020, 9, 5), Day(2024, 6, 20))},
    shared={
        "article": "/{slug}-{id}.html",
        "listing": "/{section}",
        "further": "/{section}&s_cond=&BRSR={offset}",
        "print_twin": "/print/{id}.html",
        "paper": "/stores/news_dataimages/{user}/{month}{year}/{day}/{hour}/{slug}-{id}.{kind}",
        "soft_404": "/tin-da-go-7.html",
        "dead": "/tin-da-go-9.html",
    },
    habits={
        "per_page": 6,
        "dates": "page time",
        "tags@cu": ("{trail}",),
        "authored": 0.95,
        "led": 0.95,
        "validators": ("etag", "last-modified"),
        "statics": ("/stores/", "/modules/"),
    },
)
SEEN = (
    ("/cham-lo-cong-nhan-120128.html", "article"),
    ("/apicenter@/print_article&i=120128", "twin"),
)
