"""Liferay 6: the asset publisher and the view_content skin of provincial portals, in two dresses."""

from __future__ import annotations

from datetime import date as Day
from pathlib import Path

from crawler.demo.site_systems import ReplicaSection, System
from tests.platforms.family import Skin, pair

HERE = Path(__file__).parent
PORTLET = "p_p_lifecycle=0&p_p_state=normal&p_p_mode=view&p_p_col_id=column-1&p_p_col_count=1"
GUEST = Skin(
    file="skin_ha_noi.html",
    name="Cổng thông tin Liên đoàn Lao động",
    place="ha_noi_quan_huyen",
    sections=(
        ReplicaSection("tin-cong-doan", 1, ("Tin tức", "Tin công đoàn")),
        ReplicaSection("viec-lam", 2, ("Tin tức", "Việc làm")),
        ReplicaSection("nguoi-tot-viec-tot", 3, ("Chuyên mục", "Người tốt việc tốt")),
    ),
    forms={
        "article@asset": "/web/guest/{section}/-/asset_publisher/k9Xm{number}/content/{slug}",
        "article@journal": "/web/guest/{section}/-/view_content/{id}-{slug}",
        "print_twin@asset": "/web/guest/{section}/-/asset_publisher/k9Xm/print/{id}?p_p_state=pop_up",
        "print_twin@journal": "/web/guest/{section}/-/print_content/{id}",
        "listing": "/web/guest/{section}",
        "further": "/web/guest/{section}?p_p_id=101_INSTANCE_k9Xm{number}&"
        + PORTLET
        + "&_101_INSTANCE_k9Xm{number}_delta=10&_101_INSTANCE_k9Xm{number}_cur={page}",
        "soft_404": "/web/guest/viec-lam/-/view_content/404-thong-bao",
        "dead": "/web/guest/viec-lam/-/view_content/405-thong-bao",
    },
    extra={
        "/web/guest/lien-he": "Liên hệ",
        "/web/guest/gioi-thieu": "Giới thiệu",
        "/web/guest/search?q=cong": "Tìm kiếm",
        "/web/guest/so-do": "Sơ đồ",
    },
    habits={
        "identity": frozenset(
            (
                "p_p_id",
                "p_p_state",
                *(f"_101_INSTANCE_k9Xm{n}_{part}" for n in (1, 2, 3) for part in ("cur",)),
            )
        ),
    },
)
SHORT = Skin(
    file="skin_dak_lak.html",
    name="Liên đoàn Lao động tỉnh",
    place="congdoanbackan",
    sections=(
        ReplicaSection("tong-lien-doan", 5, ("Tổng Liên đoàn",)),
        ReplicaSection("tin-trong-tinh", 6, ("Tin trong tỉnh",)),
        ReplicaSection("phong-trao-thi-dua", 7, ("Phong trào thi đua",)),
    ),
    forms={
        "article@asset": "/{section}/-/asset_publisher/Zq{number}/content/id/{id}",
        "article@journal": "/{section}/-/view_content/content/{id}/{slug}",
        "print_twin": "/{section}/-/print_content/{id}",
        "listing": "/{section}",
        "further": "/{section}?_101_cur={page}&_101_delta=10",
        "soft_404": "/tin-trong-tinh/-/view_content/404-thong-bao",
        "dead": "/tin-trong-tinh/-/view_content/405-thong-bao",
    },
    extra={
        "/thu-tuc-hanh-chinh": "Thủ tục hành chính",
        "/hoi-dap": "Hỏi đáp",
        "/thu-vien": "Thư viện",
        "/tong-lien-doan?p_p_id=101&p_p_state=pop_up": "Bản in",
    },
    habits={"identity": frozenset(("p_p_state",))},
)

SYSTEMS: tuple[System, ...] = pair(
    HERE,
    skins=(GUEST, SHORT),
    generations={
        "asset": (Day(2018, 2, 1), Day(2024, 6, 20)),
        "journal": (Day(2013, 3, 1), Day(2017, 11, 30)),
    },
    shared={
        "picture": "/documents/10180/{id}/anh-{n}.jpg",
        "paper": "/documents/10180/{id}/{slug}.{kind}/0a4f-{id}?version=1.0",
    },
    habits={
        "per_page": 10,
        "dates": "page time",
        "dates@journal": "page day",
        "whole_trail@journal": False,
        "authored": 0.9,
        "led": 0.0,  # the summary stands in the listing alone
        "validators": ("etag",),
        "slug_cut": 90,
        "logins": ("/c/portal/",),
        "statics": ("/documents/", "/image/", "/html/"),
    },
)

SEEN = (
    ("/web/guest/tin/-/view_content/42917-le-phat-dong", "article"),
    ("/web/guest/tin/-/asset_publisher/aBc1/content/le-phat-dong?redirect=%2Fweb", "article"),
    ("/tin/-/view_content/content/42917/le-phat-dong?inheritRedirect=true", "article"),
    ("/tin?_101_cur=2&_101_delta=10", "listing"),
    ("/web/guest/tin/-/view_content/42917-le-phat-dong?p_p_state=pop_up", "twin"),
    ("/en/web/guest/home", "twin"),
    ("/documents/10180/12/ke-hoach.pdf/0a4f?version=1.0", "attachment"),
    ("/c/portal/login?p_l_id=21450", "denied"),
)
