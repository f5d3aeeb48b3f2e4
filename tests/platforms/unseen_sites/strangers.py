"""Two sites of no known system: a hand-made PHP portal, and pages written as files in the 2000s' tables."""

from __future__ import annotations

from tests.platforms.unseen_sites.kit import sections, site

# One `index.php` for all; byline, time, weekday and hits in one line below the title.
TAY = site(
    "khac_tay",
    "congdoanmuoibien.example",
    "Công đoàn ngành Muối",
    (2012, 2019),
    place="duyen_hai",
    sections=sections(
        "tin-tuc | 1 | Tin tức",
        "diem-dien-dan | 2 | Diễn đàn đoàn viên",
        "nguoi-tot | 4 | Người tốt việc tốt",
    ),
    article="/index.php?page=news&id={id}",
    listing="/index.php?page=news&cat={number}",
    further="/index.php?page=news&cat={number}&p={page}",
    print_twin="/print.php?id={id}",
    picture="/upload/anh_{id}_{n}.jpg",
    paper="/upload/file/{slug}_{id}.{kind}",
    extra={
        "/index.php?page=about": "Giới thiệu",
        "/index.php?page=contact": "Liên hệ",
        "/index.php?page=gallery": "Hình ảnh",
    },
    soft_404="/index.php?page=news&id=7",
    dead="/index.php?page=news&id=9",
    identity=frozenset({"page", "id", "cat", "p"}),
    logins=("/index.php?page=login",),
)
# Files by year and month; no class or id anywhere, days in the lists alone.
TINH = site(
    "khac_tinh",
    "congdoanduongsatcu.example",
    "Công đoàn Đường sắt khu vực",
    (2005, 2012),
    place="dong_lua",
    per_page=12,
    dates="listing",
    sections=sections(
        "tinhoatdong | 1 | Tin hoạt động",
        "chinhsach | 2 | Chính sách",
        "guongtot | 3 | Gương tốt",
    ),
    article="/tintuc/{year}/{month}/tin{id}.html",
    listing="/tintuc/{section}.html",
    further="/tintuc/{section}{page}.html",
    print_twin="/tintuc/in/tin{id}.html",
    picture="/tintuc/hinh/{year}/h{id}{n}.jpg",
    paper="/tintuc/file/{slug}{id}.{kind}",
    extra={"/gioithieu.html": "Giới thiệu", "/lienhe.html": "Liên hệ", "/sodo.html": "Sơ đồ"},
    soft_404="/tintuc/2011/05/tin7.html",
    dead="/tintuc/2011/05/tin9.html",
    authored=0.8,
    validators=("last-modified",),
    statics=("/tintuc/hinh/",),
)

SYSTEMS = {"khac": (TAY, TINH)}
