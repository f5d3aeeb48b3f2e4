"""Documents cited in a text, as data."""

from __future__ import annotations

import unicodedata
from datetime import date as Day

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.describe.legal_documents import document_codes, find_cited_documents
from storage.records import DocumentRef as Ref

TLD = "Tổng Liên đoàn Lao động Việt Nam"
OWN = "Liên đoàn Lao động tỉnh Phú Thọ"
CITED = [
    (
        "Thực hiện Nghị quyết số 02-NQ/TW ngày 12/6/2021 của Bộ Chính trị về đổi mới tổ chức",
        Ref("02-NQ/TW", "Nghị quyết", "Bộ Chính trị", Day(2021, 6, 12)),
    ),
    ("theo Quyết định 589/QĐ-LĐLĐ về khen thưởng", Ref("589/QĐ-LĐLĐ", "Quyết định", OWN)),
    (
        "Công văn số 1234/TLĐ-ToC ngày 5 tháng 3 năm 2024 nêu rõ",
        Ref("1234/TLĐ-ToC", "Công văn", TLD, Day(2024, 3, 5)),
    ),
    ("(Nghị định 145/2020/NĐ-CP)", Ref("145/2020/NĐ-CP", "Nghị định", "Chính phủ")),
    (
        "Thông tư liên tịch số 01/2021/TTLT-BNV-BTC hướng dẫn",
        Ref("01/2021/TTLT-BNV-BTC", "Thông tư liên tịch", "Bộ Nội vụ, Bộ Tài chính"),
    ),
    ("Thông tư liên tịch số 12/2014/TTLT-BNV-ABC", Ref("12/2014/TTLT-BNV-ABC", "Thông tư liên tịch")),
    ("văn bản số 72 / KL - TTr của Thanh tra", Ref("72/KL-TTr", "Kết luận")),
    ("Hướng dẫn 32/HD-TLĐ.", Ref("32/HD-TLĐ", "Hướng dẫn", TLD)),
    ("Kế hoạch số 05/KH-LĐLĐ - UBND tỉnh nhất trí", Ref("05/KH-LĐLĐ", "Kế hoạch", OWN)),
    ("Chỉ thị số 37-CT/TW được quán triệt", Ref("37-CT/TW", "Chỉ thị")),
    (
        "Kết luận số 03-KL/TW của Ban Bí thư, ngày 1/2/2023",
        Ref("03-KL/TW", "Kết luận", "Ban Bí thư", Day(2023, 2, 1)),
    ),
    ("Thông báo số 77/TB-TLĐ", Ref("77/TB-TLĐ", "Thông báo", TLD)),
    ("Quyết định số 217-QĐ/TW", Ref("217-QĐ/TW", "Quyết định")),
    ("Quy định số 08-QĐ/TW", Ref("08-QĐ/TW", "Quy định")),
    ("Thông báo kết luận số 50-TB/TW", Ref("50-TB/TW", "Thông báo")),
    ("văn bản số 1047/QĐ-BGTVT", Ref("1047/QĐ-BGTVT", "Quyết định", "Bộ Giao thông vận tải")),
    ("Nghị quyết số 20a/NQ-BCH", Ref("20a/NQ-BCH", "Nghị quyết")),
    ("Quyết định số 09/2015/QĐ-TTg", Ref("09/2015/QĐ-TTg", "Quyết định", "Thủ tướng Chính phủ")),
    ("số 15/CTr-TLĐ", Ref("15/CTr-TLĐ", "Chương trình", TLD)),
    ("Chỉ thị số 16 /CT - TTg", Ref("16/CT-TTg", "Chỉ thị", "Thủ tướng Chính phủ")),
    ("Nghị quyết số 30 a / 2008 / NQ - CP", Ref("30a/2008/NQ-CP", "Nghị quyết", "Chính phủ")),
    # typography
    ("nghị quyết số 02 – NQ / TW", Ref("02-NQ/TW", "Nghị quyết")),
    ("Nghị quyết số: 02/NQ- BCH", Ref("02/NQ-BCH", "Nghị quyết")),
    ("công văn số 12/lđlđ-tg", Ref("12/LĐLĐ-TG", "Công văn", OWN)),
    ("QUYẾT ĐỊNH SỐ 44/QĐ-TLĐ", Ref("44/QĐ-TLĐ", "Quyết định", TLD)),
    ("Quyết định số 1908/QÐ-TLÐ ngày 19.12.2016", Ref("1908/QĐ-TLĐ", "Quyết định", TLD, Day(2016, 12, 19))),
    (
        unicodedata.normalize("NFD", "Quyết định số 589/QĐ-TLĐ ngày 05-03-2024"),
        Ref("589/QĐ-TLĐ", "Quyết định", TLD, Day(2024, 3, 5)),
    ),
    # laws
    ("Luật Công đoàn năm 2012 quy định", Ref("12/2012/QH13", "Luật", "Quốc hội")),
    ("Luật Công đoàn (sửa đổi) năm 2024", Ref("50/2024/QH15", "Luật", "Quốc hội")),
    ("điều 94 Bộ luật Lao động 2019", Ref("45/2019/QH14", "Bộ luật", "Quốc hội")),
    ("theo Luật BHXH 2014,", Ref("58/2014/QH13", "Luật", "Quốc hội")),
    (
        "Bộ luật Lao động số 45/2019/QH14 ngày 20/11/2019",
        Ref("45/2019/QH14", "Bộ luật", "Quốc hội", Day(2019, 11, 20)),
    ),
    (
        "Luật An toàn, vệ sinh lao động số 84/2015/QH13",
        Ref("84/2015/QH13", "Luật", "Quốc hội"),
    ),
    ("Bộ Luật Lao động năm 2019", Ref("45/2019/QH14", "Bộ luật", "Quốc hội")),
    ("LUẬT VIỆC LÀM 2013", Ref("38/2013/QH13", "Luật", "Quốc hội")),
    ("Luật THADS 2008", Ref("Luật THADS 2008", "Luật", "Quốc hội")),
    (
        "Luật Thi đua, Khen thưởng năm 2022",
        Ref("Luật Thi đua, Khen thưởng 2022", "Luật", "Quốc hội"),
    ),
    (
        "hướng dẫn Luật Tín ngưỡng và Nghị định số 162/2017/NĐ-CP",
        Ref("162/2017/NĐ-CP", "Nghị định", "Chính phủ"),
    ),
]
NOT_CITED = [
    "Bộ phận trực 24/7, điện thoại 0210.3846-123",
    "Kỷ niệm ngày 20/10 - LĐLĐ tỉnh tổ chức hội thi",
    "Năm 2021 - Công đoàn các cấp vận động 2/3 số cơ sở",
    "xe mang biển số 29A-123.45 và 19C/4567",
    "Tỷ số 2-1, nhiệm kỳ 2018 - 2023, khóa XII",
    "Ngày 15/10/2021 - UBND tỉnh họp",
    "dịch COVID-19 và cúm A/H5N1",
    "Luật sư Nguyễn Văn Bách, sinh năm 1980",
    "Công ty Luật Hà Thành năm 2019 đạt giải",
    "Luật Công đoàn được thông qua năm 2012",
    "Luật Công đoàn quy định quyền của người lao động",
    "Luật Thương mại năm 1974 của Mỹ",
    "Công ước của Liên hợp quốc về Luật Biển 1992",
    "Có 10/CT trong 20/CT đã xong",
    "Nghị quyết Đại hội XIII Công đoàn Việt Nam",
    "Sinh viên khoa Luật Đại học năm 2020",
]


@pytest.mark.parametrize(("text", "document"), CITED, ids=[text[:40] for text, _ in CITED])
def test_a_citation_is_read(text: str, document: Ref) -> None:
    assert find_cited_documents([text], OWN) == (document,)


@pytest.mark.parametrize("text", NOT_CITED)
def test_what_is_no_citation(text: str) -> None:
    assert find_cited_documents([text], OWN) == ()


def test_each_once_in_order_and_whole() -> None:
    documents = find_cited_documents(
        [
            "Theo Kế hoạch 12/KH-LĐLĐ và Luật Công đoàn 2012, LĐLĐ tỉnh triển khai.",
            "Kế hoạch số 12/KH-LĐLĐ ngày 3/4/2022 nêu Luật Công đoàn số 12/2012/QH13 và 7/HD-TLĐ.",
        ]
    )
    assert documents == (
        Ref("12/KH-LĐLĐ", "Kế hoạch", None, Day(2022, 4, 3)),
        Ref("12/2012/QH13", "Luật", "Quốc hội"),
        Ref("7/HD-TLĐ", "Hướng dẫn", TLD),
    )


def test_a_law_and_a_resolution_may_share_a_number() -> None:
    documents = find_cited_documents(["Bộ luật Hình sự 2015", "Nghị quyết số 100/2015/QH13 của Quốc hội"])
    assert [document.type for document in documents] == ["Bộ luật", "Nghị quyết"]


def test_an_impossible_day_is_none() -> None:
    (document,) = find_cited_documents(["Quyết định số 12/QĐ-TLĐ ngày 31/2/2024"])
    assert document.day is None


def test_who_issued_is_read_in_the_text_before_the_number_is_believed() -> None:
    def local(text: str) -> tuple[str, int] | None:
        name = "LĐLĐ huyện Cẩm Khê"
        return ("Liên đoàn Lao động huyện Cẩm Khê", len(name)) if text.startswith(name) else None

    text = "Quyết định số 12/QĐ-LĐLĐ của LĐLĐ huyện Cẩm Khê ngày 2/3/2024"
    assert find_cited_documents([text], OWN, local) == (
        Ref("12/QĐ-LĐLĐ", "Quyết định", "Liên đoàn Lao động huyện Cẩm Khê", Day(2024, 3, 2)),
    )
    assert find_cited_documents(["số 12/QĐ-LĐLĐ"])[0].issuer is None


def test_the_tables_agree_with_one_another() -> None:
    codes = document_codes()
    assert set(codes.types.values()) <= set(codes.kinds.values()) | {
        "Kế hoạch phối hợp",
        "Chương trình hành động",
    }
    assert all(
        code == code.upper() for code in (*codes.types, *codes.issuers, *codes.federations, *codes.signs)
    )
    assert set(codes.laws.values()) and all(
        number.split("/")[2].startswith("QH") for number in codes.laws.values()
    )


PIECES = st.sampled_from(
    [
        "Nghị quyết ",
        "số ",
        "02",
        "-NQ/TW",
        "/QĐ-LĐLĐ",
        " ngày 1/2/2023",
        " của ",
        "Luật ",
        "Công đoàn ",
        "2024",
        "–",
        " / ",
        "\n",
    ]
)


@settings(deadline=None)  # the first one reads the tables
@given(st.one_of(st.text(max_size=120), st.lists(PIECES, max_size=14).map("".join)))
def test_no_text_breaks_it_and_numbers_are_tidy(text: str) -> None:
    for document in find_cited_documents([text], OWN):
        assert document.number.strip() == document.number != ""
        assert document.type in ("Luật", "Bộ luật") or not any(char.isspace() for char in document.number)
