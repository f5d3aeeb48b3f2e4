"""ASP.NET MVC in two skins: English controllers with PagedList, Vietnamese ones; old markup and Bootstrap."""

from __future__ import annotations

from datetime import date as Day
from pathlib import Path

from crawler.demo.site_systems import ReplicaSection, System
from tests.platforms.family import Skin, pair

HERE = Path(__file__).parent
ENGLISH = Skin(
    file="skin_lam.html",
    name="Công đoàn ngành Công nghiệp",
    place="laodongthudo",
    sections=(
        ReplicaSection("tin", 3, ("Tin tức", "Hoạt động công đoàn")),
        ReplicaSection("chinh-sach", 4, ("Tin tức", "Chính sách")),
        ReplicaSection("dien-hinh", 7, ("Gương điển hình",)),
    ),
    forms={
        "article@cu": "/Document/Detail/{id}",
        "listing@cu": "/Document/Index/{number}",
        "further@cu": "/Document/Index/{number}?Page={page}",
        "soft_404@cu": "/Document/Detail/7",
        "dead@cu": "/Document/Detail/9",
        "article@moi": "/News/Details/{id}/{slug}",
        "listing@moi": "/News/Category/{number}",
        "further@moi": "/News/Category/{number}?page={page}",
        "soft_404@moi": "/News/Details/7/tin-da-go",
        "dead@moi": "/News/Details/9/tin-da-go",
        "print_twin": "/Document/Print/{id}",
        "paper": "/Document/DownloadFile/{id}",
        "picture": "/Uploads/Images/{year}/{id}-{n}.jpg",
    },
    extra={"/Home/About": "Giới thiệu", "/Home/Contact": "Liên hệ", "/Album/Index": "Thư viện ảnh"},
    habits={"unit_bylines": False},
)
VIETNAMESE = Skin(
    file="skin_cam.html",
    name="Công đoàn Khu công nghiệp",
    place="ha_noi_quan_huyen",
    sections=(
        ReplicaSection("hoat-dong", 11, ("Hoạt động",)),
        ReplicaSection("phap-luat", 12, ("Pháp luật", "Hỏi và trả lời")),
        ReplicaSection("doi-song", 15, ("Đời sống công nhân",)),
    ),
    forms={
        "article": "/TinTuc/ChiTiet/{id}",
        "listing": "/TinTuc/DanhMuc/{number}",
        "further": "/TinTuc/DanhMuc/{number}?trang={page}",
        "soft_404": "/TinTuc/ChiTiet/7",
        "dead": "/TinTuc/ChiTiet/9",
        "print_twin": "/TinTuc/BanIn/{id}",
        "paper": "/VanBan/TaiVe/{id}",
        "picture": "/media/{year}/{month}/{id}-{n}.jpg",
    },
    extra={"/GioiThieu/Index": "Giới thiệu", "/LienHe": "Liên hệ", "/HoiDap/Index": "Hỏi đáp"},
)

SYSTEMS: tuple[System, ...] = pair(
    HERE,
    skins=(ENGLISH, VIETNAMESE),
    generations={"cu": (Day(2012, 6, 1), Day(2017, 10, 30)), "moi": (Day(2018, 1, 5), Day(2025, 6, 20))},
    shared={"sitemap@moi": "flat", "sitemap_path": "/sitemap.xml"},
    habits={
        "iis": True,
        "per_page": 6,
        "dates": "page time",
        "authored": 0.9,
        "led": 0.9,
        "validators": (),
        "identity": frozenset({"trang"}),
        "logins": ("/Account/Login", "/TaiKhoan/DangNhap"),
        "statics": ("/Uploads/", "/media/", "/Content/"),
    },
)
SEEN = (
    ("/Document/Detail/1187", "article"),
    ("/Document/Index/3?Page=12", "listing"),
    ("/Document/DownloadFile/1187", "attachment"),
    ("/Document/ViewFile/1187", "twin"),
    ("/Account/Login?ReturnUrl=%2f", "login_link"),
    ("/TinTuc/DanhMuc/11?trang=2", "listing"),
)
