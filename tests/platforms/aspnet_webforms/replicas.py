"""ASP.NET Web Forms in two skins: keys in parameters, then rewritten addresses."""

from __future__ import annotations

from datetime import date as Day
from pathlib import Path

from crawler.demo.site_systems import ReplicaSection, System
from tests.platforms.family import Skin, pair

HERE = Path(__file__).parent
SEA = Skin(
    file="skin_bien.html",
    name="Công đoàn Giáo dục",
    place="cong_thong_tin_huyen",
    sections=(
        ReplicaSection("Tin-hoat-dong", 539, ("Tin tức", "Tin hoạt động")),
        ReplicaSection("Nu-cong", 541, ("Tin tức", "Công tác nữ công")),
        ReplicaSection("Thi-dua", 547, ("Thi đua - Khen thưởng",)),
    ),
    forms={
        "article@cu": "/index.aspx?Def=556&ID={id}&CateID={number}",
        "listing@cu": "/index.aspx?Def=555&CateID={number}",
        "further@cu": "/index.aspx?Def=555&CateID={number}&Page={page}",
        "soft_404@cu": "/index.aspx?Def=556&ID=7&CateID=539",
        "dead@cu": "/index.aspx?Def=556&ID=9&CateID=539",
        "article@moi": "/DetailView/{id}/{number}/{slug}.html",
        "listing@moi": "/ListView/{number}/{section}.html",
        "further@moi": "/ListView/{number}/{section}.html?Page={page}",
        "soft_404@moi": "/DetailView/7/539/tin-da-go.html",
        "dead@moi": "/DetailView/9/539/tin-da-go.html",
        "print_twin": "/Print.aspx?NewsID={id}",
        "picture": "/Uploaded/images/{year}/anh-{id}-{n}.jpg",
    },
    extra={
        "/index.aspx?Def=100": "Giới thiệu",
        "/Contact.aspx": "Liên hệ",
        "/index.aspx?Def=210": "Thư viện ảnh",
    },
)
FOREST = Skin(
    file="skin_rung.html",
    name="Liên đoàn Lao động tỉnh miền núi",
    place="congdoanbackan",
    sections=(
        ReplicaSection("cong-doan-co-so", 7, ("Đơn vị", "Công đoàn cơ sở")),
        ReplicaSection("cong-doan-nganh", 8, ("Đơn vị", "Công đoàn ngành")),
        ReplicaSection("tuyen-truyen", 12, ("Tuyên truyền",)),
    ),
    forms={
        "article@cu": "/ChiTietTin.aspx?id={id}&cat={number}",
        "listing@cu": "/DanhSachTin.aspx?cat={number}",
        "further@cu": "/DanhSachTin.aspx?cat={number}&trang={page}",
        "soft_404@cu": "/ChiTietTin.aspx?id=7&cat=8",
        "dead@cu": "/ChiTietTin.aspx?id=9&cat=8",
        "article@moi": "/{section}-{number}/bai-viet-{slug}-{id}.html",
        "listing@moi": "/don-vi/{section}-{number}.html",
        "further@moi": "/don-vi/{section}-{number}.html?Page={page}",
        "soft_404@moi": "/tuyen-truyen-12/bai-viet-da-go-7.html",
        "dead@moi": "/tuyen-truyen-12/bai-viet-da-go-9.html",
        "print_twin": "/Modules/Article/ArticlePrint.aspx?ArticleID={id}",
        "picture": "/Upload/Tin/{year}/{month}/{id}_{n}.jpg",
    },
    extra={"/GioiThieu.aspx": "Giới thiệu", "/LienHe.aspx": "Liên hệ", "/SoDo.aspx": "Sơ đồ trang"},
)

SYSTEMS: tuple[System, ...] = pair(
    HERE,
    skins=(SEA, FOREST),
    generations={"cu": (Day(2008, 3, 1), Day(2015, 7, 30)), "moi": (Day(2016, 1, 5), Day(2025, 6, 20))},
    shared={"paper": "/Uploaded/files/{slug}-{id}.{kind}"},
    habits={
        "iis": True,
        "per_page": 6,
        "dates": "page time",
        "authored": 0.85,
        "led": 0.9,
        "validators": ("last-modified",),
        "identity": frozenset({"Def", "id", "cat", "trang", "ArticleID"}),
        "logins": ("/Login.aspx", "/DangNhap.aspx"),
        "statics": ("/Uploaded/", "/Upload/", "/App_Themes/", "/Styles/"),
    },
)
SEEN = (
    ("/index.aspx?Def=556&ID=2101&CateID=539", "article"),
    ("/index.aspx?Def=555&CateID=539&Page=4", "listing"),
    ("/index.aspx?Def=100", "unmatched"),
    ("/Modules/Article/ArticlePrint.aspx?ArticleID=27392", "twin"),
    ("/DetailView/99219/4/Hoi-nghi-tuyen-truyen.html", "article"),
    ("/cong-doan-co-so-7/bai-viet-cac-huyen,-thi-xa-4222.html", "article"),
    ("/don-vi/cong-doan-nganh-7.html?Page=86", "listing"),
)
