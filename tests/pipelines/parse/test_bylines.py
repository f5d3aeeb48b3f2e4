from __future__ import annotations

import pytest

from pipelines.parse.bylines import Byline, last_line_byline, split_byline

SIGNED = [
    ("K.Tiến", Byline("K.Tiến")),
    ("T.Nga", Byline("T.Nga")),
    ("H.A", Byline("H.A")),
    ("PV", Byline("PV")),
    ("Lâm Cường", Byline("Lâm Cường")),
    ("NGUYỄN TRÍ.", Byline("NGUYỄN TRÍ")),
    ("Ngô Thanh – Minh Vũ", Byline("Ngô Thanh – Minh Vũ")),
    ("H.Vân - Q.Hùng", Byline("H.Vân - Q.Hùng")),
    ("Tin, ảnh: Văn Thừa", Byline("Văn Thừa", photographer="Văn Thừa")),
    ("Tin-ảnh: N.Hà", Byline("N.Hà", photographer="N.Hà")),
    ("Bài: Thu Hà - Ảnh: Minh Vũ", Byline("Thu Hà", photographer="Minh Vũ")),
    ("Tin: Lê Lan; ảnh: CTV", Byline("Lê Lan", photographer="CTV")),
    ("Ảnh: Hà Vi", Byline(photographer="Hà Vi")),
    ("Hồng Vân - Ban Quản lý đường bộ", Byline("Hồng Vân", "Ban Quản lý đường bộ")),
    ("Ban Tuyên giáo LĐLĐ tỉnh", Byline("Ban Tuyên giáo LĐLĐ tỉnh")),
    ("Ban Tuyên giáo - Nữ công", Byline("Ban Tuyên giáo - Nữ công")),
    ("VP LĐLĐ tỉnh", Byline("VP LĐLĐ tỉnh")),
    ("TRẦN TUẤN (báo lao động)", Byline("TRẦN TUẤN", source_name="báo lao động")),
    ("Hoàng Mai (tổng hợp)", Byline("Hoàng Mai")),
    ("Theo Báo Lao Động", Byline(source_name="Báo Lao Động")),
    ("Nguồn: https://cong-doan.example/", Byline(source_name="https://cong-doan.example/")),
    ("Nguồn LĐTĐ: https://cong-doan.example/", Byline(source_name="LĐTĐ")),
    ("(Sưu tầm: https://bao.example)", Byline(source_name="https://bao.example")),
]


@pytest.mark.parametrize(("line", "byline"), SIGNED)
def test_a_signature_is_taken_from_the_end_and_split(line: str, byline: Byline) -> None:
    assert split_byline(line) == byline
    assert last_line_byline(["Một đoạn văn.", line]) == (("Một đoạn văn.",), byline)


@pytest.mark.parametrize(
    ("text", "byline"),
    [
        ("Tác giả bài viết: Hà Phong", Byline("Hà Phong")),
        ("Được viết bởi  Thành Văn", Byline("Thành Văn")),
        ("Viết bởi: Mai Anh - Ban Tuyên giáo", Byline("Mai Anh", "Ban Tuyên giáo")),
        ("Đăng bởi Super User", Byline()),
        ("by admin", Byline()),
        ("admin2", Byline()),
        ("Quản trị viên", Byline()),
        ("Nguồn tin: Báo Lao Động", Byline(source_name="Báo Lao Động")),
        ("Nguyễn Quản Trị", Byline("Nguyễn Quản Trị")),
        ("Ban Biên tập", Byline("Ban Biên tập")),
    ],
)
def test_an_account_is_nobody_and_who_typed_is_read_without_the_label(text: str, byline: Byline) -> None:
    assert split_byline(text) == byline


@pytest.mark.parametrize(
    "line",
    [
        "Công đoàn sẽ tiếp tục phát huy kết quả đã đạt được.",
        "Các đơn vị nghiêm túc thực hiện./.",
        "- Ban Tuyên giáo LĐLĐ tỉnh",
        "Thông tin hữu ích",
        "Hà Nội",
        "Công đoàn Việt Nam",
        "LĐLĐ huyện tổ chức hội nghị tổng kết",
        "Theo tôi được biết việc này đã xong",
        "Quyết định số 12",
        "Nhiệm vụ thời gian tới",
        "Kính gửi: Các đơn vị",
        "Hiệu quả",
    ],
)
def test_what_is_not_a_signature_stays_in_the_body(line: str) -> None:
    assert last_line_byline(["Một đoạn văn.", line]) == (("Một đoạn văn.", line), None)


def test_signature_and_source_are_taken_together_in_either_order() -> None:
    expected = Byline("Thu Trang", source_name="Báo Lao Động")
    for tail in (["Thu Trang", "Theo Báo Lao Động"], ["Nguồn: Báo Lao Động", "Thu Trang"]):
        assert last_line_byline(["Một.", "Hai.", *tail]) == (("Một.", "Hai."), expected)
    assert last_line_byline(["Một.", "Lâm Cường", "Thu Trang"])[0] == ("Một.", "Lâm Cường")


def test_an_only_paragraph_is_no_signature() -> None:
    assert last_line_byline(["Thu Trang"]) == (("Thu Trang",), None)
    assert last_line_byline([]) == ((), None)


def test_a_profile_may_say_that_an_office_follows_the_dash() -> None:
    assert split_byline("Hồng Vân - May Thăng Long", office_after_dash=True) == Byline(
        "Hồng Vân", "May Thăng Long"
    )
    assert split_byline("Hồng Vân - May Thăng Long") == Byline("Hồng Vân - May Thăng Long")
