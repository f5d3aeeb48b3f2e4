from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.parse.clean import clean_paragraphs, is_caption, is_related_heading, split_press_prefix, tidy

WASTE = [
    "Bản in",
    "Bản để in",
    "img_20221231_105354.jpg",
    "web_photo_editor.jpg",
    "• /upload/images/slide/bk5.jpg",
    "/upload/images/nam-2022/thang-12.2022/3.-le-ket-nap.-anh.jpg",
    "",
    " \u00a0 ",
    "• :",
    "Chia sẻ bài viết",
    "In bài viết",
    "Bình luận (0)",
    "Lượt xem: 1.204",
]
TEXT = [
    "Ảnh chụp được lưu ở tệp anh.jpg, xem thêm bên dưới. Tệp thứ hai là b.jpg",
    "- Tiếp tục đổi mới nội dung.",
    "2.720 triệu đồng",
    "Chia sẻ với đoàn viên khó khăn là việc nên làm.",
    "Phát huy vai trò nòng cốt",
    "Bản in đầu tiên của tờ báo ra ngày 14/8/1929.",
]


def test_waste_goes_and_text_stays() -> None:
    assert clean_paragraphs([*WASTE, *TEXT]) == tuple(TEXT)


@pytest.mark.parametrize(
    ("text", "prefix", "rest"),
    [
        ("(LĐTĐ) Mới đây, công đoàn", "LĐTĐ", "Mới đây, công đoàn"),
        ("(NLĐ)- Sáng nay", "NLĐ", "Sáng nay"),
        ("(Dân trí) - Sáng nay", "Dân trí", "Sáng nay"),
        ("(Congdoan.vn) - Sáng nay", "Congdoan.vn", "Sáng nay"),
        ("(Báo Quảng Nam) Sáng nay", "Báo Quảng Nam", "Sáng nay"),
        ("TTO - Sáng nay", "TTO", "Sáng nay"),
        ("ND- Sáng nay", "ND", "Sáng nay"),
        ("HĐND - UBND tỉnh họp", None, "HĐND - UBND tỉnh họp"),
        ("(LĐTĐ)", None, "(LĐTĐ)"),
        ("(ngày 5/3) Sáng nay", None, "(ngày 5/3) Sáng nay"),
        ("Công đoàn (CĐCS) họp", None, "Công đoàn (CĐCS) họp"),
    ],
)
def test_a_press_prefix_is_split_off(text: str, prefix: str | None, rest: str) -> None:
    assert split_press_prefix(text) == (prefix, rest)


def test_lines_that_say_what_they_are() -> None:
    assert is_caption("Ảnh. Lễ kết nạp đoàn viên")
    assert is_caption("(Ảnh: Minh Vũ)")
    assert not is_caption("Ảnh hưởng của dịch bệnh rất lớn")
    assert is_related_heading("Tin khác")
    assert is_related_heading("Các tin liên quan:")
    assert is_related_heading("Có thể bạn quan tâm")
    assert not is_related_heading("Tin vào tương lai")


@given(st.text(max_size=80))
def test_tidying_twice_changes_nothing(text: str) -> None:
    once = tidy(text)
    assert tidy(once) == once
    assert unicodedata.is_normalized("NFC", once)
    assert "\u200b" not in once
    assert "  " not in once
