"""Liferay 7 and 6 with a vendor's portlets, VNPT's portals, and the press systems OneCMS and MasterCMS."""

from __future__ import annotations

from tests.platforms.unseen_sites.kit import sections, site

ASSETS = "com_liferay_asset_publisher_web_portlet_AssetPublisherPortlet_INSTANCE_tin"
PRESS = {
    "print_twin": "/print/{id}.html",
    "paper": "/stores/tailieu/{year}/{slug}-{id}.{kind}",
    "validators": ("etag",),
    "statics": ("/stores/", "/modules/"),
    "slug_cut": 100,
}

# Liferay 7: display pages `/-/slug` without an id, the date among the metadata below the text.
THONG = site(
    "liferay_thong",
    "congdoangiaoduc.example",
    "Công đoàn Giáo dục tỉnh Thông Sơn",
    (2020, 2025),
    place="y_te",
    per_page=10,
    sections=sections(
        "tin-cong-doan-truong-hoc | 1 | Tin tức / Công đoàn trường học",
        "nha-giao-va-doi-song | 2 | Tin tức / Nhà giáo và đời sống",
        "van-ban-huong-dan | 3 | Hướng dẫn",
    ),
    article="/web/cdgd/-/{slug}",
    listing="/web/cdgd/{section}",
    further="/web/cdgd/{section}?p_p_id=" + ASSETS + "&p_p_lifecycle=0&p_p_state=normal"
    "&_" + ASSETS + "_delta=10&_" + ASSETS + "_cur={page}",
    print_twin="/web/cdgd/-/{id}/print?p_p_state=pop_up",
    picture="/documents/20121/{id}/anh{n}.jpg",
    paper="/documents/20121/{id}/{slug}.{kind}",
    extra={
        "/web/cdgd/gioi-thieu": "Giới thiệu",
        "/web/cdgd/lien-he": "Liên hệ",
        "/web/cdgd/thu-tuc": "Thủ tục",
    },
    soft_404="/web/cdgd/-/thong-bao-tuyen-dung-vien-chuc-da-het-han",
    dead="/web/cdgd/-/lich-tiep-doan-vien-quy-truoc",
    slug_cut=120,
    identity=frozenset({f"_{ASSETS}_cur", "p_p_state"}),
    statics=("/o/",),
)
# Liferay 6 with a vendor's portlets: tables, a listing of titles and days, no day on the article.
LIM = site(
    "liferay_lim",
    "ldldquanho.example",
    "Liên đoàn Lao động tỉnh Quan Hạ",
    (2012, 2018),
    place="dong_lua",
    per_page=10,
    dates="listing",
    sections=sections(
        "tin-hoat-dong | 11 | Tin tức / Tin hoạt động",
        "cong-doan-nganh | 12 | Tin tức / Công đoàn ngành",
        "thi-dua-khen-thuong | 15 | Thi đua - Khen thưởng",
    ),
    article="/news/-/details/20182/{slug}-{id}",
    listing="/{section}",
    further="/{section}?p_p_id=tinmoi_WAR_cmsportlet&p_p_lifecycle=0&p_p_mode=view"
    "&_tinmoi_WAR_cmsportlet_delta=10&_tinmoi_WAR_cmsportlet_cur={page}",
    print_twin="/news/-/print/20182/{id}",
    picture="/documents/20182/{number}/{id}+anh{n}.jpg",
    paper="/documents/20182/{number}/{slug}-{id}.{kind}",
    extra={
        "/gioi-thieu": "Giới thiệu",
        "/co-cau-to-chuc": "Cơ cấu tổ chức",
        "/van-ban-phap-quy": "Văn bản pháp quy",
        "/lien-he": "Liên hệ",
    },
    soft_404="/news/-/details/20182/tin-da-go-7",
    dead="/news/-/details/20182/tin-da-go-9",
    slug_cut=50,
    identity=frozenset({"_tinmoi_WAR_cmsportlet_cur"}),
    statics=("/html/",),
)
# VNPT's newer portal: "Cập nhật ngày: 12/05/2021 | 08:14 GMT+7" in the head line above the title.
DUA = site(
    "vnpt_dua",
    "ldldxudua.example",
    "Liên đoàn Lao động tỉnh Xứ Dừa",
    (2018, 2025),
    place="duyen_hai",
    dates="page time and zone",
    sections=sections(
        "tin-trong-tinh | 18 | Tin tức / Tin trong tỉnh",
        "bao-ve-quyen-loi | 19 | Tin tức / Bảo vệ quyền lợi",
        "kinh-te-doan-the | 23 | Kinh tế đoàn thể",
    ),
    article="/trang/TinTuc/{number}/{id}/{slug}.html",
    listing="/trang/TinTuc/{number}/{section}.html",
    further="/trang/TinTuc/{number}/{section}.html?page={page}",
    print_twin="/trang/InTin/{id}.html",
    picture="/static/upload/{year}/{month}/{id}-{n}.jpg",
    paper="/static/upload/files/{slug}-{id}.{kind}",
    extra={
        "/trang/GioiThieu.html": "Giới thiệu",
        "/trang/LienHe.html": "Liên hệ",
        "/trang/ThuVien.html": "Thư viện",
    },
    soft_404="/trang/TinTuc/18/7/tin-da-go.html",
    dead="/trang/TinTuc/18/9/tin-da-go.html",
    identity=frozenset(),
    statics=("/static/",),
)
# VNPT's old portal: tables and fonts, no id in the address, the day in brackets behind the title.
CHUOI = site(
    "vnpt_chuoi",
    "congdoanlamnghiep.example",
    "Công đoàn Lâm nghiệp",
    (2011, 2016),
    place="vung_cao",
    per_page=9,
    sections=sections(
        "tin-lam-truong | 4 | Tin lâm trường",
        "giu-rung | 5 | Người giữ rừng",
        "an-sinh | 8 | An sinh",
    ),
    article="/3cms/{section}/{slug}.htm",
    listing="/3cms/{section}.htm",
    further="/3cms/{section}.htm?page={page}",
    print_twin="/3cms/Ban-in-{id}.htm",
    picture="/3cms/upload/images/{year}/lam{id}_{n}.jpg",
    paper="/3cms/upload/file/{slug}_{id}.{kind}",
    extra={
        "/3cms/gioi-thieu.htm": "Giới thiệu",
        "/3cms/lien-he.htm": "Liên hệ",
        "/3cms/so-do.htm": "Sơ đồ",
    },
    soft_404="/3cms/giu-rung/thong-bao-da-go-bo.htm",
    dead="/3cms/giu-rung/thong-bao-da-qua.htm",
    slug_cut=64,
    statics=("/3cms/upload/",),
)
# OneCMS: BEM classes, weekday and bar in the date, US-order attribute, structured data naming the paper.
VAI = site(
    "onecms_vai",
    "nguoithovungthan.example",
    "Tạp chí Người thợ",
    (2021, 2025),
    place="khu_cong_nghiep",
    prefix="NTVT",
    authored=1.0,
    sections=sections(
        "cong-doan | 1 | Công đoàn",
        "cong-doan/chinh-sach | 2 | Công đoàn / Chính sách",
        "doi-song | 3 | Đời sống",
        "an-toan-ve-sinh | 4 | An toàn vệ sinh",
    ),
    article="/{slug}-{id}.html",
    listing="/{section}",
    further="/{section}&s_cond=&BRSR={offset}",
    picture="/stores/news_dataimages/{user}/{month}{year}/{day}/{hour}/croped/{id}_{n}.jpg",
    extra={
        "/lien-he": "Liên hệ",
        "/multimedia": "Multimedia",
        "/tag/doan-vien-cong-doan.tag": "đoàn viên công đoàn",
    },
    soft_404="/thong-bao-tuyen-dung-7.html",
    dead="/lich-tiep-doan-vien-9.html",
    feeds="sections",
    section_feed="/rss_feed/{section}",
    **PRESS,
)
# OneCMS of a small owner: sections in folders of `.html`, no structured data, listings without days.
NHAN = site(
    "onecms_nhan",
    "laodongxanui.example",
    "Báo Lao động Xa Núi",
    (2020, 2024),
    place="vung_cao",
    per_page=12,
    sections=sections(
        "thoi-su-cong-doan | 1 | Thời sự công đoàn",
        "viec-lam | 2 | Việc làm",
        "phap-luat/tu-van | 3 | Pháp luật / Tư vấn",
    ),
    article="/{section}/{slug}-{id}.html",
    listing="/{section}",
    further="/{section}?page={page}",
    picture="/stores/news_dataimages/{year}/{month}{year}/{day}/{hour}/{id}_{n}.jpg",
    extra={"/toa-soan": "Tòa soạn", "/quang-cao": "Quảng cáo", "/dat-bao": "Đặt báo"},
    soft_404="/viec-lam/thong-bao-tuyen-dung-7.html",
    dead="/viec-lam/lich-tiep-doan-vien-9.html",
    sitemap="index",
    sitemap_part="/sitemaps/bai-viet-{year}.xml",
    **PRESS,
)
# MasterCMS of 2014: time and day above a title that is no heading, byline below, "dd/MM" at the related.
BUOI = site(
    "mastercms_buoi",
    "baothoxaydung.example",
    "Báo Thợ xây dựng",
    (2013, 2018),
    place="dong_lua",
    prefix="TXD",
    sections=sections(
        "cong-truong | 1 | Công trường",
        "cong-truong/an-toan | 2 | Công trường / An toàn",
        "tin-cong-doan | 5 | Tin công đoàn",
    ),
    article="/{slug}-{id}.html",
    listing="/{section}",
    further="/{section}&BRSR={offset}",
    picture="/stores/news_dataimages/{user}/{month}{year}/{day}/{hour}/{id}_{n}.jpg",
    extra={"/lien-he": "Liên hệ", "/video": "Video", "/rss": "RSS", "/bao-in": "Báo in"},
    soft_404="/thong-bao-tuyen-dung-7.html",
    dead="/lich-tiep-doan-vien-9.html",
    feeds="one",
    feed_path="/rss_feed/trang-chu",
    **PRESS,
)
# MasterCMS in a magazine's dress: day with dashes and byline in the foot, only "Xem thêm" to page on.
CAM = site(
    "mastercms_cam",
    "tapchicongnhancang.example",
    "Tạp chí Công nhân Cảng",
    (2019, 2024),
    place="duyen_hai",
    per_page=9,
    sections=sections(
        "nhip-song | 1 | Nhịp sống",
        "cong-doan-co-so | 2 | Công đoàn cơ sở",
        "cong-doan-co-so/mo-hinh | 3 | Công đoàn cơ sở / Mô hình",
    ),
    article="/{slug}-{id}.html",
    listing="/{section}",
    further="/{section}&s_cond=&BRSR={offset}",
    picture="/stores/news_dataimages/{year}/{month}{year}/{day}/{hour}/in_article/{id}_{n}.jpg",
    extra={"/toa-soan": "Tòa soạn", "/dieu-khoan": "Điều khoản", "/anh": "Ảnh"},
    soft_404="/thong-bao-tuyen-dung-7.html",
    dead="/lich-tiep-doan-vien-9.html",
    sitemap="flat",
    **PRESS,
)

SYSTEMS = {
    "liferay": (THONG, LIM),
    "vnpt": (DUA, CHUOI),
    "onecms": (VAI, NHAN),
    "mastercms": (BUOI, CAM),
}
