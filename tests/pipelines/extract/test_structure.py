from __future__ import annotations

from lxml.html import fragment_fromstring

from pipelines.extract.blocks import split_blocks
from pipelines.extract.structure import match_structure
from pipelines.parse.clean import caption_credit
from storage.records import Image, LineKind, Shape

HTML = """
<p>Sáng 5/6, hội nghị khai mạc.</p>
<h3>Kết quả</h3>
<ul><li>Một</li><li>Hai<ol><li>Hai một</li></ol></li></ul>
<table><tr><td>Đoàn viên</td><td>120</td></tr></table>
<blockquote><p>Cảm ơn công đoàn.</p></blockquote>
<p>Hết.</p><p>Lê Hoa</p>
"""


def test_what_each_line_is() -> None:
    blocks = split_blocks(fragment_fromstring(HTML, create_parent="div"))
    lines = [block.text for block in blocks][:-1]  # the byline was taken out
    lines[0] = "hội nghị khai mạc."  # and a prefix
    shapes, _ = match_structure(lines, blocks, ())
    assert shapes == (
        Shape(1, LineKind.HEADING, 2),
        Shape(2, LineKind.ITEM, 1),
        Shape(3, LineKind.ITEM, 1),
        Shape(4, LineKind.NUMBERED, 2),
        Shape(5, LineKind.ROW, 1),
        Shape(6, LineKind.QUOTE, 1),
    )


def test_pictures_stand_where_they_stood_though_lines_above_went() -> None:
    blocks = split_blocks(
        fragment_fromstring("<p>A</p><p>Quảng cáo</p><p>B</p><p>C</p>", create_parent="div")
    )
    images = tuple(Image(f"{at}", line=at) for at in range(5))
    _, placed = match_structure(["A", "B", "C"], blocks, images)
    assert [image.line for image in placed] == [0, 1, 1, 2, 3]


def test_a_line_that_is_not_in_the_outline_has_no_shape() -> None:
    blocks = split_blocks(fragment_fromstring("<h2>A</h2><h2>B</h2>", create_parent="div"))
    shapes, _ = match_structure(["A", "khác", "B"], blocks, ())
    assert [shape.line for shape in shapes] == [0, 2]


def test_the_credit_of_a_caption() -> None:
    assert caption_credit("Quang cảnh hội nghị. Ảnh: Hà Vi") == "Hà Vi"
    assert caption_credit("Quang cảnh (Ảnh: T.Nga)") == "T.Nga"
    assert caption_credit("Lễ trao quà - Nguồn: TTXVN.") == "TTXVN"
    assert caption_credit("Ảnh: LĐLĐ tỉnh cung cấp") == "LĐLĐ tỉnh cung cấp"
    assert caption_credit("Hình ảnh: một buổi lễ. Có 120 đoàn viên dự.") is None
    assert caption_credit("Quang cảnh hội nghị.") is None
