"""NukeViet 4 and 5 in two skins: the news module as the front page, and under /vi/news/."""

from __future__ import annotations

from datetime import date as Day
from pathlib import Path

from crawler.demo.site_systems import ReplicaSection, System
from tests.platforms.family import Skin, pair

HERE = Path(__file__).parent
FRONT = Skin(
    file="skin_xanh.html",
    name="Liên đoàn Lao động tỉnh",
    place="congdoanbackan",
    sections=(
        ReplicaSection("Tin-hoat-dong", 1, ("Tin hoạt động",)),
        ReplicaSection("Tuyen-truyen-giao-duc", 2, ("Tuyên truyền giáo dục",)),
        ReplicaSection("Chinh-sach-Phap-luat", 3, ("Chính sách - Pháp luật",)),
    ),
    forms={
        "article": "/{section}/{slug}-{id}.html",
        "listing": "/{section}/",
        "further": "/{section}/page-{page}/",
        "print_twin": "/print{path}",
        "feed_path": "/rss/",
        "soft_404": "/Tin-hoat-dong/thong-bao-da-go-12.html",
        "dead": "/Tin-hoat-dong/thong-bao-cu-13.html",
    },
    extra={
        "/about/": "Giới thiệu",
        "/contact/": "Liên hệ",
        "/statistics/": "Thống kê",
        "/search/?q=cong+doan": "Tìm kiếm",
        "/photos/": "Thư viện ảnh",
    },
)
MODULE = Skin(
    file="skin_gov.html",
    name="Công đoàn ngành Giáo dục",
    place="cong_thong_tin_huyen",
    sections=(
        ReplicaSection("van-hoa-the-thao", 11, ("Tin tức", "Văn hóa - Thể thao")),
        ReplicaSection("hoat-dong-co-so", 12, ("Tin tức", "Hoạt động cơ sở")),
        ReplicaSection("thi-dua", 13, ("Tin tức", "Thi đua khen thưởng")),
        ReplicaSection("nu-cong", 14, ("Tin tức", "Nữ công")),
    ),
    forms={
        "article": "/vi/news/{section}/{slug}-{id}.html",
        "listing": "/vi/news/{section}/",
        "further": "/vi/news/{section}/page-{page}/",
        "print_twin": "/vi/news/print/{section}/{id}.html",
        "feed_path": "/vi/news/rss/",
        "soft_404": "/vi/news/thi-dua/thong-bao-da-go-12.html",
        "dead": "/vi/news/thi-dua/thong-bao-cu-13.html",
    },
    extra={
        "/vi/laws/": "Văn bản",
        "/vi/contact/": "Liên hệ",
        "/vi/about/gioi-thieu-chung.html": "Giới thiệu",
        "/vi/users/": "Thành viên",
        "/vi/news/tag/cong-doan/": "công đoàn",
    },
)
SHARED = {
    "picture": "/uploads/news/{year}_{month}/{id}-{n}.jpg",
    "paper": "/uploads/news/{year}_{month}/{slug}-{id}.{kind}",
    "sitemap_path": "/sitemap.xml",
    "sitemap_part": "/sitemap-vi.news.{number}.xml",
}

SYSTEMS: tuple[System, ...] = pair(
    HERE,
    skins=(FRONT, MODULE),
    generations={"v4": (Day(2015, 3, 1), Day(2019, 11, 30)), "v5": (Day(2022, 1, 5), Day(2025, 6, 20))},
    shared=SHARED,
    habits={
        "per_page": 10,
        "dates": "page time",
        "authored": 0.9,
        "updates@v5": "page time and zone",
        "tags@v5": ("công đoàn",),
        "led": 0.95,
        "validators": (),
        "feeds": "one",
        "sitemap": "index",
        "slug_cut": 90,
        "logins": ("/users/", "/vi/users/"),
        "statics": ("/uploads/", "/themes/"),
    },
)

SEEN = (
    ("/Tuyen-truyen-giao-duc/TPP-Co-hoi-va-thach-thuc-777.html", "article"),
    ("/cong-doan-cap-tren-truc-tiep-co-so/ben-cau-so-ket-hoat-dong-5651-5651.html", "article"),
    ("/vi/news/nu-cong/mot-bai-12.html", "article"),
    ("/Tin-hoat-dong/page-3/", "listing"),
    ("/vi/news/nu-cong/", "listing"),
    ("/news/savefile/Tin-hoat-dong/mot-bai-12.html", "twin"),
    ("/savefile/Tin-hoat-dong/mot-bai-12.html", "twin"),
    ("/users/login/?nv_redirect=abc", "denied"),
    ("/vi/statistics/allbots/", "denied"),
    ("/tag/cong-doan/", "denied"),
)
