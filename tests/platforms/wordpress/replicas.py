"""WordPress with a classic and a block theme, in two skins: dated addresses, and the slug alone."""

from __future__ import annotations

from datetime import date as Day
from pathlib import Path

from crawler.demo.site_systems import ReplicaSection, System
from tests.platforms.family import Skin, pair

HERE = Path(__file__).parent
DATED = Skin(
    file="skin_tin.html",
    name="Liên đoàn Lao động tỉnh",
    place="cong_thong_tin_huyen",
    sections=(
        ReplicaSection("tin-hoat-dong", 3, ("Tin hoạt động",)),
        ReplicaSection("chinh-sach", 4, ("Chính sách",)),
        ReplicaSection("nu-cong", 5, ("Nữ công",)),
    ),
    forms={
        "article": "/index.php/{year}/{month}/{day}/{slug}/",
        "listing": "/index.php/category/{section}/",
        "further": "/index.php/category/{section}/page/{page}/",
        "feed_path": "/feed/",
        "soft_404": "/index.php/2016/01/05/thong-bao-da-go/",
        "dead": "/index.php/2016/01/06/thong-bao-cu/",
    },
    extra={
        "/gioi-thieu/": "Giới thiệu",
        "/lien-he/": "Liên hệ",
        "/tag/tet-sum-vay/": "Tết sum vầy",
        "/author/admin/": "admin",
        "/wp-json/": "API",
        "/2018/05/": "Tháng Năm 2018",
    },
    habits={"updates@classic": "page time and zone"},
)
BARE = Skin(
    file="skin_bao.html",
    name="Công đoàn ngành Dầu khí",
    place="van_phong_dbqh_hdnd",
    sections=(
        ReplicaSection("truyen-thong", 21, ("Truyền thông",)),
        ReplicaSection("an-toan", 22, ("An toàn",)),
        ReplicaSection("doi-song", 23, ("Đời sống",)),
        ReplicaSection("thi-dua", 24, ("Thi đua",)),
    ),
    forms={
        "article": "/{slug}/",
        "listing": "/chuyen-muc/{section}/",
        "further": "/chuyen-muc/{section}/page/{page}/",
        "feed_path": "/feed/",
        "soft_404": "/thong-bao-ve-viec-da-go-bo/",
        "dead": "/thong-bao-cu-ve-viec-da-qua/",
    },
    extra={"/lien-he/": "Liên hệ", "/video/": "Video", "/gioi-thieu/": "Giới thiệu", "/?s=cong+doan": "Tìm"},
)

SYSTEMS: tuple[System, ...] = pair(
    HERE,
    skins=(DATED, BARE),
    generations={
        "classic": (Day(2016, 3, 1), Day(2019, 11, 30)),
        "block": (Day(2022, 6, 1), Day(2025, 6, 20)),
    },
    shared={
        "picture": "/wp-content/uploads/{year}/{month}/IMG_{id}-{n}.jpg",
        "paper": "/wp-content/uploads/{year}/{month}/{slug}-{id}.{kind}",
        "print_twin": "{path}?print=print",
        "sitemap_path": "/wp-sitemap.xml",
        "sitemap_part": "/wp-sitemap-posts-post-{number}.xml",
    },
    habits={
        "per_page": 9,
        "dates": "page time and zone",
        "authored": 0.8,
        "updates@block": "page time and zone",
        "tags": ("công đoàn",),
        "led": 0.0,  # the editor has no field for it
        "validators": ("last-modified",),
        "feeds": "one",
        "sitemap": "index",
        "slug_cut": 200,
        "identity": frozenset(("print", "s", "p")),
        "logins": ("/wp-login.php", "/wp-admin"),
        "statics": ("/wp-content/", "/wp-includes/"),
    },
)

SEEN = (
    ("/index.php/2017/06/23/hoi-nghi-ban-chap-hanh-ldld-tinh-lan-thu-10/", "article"),
    ("/phan-ii-hoat-dong-cua-cong-doan-dau-khi-viet-nam", "article"),
    ("/?p=1480", "article"),
    ("/chuyen-muc/truyen-thong/", "listing"),
    ("/tin-tuc/page/183", "listing"),
    ("/2019/10/07/mot-bai/feed/", "denied"),
    ("/2019/10/07/mot-bai/amp/", "twin"),
    ("/2019/10/", "denied"),
    ("/author/admin/", "denied"),
    ("/wp-json/wp/v2/posts/5", "denied"),
    ("/lien-he/", "unmatched"),
    ("/wp-login.php?redirect_to=x", "login_link"),
)
