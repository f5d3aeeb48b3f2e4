"""DotNetNuke in two skins: addresses in parameters (DNN 4 and 5), then in the path (DNN 7 and later)."""

from __future__ import annotations

from datetime import date as Day
from pathlib import Path

from crawler.demo.site_systems import ReplicaSection, System
from tests.platforms.family import Skin, pair

HERE = Path(__file__).parent
QUERY = {
    "article": "/Default.aspx?tabid={number}&Group=10&NID={id}",
    "listing": "/Default.aspx?tabid={number}&Group=10",
    "further": "/Default.aspx?tabid={number}&Group=10&currentpage={page}",
    "print_twin": "/Default.aspx?tabid={number}&mid=1467&NID={id}&dnnprintmode=true",
    "soft_404": "/Default.aspx?tabid=656&Group=10&NID=7",
    "dead": "/Default.aspx?tabid=656&Group=10&NID=9",
}
PATH = {
    "article": "/{section}/tabid/{number}/Group/10/NID/{id}/{slug}/Default.aspx",
    "listing": "/{section}/tabid/{number}/Group/10/Default.aspx",
    "further": "/{section}/tabid/{number}/Group/10/currentpage/{page}/Default.aspx",
    "print_twin": "/{section}/tabid/{number}/NID/{id}/Default.aspx?dnnprintmode=true",
    "soft_404": "/Tin/tabid/656/Group/10/NID/7/bai-cu/Default.aspx",
    "dead": "/Tin/tabid/656/Group/10/NID/9/bai-cu/Default.aspx",
    "sitemap": "flat",
    "sitemap_path": "/SiteMap.aspx",
}
SCHEMES = {f"{name}@cu": form for name, form in QUERY.items()} | {
    f"{name}@moi": form for name, form in PATH.items()
}
BLUE = Skin(
    file="skin_xanh.html",
    name="Liên đoàn Lao động tỉnh",
    place="congdoanbackan",
    sections=(
        ReplicaSection("Tin-tuc", 656, ("Tin tức - Sự kiện",)),
        ReplicaSection("Nu-cong", 657, ("Chuyên đề", "Nữ công")),
        ReplicaSection("Phap-luat", 661, ("Chuyên đề", "Pháp luật")),
    ),
    forms={"picture": "/Portals/0/Tin/{year}/{month}/anh-{id}-{n}.jpg"},
    extra={
        "/Default.aspx?tabid=36": "Giới thiệu",
        "/Default.aspx?tabid=40": "Thư viện ảnh",
        "/Default.aspx?tabid=41&ctl=Details": "Văn bản",
    },
)
RED = Skin(
    file="skin_do.html",
    name="Công đoàn ngành Đường bộ",
    place="laodongthudo",
    sections=(
        ReplicaSection("Hoat-dong", 84, ("Hoạt động", "Cơ sở")),
        ReplicaSection("Thi-dua", 85, ("Hoạt động", "Thi đua")),
        ReplicaSection("An-toan", 90, ("An toàn lao động",)),
    ),
    forms={"picture": "/Portals/3/Images/{year}/{id}_{n}.jpg"},
    extra={
        "/Lien-he.aspx": "Liên hệ",
        "/Gioi-thieu/tabid/60/Default.aspx": "Giới thiệu",
        "/Default.aspx?tabid=61": "Hỏi đáp",
    },
    habits={"authored": 0.8},
)

SYSTEMS: tuple[System, ...] = pair(
    HERE,
    skins=(BLUE, RED),
    generations={"cu": (Day(2011, 3, 1), Day(2018, 11, 30)), "moi": (Day(2018, 1, 5), Day(2024, 12, 20))},
    shared={"paper": "/LinkClick.aspx?fileticket=q7{id}Z", **SCHEMES},
    habits={
        "iis": True,
        "per_page": 6,
        "dates": "page time",
        "authored": 0.9,
        "led": 0.9,
        "validators": (),
        "identity": frozenset({"tabid", "Group", "NID", "currentpage", "fileticket", "ctl", "dnnprintmode"}),
        "logins": ("/Dang-nhap",),
        "statics": ("/Portals/", "/Resources/"),
    },
)
SEEN = (
    ("/Default.aspx?tabid=656&NID=1373&trao-qua&language=vi-VN", "article"),
    ("/default.aspx?TabId=656&NID=1373", "article"),
    ("/Default.aspx?tabid=656&Group=10&currentpage=3", "listing"),
    ("/Default.aspx?tabid=656&Group=10&language=vi-VN", "listing"),
    ("/Default.aspx?tabid=656&mid=1467&NID=1373&dnnprintmode=true", "twin"),
    ("/Default.aspx?tabid=36&ctl=Login&returnurl=%2f", "login_link"),
    ("/Default.aspx?tabid=36", "unmatched"),
    ("/LinkClick.aspx?fileticket=aB3x&tabid=656", "attachment"),
    ("/Hoat-dong/tabid/84/Group/10/NID/2101/trao-qua/Default.aspx", "article"),
    ("/tabid/84/Group/10/NID/2/language/en-US/Default.aspx", "twin"),
    ("/Hoat-dong/tabid/84/Group/10/currentpage/2/Default.aspx", "listing"),
)
