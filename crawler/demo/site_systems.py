"""Site systems that the replicas imitate: sections, URL schemes, date and byline habits; the demo's five."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date as Day
from pathlib import Path
from typing import Literal

DateHabit = Literal["page day", "page time", "page time and zone", "listing", "feed or listing"]
UpdateHabit = Literal["never", "page time", "page time and zone"]
D_WITHOUT_STROKE = str.maketrans("đĐ", "dD")


@dataclass(frozen=True, slots=True)
class ReplicaSection:
    """One section of a site."""

    slug: str
    number: int
    trail: tuple[str, ...]  # as printed above an article


@dataclass(frozen=True, slots=True)
class System:
    """The URL scheme, sections and habits of one site.

    URL forms take id, slug, section, number, page and offset; those of articles, pictures and papers also
    year, month, day, hour and moment (`{moment:%Y%m%d}`); that of print twins also the article's path.
    """

    key: str  # of its site profile
    domain: str
    name: str
    count: int  # articles at scale 1
    years: tuple[Day, Day]
    sections: tuple[ReplicaSection, ...]
    article: str
    listing: str
    further: str  # page 2 and on of a listing
    print_twin: str
    picture: str
    paper: str
    per_page: int
    dates: DateHabit
    authored: float  # share of articles with a byline
    led: float  # share of articles with a lead
    validators: tuple[str, ...]  # of "etag", "last-modified"
    extra: Mapping[str, str] = field(
        hash=False
    )  # pages that are neither articles nor listings: path → link text
    soft_404: str
    dead: str
    prefix: str | None = None  # put before every lead
    unit_bylines: bool = False
    undated: float = 0.0  # share of articles without a date anywhere
    feed_since: Day | None = None  # articles since then are in the feed, and undated in listings
    slug_cut: int = 80
    disallow: str | None = None  # in robots.txt
    feeds: Literal["none", "one", "sections"] = "none"
    sitemap: Literal["none", "flat", "index"] = "none"
    templates: Path | None = None  # folder of its pages; none = the demo's own, by key
    skin: str = "layout.html"  # the template its pages extend, where a family has several
    place: str | None = None  # whose people, units and places its stories tell of; none = its key's
    feed_path: str = "/rss"  # of the one feed
    section_feed: str = "/rss_feed/{section}"
    sitemap_path: str = "/sitemap.xml"
    sitemap_part: str = "/sitemaps/news-{year}.xml"  # takes year and number
    identity: frozenset[str] = frozenset()  # query parameters that name something, beside the demo's
    logins: tuple[str, ...] = ()  # beginnings of further login addresses
    past_end: int = 404  # status of a listing's page beyond the last
    iis: bool = False  # its server minds neither case nor order of parameters, and its URLs are known folded
    updates: UpdateHabit = "never"  # whether an article says when it was last changed
    whole_trail: bool = True  # above an article; False = its section's own name alone
    tags: tuple[str, ...] = ()  # below every article; "{trail}" stands for the names of its section
    photographed: float = 0.0  # share of bylines that name a photographer beside the author
    statics: tuple[str, ...] = ()  # beginnings of further addresses of pictures, styles and scripts
    posted: str | None = None  # parameter of `further` that no link carries: its pager posts `Page$<page>`

    @property
    def home(self) -> str:
        """The front page."""
        return f"https://{self.domain}/"


def slug(title: str, longest: int) -> str:
    """Return the title as a URL part: without marks, cut at `longest` characters."""
    plain = (
        unicodedata.normalize("NFD", title.translate(D_WITHOUT_STROKE))
        .encode("ascii", "ignore")
        .decode()
        .lower()
    )
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:longest].strip("-")


def _sections(*rows: tuple[str, int, str]) -> tuple[ReplicaSection, ...]:
    return tuple(ReplicaSection(name, number, tuple(trail.split(" / "))) for name, number, trail in rows)


DISTRICT = System(
    key="cong_thong_tin_huyen",
    domain="congdoanhuyen.example",
    name="Trang thông tin điện tử Liên đoàn Lao động huyện",
    count=260,
    years=(Day(2017, 2, 1), Day(2022, 5, 30)),
    sections=_sections(
        ("hoc-tap-lam-theo", 539, "Tin tức - Sự kiện / Học tập làm theo tấm gương đạo đức Hồ Chí Minh"),
        ("hoat-dong", 540, "Tin tức - Sự kiện / Hoạt động công đoàn cơ sở"),
        ("chinh-sach", 541, "Tin tức - Sự kiện / Chính sách, pháp luật"),
        ("nu-cong", 542, "Phong trào / Nữ công"),
        ("thi-dua", 543, "Phong trào / Thi đua, khen thưởng"),
    ),
    article="/tin-tuc/chi-tiet.aspx?CateID={number}&ID={id}",
    listing="/tin-tuc/chuyen-muc.aspx?CateID={number}",
    further="/tin-tuc/chuyen-muc.aspx?CateID={number}&Page={page}",
    print_twin="/tin-tuc/Print.aspx?NewsID={id}",
    picture="/Uploads/Images/{year}/{month}/tin-{id}-{n}.jpg",
    paper="/Uploads/Files/{year}/{slug}-{id}.{kind}",
    per_page=15,
    dates="page day",
    authored=0.92,
    led=1.0,
    validators=("last-modified",),
    extra={
        "/lien-he.aspx": "Liên hệ",
        "/thu-vien-anh.aspx": "Thư viện ảnh",
        "/gioi-thieu.aspx": "Giới thiệu",
        "/co-cau-to-chuc.aspx": "Cơ cấu tổ chức",
        "/van-ban.aspx": "Văn bản chỉ đạo",
        "/lich-cong-tac.aspx": "Lịch công tác",
        "/hoi-dap.aspx": "Hỏi đáp",
        "/so-do-trang.aspx": "Sơ đồ trang",
    },
    soft_404="/tin-tuc/chi-tiet.aspx?CateID=540&ID=7",
    dead="/tin-tuc/chi-tiet.aspx?CateID=541&ID=11",
)

OFFICE = System(
    key="van_phong_dbqh_hdnd",
    domain="vanphong-dbqh-hdnd.example",
    name="Văn phòng Đoàn ĐBQH và HĐND tỉnh",
    count=220,
    years=(Day(2021, 8, 1), Day(2025, 6, 28)),
    sections=_sections(
        ("cong-doan-van-phong", 1, "Hoạt động Văn phòng / Công đoàn Văn phòng"),
        ("xay-dung-dang", 2, "Hoạt động Văn phòng / Xây dựng Đảng"),
        ("tin-hoat-dong", 3, "Tin tức - Sự kiện / Tin hoạt động"),
        ("nghien-cuu-trao-doi", 4, "Nghiên cứu - Trao đổi"),
    ),
    article="/tin-tuc/{slug}-n{id}.html",
    listing="/chuyen-muc/{section}",
    further="/chuyen-muc/{section}?page={page}",
    print_twin="/bm/print/{id}",
    picture="/sites/default/files/{year}-{month}/img_{year}{month}{day}_{id}{n}.jpg",
    paper="/sites/default/files/vanban/{slug}-{id}.{kind}",
    per_page=12,
    dates="listing",
    authored=0.4,
    led=0.9,
    validators=(),
    extra={
        "/lien-he": "Liên hệ",
        "/thu-vien-anh": "Thư viện ảnh",
        "/gioi-thieu/chuc-nang": "Chức năng, nhiệm vụ",
        "/gioi-thieu/lanh-dao": "Lãnh đạo Văn phòng",
        "/van-ban": "Văn bản",
        "/hoi-dap-cu-tri": "Ý kiến cử tri",
        "/lich-tiep-cong-dan": "Lịch tiếp công dân",
        "/ky-hop": "Tài liệu kỳ họp",
        "/en": "English",
    },
    soft_404="/tin-tuc/bai-viet-khong-con-n9.html",
    dead="/tin-tuc/thong-bao-cu-n3.html",
    slug_cut=50,
    sitemap="flat",
)

BAC_KAN = System(
    key="congdoanbackan",
    domain="congdoanbackan.org.vn",
    name="Liên đoàn Lao động tỉnh Bắc Kạn",
    count=300,
    years=(Day(2018, 3, 1), Day(2023, 12, 20)),
    sections=_sections(
        ("tin-hoat-dong", 1, "Tin tức / Tin hoạt động"),
        ("xay-dung-to-chuc", 2, "Tin tức / Xây dựng tổ chức"),
        ("chinh-sach-phap-luat", 3, "Chính sách - Pháp luật"),
        ("nu-cong", 4, "Tin tức / Nữ công"),
        ("guong-dien-hinh", 5, "Thi đua / Gương điển hình"),
        ("van-hoa-the-thao", 6, "Văn hóa - Thể thao"),
    ),
    article="/bai-viet/{slug}-{id}.html",
    listing="/chuyen-muc/{section}",
    further="/chuyen-muc/{section}/trang-{page}.html",
    print_twin="/bai-viet/Ban-in-{id}.htm",
    picture="/upload/images/nam-{year}/thang-{month}.{year}/{id}.-{slug}-{n}.jpg",
    paper="/upload/files/nam-{year}/{slug}-{id}.{kind}",
    per_page=12,
    dates="page time and zone",
    authored=0.95,
    led=0.9,
    validators=("etag",),
    extra={
        "/lien-he": "Liên hệ",
        "/thu-vien-anh": "Thư viện ảnh",
        "/gioi-thieu": "Giới thiệu",
        "/so-do-to-chuc": "Sơ đồ tổ chức",
        "/lich-cong-tac": "Lịch công tác",
        "/van-ban": "Văn bản",
        "/tim-kiem?q=cong+doan": "Tìm kiếm",
        "/lien-ket-website": "Liên kết website",
    },
    soft_404="/bai-viet/bai-viet-da-go-bo-12.html",
    dead="/bai-viet/thong-bao-so-1-3.html",
    unit_bylines=True,
    slug_cut=70,
    disallow="/tim-kiem",
)

CAPITAL_PRESS = System(
    key="laodongthudo",
    domain="laodongthudo.vn",
    name="Báo Lao động Thủ đô",
    count=380,
    years=(Day(2019, 1, 10), Day(2025, 6, 30)),
    sections=_sections(
        ("cong-doan", 1, "Công đoàn"),
        ("cong-doan/hoat-dong", 2, "Công đoàn / Hoạt động"),
        ("cong-doan/vi-loi-ich-doan-vien", 3, "Công đoàn / Vì lợi ích đoàn viên"),
        ("cong-doan/thang-cong-nhan", 4, "Công đoàn / Tháng Công nhân"),
        ("lao-dong/doi-song", 5, "Lao động / Đời sống"),
        ("lao-dong/an-toan", 6, "Lao động / An toàn lao động"),
    ),
    article="/{slug}-{id}.html",
    listing="/{section}",
    further="/{section}&s_cond=&BRSR={offset}",
    print_twin="/print/{id}.html",
    picture="/stores/news_dataimages/{user}/{month}{year}/{day}/{hour}/{id}_{n}.jpg",
    paper="/stores/news_dataimages/{user}/{month}{year}/{day}/{hour}/{slug}-{id}.{kind}",
    per_page=16,
    dates="page time",
    authored=1.0,
    led=1.0,
    validators=("etag", "last-modified"),
    extra={
        "/lien-he": "Liên hệ",
        "/anh": "Ảnh",
        "/video": "Video",
        "/toa-soan": "Tòa soạn",
        "/quang-cao": "Quảng cáo",
        "/rss": "RSS",
        "/ban-doc": "Bạn đọc",
        "/phap-luat-tu-van": "Tư vấn pháp luật",
        "/tag/1.tag": "Thủ đô",
        "/tag/2.tag": "Đoàn viên",
    },
    soft_404="/bai-viet-da-duoc-go-xuong-1001.html",
    dead="/tin-khong-con-ton-tai-1002.html",
    prefix="LĐTĐ",
    tags=("{trail}",),
    feeds="sections",
    sitemap="index",
)

HANOI_DISTRICT = System(
    key="ha_noi_quan_huyen",
    domain="quanhuyen-hanoi.example",
    name="Cổng thông tin điện tử huyện",
    count=260,
    years=(Day(2019, 2, 1), Day(2025, 6, 29)),
    sections=_sections(
        ("cong-doan", 1, "Tin tức / Mặt trận và các đoàn thể"),
        ("lao-dong-viec-lam", 2, "Tin tức / Lao động - Việc làm"),
        ("nguoi-tot-viec-tot", 3, "Chuyên mục / Người tốt, việc tốt"),
        ("phong-trao", 4, "Chuyên mục / Phong trào thi đua"),
    ),
    article="/{section}/-/view_content/{id}-{slug}.html",
    listing="/{section}",
    further="/{section}?_101_cur={page}&_101_delta=10",
    print_twin="/{section}/-/print_content/{id}",
    picture="/documents/10180/{id}/anh-{n}.png",
    paper="/documents/10180/{id}/{slug}.{kind}",
    per_page=10,
    dates="feed or listing",
    authored=0.9,
    led=0.97,
    validators=("etag",),
    extra={
        "/lien-he": "Liên hệ",
        "/thu-vien-anh": "Thư viện ảnh",
        "/gioi-thieu-chung": "Giới thiệu chung",
        "/thu-tuc-hanh-chinh": "Thủ tục hành chính",
        "/hoi-ap": "Hỏi đáp",
        "/lanh-dao-huyen": "Lãnh đạo huyện",
        "/cong-khai-ngan-sach": "Công khai ngân sách",
        "/duong-day-nong": "Đường dây nóng",
    },
    soft_404="/cong-doan/-/view_content/404-khong-tim-thay.html",
    dead="/phong-trao/-/view_content/405-thong-bao.html",
    undated=0.05,
    feeds="one",
    feed_since=Day(2024, 9, 1),
)

SYSTEMS: Mapping[str, System] = {
    system.key: system for system in (DISTRICT, OFFICE, BAC_KAN, CAPITAL_PRESS, HANOI_DISTRICT)
}
DEMO_SYSTEMS = tuple(SYSTEMS.values())
