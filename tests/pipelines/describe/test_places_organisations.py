"""Which unit an article is about, and which union body issued it."""

from __future__ import annotations

from datetime import date as Day

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.describe.annotate import annotate
from pipelines.describe.organisations import find_issuer, issuer_at_start
from pipelines.describe.places import PlaceEvidence, common_unit, locate_article, site_unit
from spiders.profile.site_profile import SiteProfile, load_profiles
from storage.gazetteer.units import all_units
from storage.records import Article, DocumentRef, FieldSource, PrintedTime

THEN, SINCE = Day(2023, 5, 5), Day(2025, 8, 1)
BAC_KAN, PRESS, DAT_TO = "congdoanbackan", "laodong", "congdoandatto"


def profile(key: str) -> SiteProfile:
    return load_profiles()[key]


def where(title: str, lead: str, site: str, day: Day | None = THEN) -> str | None:
    place = locate_article(PlaceEvidence(title, lead, day=day), profile(site))
    return place.key if place else None


@pytest.mark.parametrize(
    ("title", "lead", "site", "key"),
    [
        ("Hội nghị sơ kết", "LĐLĐ huyện Ba Bể vừa sơ kết sáu tháng.", BAC_KAN, "bac_kan/ba_be"),
        ("LĐLĐ HUYỆN BA BỂ TỔ CHỨC ĐẠI HỘI", "", BAC_KAN, "bac_kan/ba_be"),
        ("Ba Bể: Trao 20 suất quà", "LĐLĐ tỉnh Bắc Kạn phối hợp trao quà.", BAC_KAN, "bac_kan/ba_be"),
        ("Trao nhà", "LĐLĐ tỉnh Bắc Kạn trao nhà tại huyện Na Rì.", BAC_KAN, "bac_kan/na_ri"),
        ("Trao nhà", "Trao nhà tại các huyện Ba Bể, Chợ Đồn và Na Rì.", BAC_KAN, "bac_kan"),
        ("Chăm lo", "Chị em Đội Quản lý thị trường huyện Chợ Mới được quan tâm.", BAC_KAN, "bac_kan/cho_moi"),
        ("Trao nhà", "Trao nhà ở thành phố Bắc Kạn", BAC_KAN, "bac_kan/bac_kan"),
        # one name, many units: the province beside it, else the site's own, else none
        ("Trao nhà", "Trao nhà tại huyện Chợ Mới.", BAC_KAN, "bac_kan/cho_moi"),
        ("Trao nhà", "Trao nhà tại huyện Chợ Mới, tỉnh An Giang.", BAC_KAN, "an_giang/cho_moi"),
        ("Trao nhà", "Trao nhà tại huyện Chợ Mới (An Giang).", PRESS, "an_giang/cho_moi"),
        ("Trao nhà", "Trao nhà tại huyện Chợ Mới.", PRESS, None),
        ("Trao nhà", "Trao nhà tại huyện Châu Thành.", PRESS, None),
        ("Trao nhà", "Trao nhà tại huyện Tân Phú, Đồng Nai.", PRESS, "dong_nai/tan_phu"),
        ("Trao nhà", "Trao nhà tại quận Tân Phú, TP.HCM.", PRESS, "ho_chi_minh/tan_phu"),
        ("Trao nhà", "Trao nhà tại huyện Định Hóa.", BAC_KAN, "thai_nguyen/dinh_hoa"),
        ("Thị xã Kỳ Anh họp", "", PRESS, "ha_tinh/thi_xa_ky_anh"),
        ("Huyện Kỳ Anh họp", "", PRESS, "ha_tinh/ky_anh"),
        # several provinces: the union bodies decide, then the title, then nobody
        ("Tham quan", "LĐLĐ tỉnh Bắc Kạn đưa đoàn viên thăm thành phố Hà Nội.", PRESS, "bac_kan"),
        ("Nghệ An: Gặp mặt", "Công an tỉnh Nghệ An và tỉnh Hà Tĩnh gặp mặt.", PRESS, "nghe_an"),
        ("Gặp mặt", "Công nhân tỉnh Nghệ An và tỉnh Hà Tĩnh gặp mặt.", PRESS, None),
        ("Gặp mặt", "Báo cáo này mà đưa cho LĐLĐ Bình Dương, Tây Ninh, Cần Thơ đều đúng.", PRESS, None),
        ("Giao lưu", "LĐLĐ tỉnh Thanh Hóa thăm LĐLĐ tỉnh Bắc Kạn.", BAC_KAN, "bac_kan"),
        # names that are no places
        ("Chủ tịch Hồ Chí Minh với công đoàn", "Học tập tư tưởng Hồ Chí Minh.", PRESS, None),
        ("Vượt Thái Bình Dương", "Chị Nguyễn Thái Bình kể.", PRESS, None),
        ("Động đất ở Hà Nam, Trung Quốc", "Tỉnh Hà Nam của Trung Quốc rung chuyển.", PRESS, None),
        ("Gặp anh Bảy", "Anh Bảy, quê ở tỉnh Nam Định, làm thợ hàn.", PRESS, None),
        ("Chuyện hòa bình", "Khát vọng hòa bình của người lao động.", PRESS, None),
        ("Huyện Phú Khê ra quân", "LĐLĐ huyện Phú Khê phát động.", PRESS, None),
        # nothing named
        ("Hội nghị", "Hội nghị diễn ra sôi nổi.", BAC_KAN, "bac_kan"),
        ("Hội nghị", "Hội nghị diễn ra sôi nổi.", PRESS, None),
        ("Hội nghị", "Hội nghị diễn ra sôi nổi.", "congdoanquanbinhthanh", "ho_chi_minh/binh_thanh"),
    ],
)
def test_what_is_named_says_where(title: str, lead: str, site: str, key: str | None) -> None:
    assert where(title, lead, site) == key


@pytest.mark.parametrize(
    ("title", "site", "day", "key"),
    [
        ("Hội nghị", BAC_KAN, SINCE, "thai_nguyen"),
        ("Trao quà tại xã Ba Bể", BAC_KAN, SINCE, "thai_nguyen/xa_ba_be"),
        ("Trao quà tại xã Ba Bể", BAC_KAN, THEN, "bac_kan"),
        ("Trao quà tại huyện Ba Bể (cũ)", BAC_KAN, SINCE, "thai_nguyen"),
        ("Trao quà tại tỉnh Bắc Kạn cũ", PRESS, SINCE, "thai_nguyen"),
        ("Công đoàn phường Phú Thọ ra mắt", DAT_TO, SINCE, "phu_tho/phuong_phu_tho"),
        ("Công đoàn phường Phú Thọ ra mắt", PRESS, SINCE, None),
        ("Quận 2 vào xuân", PRESS, Day(2019, 1, 1), "ho_chi_minh/quan_2"),
        ("Quận 2 vào xuân", PRESS, THEN, "ho_chi_minh/thu_duc"),
        ("TP Huế vào xuân", PRESS, THEN, "hue/hue"),
        ("TP Huế vào xuân", PRESS, Day(2025, 3, 1), "hue"),
        ("Huyện Ba Bể vào xuân", PRESS, None, "bac_kan/ba_be"),
    ],
)
def test_a_unit_is_what_it_was_on_the_day(title: str, site: str, day: Day | None, key: str | None) -> None:
    assert where(title, "", site, day) == key


def test_later_steps_are_asked_in_order_and_marked() -> None:
    def by(evidence: PlaceEvidence, site: str) -> tuple[str, FieldSource, str] | None:
        place = locate_article(evidence, profile(site))
        return (place.key, place.source, place.rule) if place else None

    silent = ("Hội nghị", "Hội nghị diễn ra sôi nổi.")
    signed = PlaceEvidence(*silent, byline_office="LĐLĐ huyện Na Rì", section=("Tin tức", "LĐLĐ huyện Ba Bể"))
    filed = PlaceEvidence(*silent, section=("Tin tức", "LĐLĐ huyện Ba Bể"))
    body = PlaceEvidence(*silent, paragraphs=("Sáng nay, UBND huyện Nam Đàn họp.", "Tin tiếp theo."))
    assert by(signed, BAC_KAN) == ("bac_kan/na_ri", FieldSource.TEXT, "byline")
    assert by(filed, BAC_KAN) == ("bac_kan/ba_be", FieldSource.TEXT, "section")
    assert by(body, PRESS) == ("nghe_an/nam_dan", FieldSource.TEXT, "first paragraphs")
    assert by(body, BAC_KAN) == ("bac_kan", FieldSource.PROFILE, "the site's own place")
    assert by(PlaceEvidence(*silent, borrowed=True), BAC_KAN) is None


def test_whose_site_it_is() -> None:
    homes = {key: site_unit(profile(key)) for key in (BAC_KAN, PRESS, "cumgar_daklak", "ha_noi_quan_huyen")}
    assert homes == {
        BAC_KAN: "bac_kan",
        PRESS: None,
        "cumgar_daklak": "dak_lak/cu_m_gar",
        "ha_noi_quan_huyen": "ha_noi",
    }


def test_several_units_come_to_one() -> None:
    assert common_unit(["bac_kan", "bac_kan/ba_be"]) == "bac_kan/ba_be"
    assert common_unit(["bac_kan/ba_be", "bac_kan/na_ri"]) == "bac_kan"
    assert common_unit(["bac_kan", "nghe_an"]) is None
    assert common_unit([]) is None


@pytest.mark.parametrize(
    ("site", "signed", "lead", "name"),
    [
        (DAT_TO, None, "LĐLĐ tỉnh Phú Thọ tổ chức hội nghị.", "Liên đoàn Lao động tỉnh Phú Thọ"),
        (DAT_TO, None, "Ngày 5/6, LĐLĐ huyện Cẩm Khê họp.", "Liên đoàn Lao động huyện Cẩm Khê"),
        (DAT_TO, None, "Ban Thường vụ LĐLĐ TP Việt Trì họp.", "Liên đoàn Lao động thành phố Việt Trì"),
        (DAT_TO, None, "Vừa qua, CĐ ngành Giáo dục phối hợp tổ chức.", "Công đoàn ngành Giáo dục"),
        (DAT_TO, None, "Công đoàn Viên chức tỉnh tổ chức.", "Công đoàn Viên chức tỉnh Phú Thọ"),
        (DAT_TO, None, "Tổng LĐLĐ Việt Nam ban hành kế hoạch.", "Tổng Liên đoàn Lao động Việt Nam"),
        (
            DAT_TO,
            "CĐCS Công ty TNHH May Sông Hồng",
            "Chiều nay.",
            "Công đoàn cơ sở Công ty TNHH May Sông Hồng",
        ),
        (DAT_TO, "LĐLĐ TX Phú Thọ", "LĐLĐ huyện Cẩm Khê họp.", "Liên đoàn Lao động thị xã Phú Thọ"),
        (
            DAT_TO,
            None,
            "Công đoàn các Khu công nghiệp tỉnh họp.",
            "Công đoàn các Khu công nghiệp tỉnh Phú Thọ",
        ),
        # who is only spoken of issues nothing: the site's owner does
        (DAT_TO, None, "Trao quà cho LĐLĐ huyện Cẩm Khê.", "Liên đoàn Lao động tỉnh Phú Thọ"),
        (DAT_TO, None, "Công đoàn Việt Nam đồng hành cùng doanh nghiệp.", "Liên đoàn Lao động tỉnh Phú Thọ"),
        ("congdoancaosu", None, "Tin trong tuần.", "Công đoàn Cao su Việt Nam"),
        ("laodongthudo", None, "LĐLĐ huyện Mê Linh họp.", "Liên đoàn Lao động thành phố Hà Nội"),
        # no union's site
        ("cumgar_daklak", None, "LĐLĐ huyện Cư M'gar họp.", None),
        ("baomoi", None, "LĐLĐ tỉnh Phú Thọ họp.", None),
        (PRESS, "LĐLĐ tỉnh Nghệ An", "Tin.", "Liên đoàn Lao động tỉnh Nghệ An"),
    ],
)
def test_who_issued_it(site: str, signed: str | None, lead: str, name: str | None) -> None:
    issuer = find_issuer(signed, lead, profile(site))
    assert (issuer.name if issuer else None) == name


def test_news_of_another_province_is_not_the_owner_s() -> None:
    body = "Giảm giấy tờ là mục tiêu của LĐLĐ huyện Thạch Thất.\nHết."
    annotated = annotate(article("Cấp thẻ đoàn viên", body), profile(BAC_KAN))
    assert (annotated.place, annotated.organisation) == ("ha_noi/thach_that", None)


def test_a_borrowed_text_is_not_the_owner_s() -> None:
    assert find_issuer(None, "Tin.", profile(DAT_TO), borrowed=True) is None


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("LĐLĐ huyện Cẩm Khê về việc", "Liên đoàn Lao động huyện Cẩm Khê"),
        ("Ban Thường vụ LĐLĐ tỉnh ngày", "Liên đoàn Lao động tỉnh Phú Thọ"),
        ("UBND tỉnh Bắc Kạn", "Ủy ban nhân dân tỉnh Bắc Kạn"),
        ("HĐND tỉnh thông qua", "Hội đồng nhân dân tỉnh Phú Thọ"),
        ("một cơ quan", None),
    ],
)
def test_local_issuers_of_documents(text: str, name: str | None) -> None:
    issuer = issuer_at_start(text, profile(DAT_TO))
    assert (issuer[0] if issuer else None) == name
    assert issuer is None or text[: issuer[1]].endswith(("Khê", "tỉnh", "Kạn"))


def article(title: str, body: str, **more: object) -> Article:
    return Article(site="x", url="https://x.example/1", title=title, lead=None, body=body, **more)  # type: ignore[arg-type]


def test_an_article_is_given_all_three_with_their_provenance() -> None:
    body = "Ngày 5/6, LĐLĐ huyện Ba Bể triển khai Kế hoạch số 12/KH-LĐLĐ của LĐLĐ tỉnh ngày 2/6/2023.\nHết."
    annotated = annotate(article("Hội nghị", body, published=PrintedTime(THEN)), profile(BAC_KAN))
    assert annotated.place == "bac_kan/ba_be"
    assert annotated.organisation == "Liên đoàn Lao động huyện Ba Bể"
    assert annotated.documents == (
        DocumentRef("12/KH-LĐLĐ", "Kế hoạch", "Liên đoàn Lao động tỉnh Bắc Kạn", Day(2023, 6, 2)),
    )
    assert [(entry.field, entry.source.value, entry.rule) for entry in annotated.provenance] == [
        ("place", "text", "title and lead"),
        ("organisation", "text", "lead"),
        ("documents", "text", "number"),
    ]


WORDS = st.sampled_from(
    [
        "LĐLĐ ",
        "huyện ",
        "Ba Bể",
        "tỉnh ",
        "TP.",
        "HCM",
        ", ",
        "Châu Thành",
        "Công đoàn ",
        "và ",
        "Hà Nội",
        " - ",
        "quận 1",
        ":",
        "\n",
    ]
)
TEXTS = st.one_of(st.text(max_size=80), st.lists(WORDS, max_size=12).map("".join))


@settings(deadline=None)  # the first one reads the tables
@given(TEXTS, TEXTS, st.sampled_from([BAC_KAN, PRESS, DAT_TO]), st.sampled_from([THEN, SINCE, None]))
def test_no_text_breaks_it(title: str, body: str, site: str, day: Day | None) -> None:
    annotated = annotate(article(title, body, published=PrintedTime(day) if day else None), profile(site))
    assert annotated.place is None or annotated.place in all_units()
    assert annotated.place is None or day is None or all_units()[annotated.place].existed_on(day)
    assert (
        annotate(article(title, body, published=PrintedTime(day) if day else None), profile(site))
        == annotated
    )
