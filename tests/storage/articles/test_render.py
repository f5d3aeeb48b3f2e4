from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml.html import fragment_fromstring
from markdown_it import MarkdownIt

from storage.articles.render import to_html, to_markdown, to_text
from storage.records import Article, Image, LineKind, Shape

ELEMENTS = {"p", "strong", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "li", "table", "tr", "td", "blockquote"}
PICTURES = {"figure", "img", "figcaption"}

ARTICLE = Article(
    site="a",
    url="https://a.example/1",
    title="Hội nghị *tổng kết*",
    lead="Sáng 5/6, LĐLĐ huyện họp.",
    body="\n".join(
        [
            "Mở đầu <script>alert(1)</script>",
            "Kết quả",
            "Kết nạp 120 đoàn viên",
            "Lập 3 công đoàn cơ sở",
            "Chỉ tiêu | Kết quả",
            "Đoàn viên | 120",
            "Chúng tôi cảm ơn công đoàn",
            "# 1 của huyện",
            "1. Không phải danh sách",
        ]
    ),
    images=(
        Image("https://a.example/a (1).jpg", caption="Quang cảnh. Ảnh: Hà Vi", line=1),
        Image("javascript:alert(1)", line=2),
    ),
    shape=(
        Shape(1, LineKind.HEADING, 1),
        Shape(2, LineKind.ITEM, 1),
        Shape(3, LineKind.ITEM, 1),
        Shape(4, LineKind.ROW),
        Shape(5, LineKind.ROW),
        Shape(6, LineKind.QUOTE),
    ),
)


def test_html_of_an_article() -> None:
    assert to_html(ARTICLE).split("\n") == [
        "<p><strong>Sáng 5/6, LĐLĐ huyện họp.</strong></p>",
        "<p>Mở đầu &lt;script&gt;alert(1)&lt;/script&gt;</p>",
        '<figure><img src="https://a.example/a (1).jpg" alt="Quang cảnh. Ảnh: Hà Vi">'
        "<figcaption>Quang cảnh. Ảnh: Hà Vi</figcaption></figure>",
        "<h2>Kết quả</h2>",
        "<ul>",
        "<li>Kết nạp 120 đoàn viên</li>",
        "<li>Lập 3 công đoàn cơ sở</li>",
        "</ul>",
        "<table>",
        "<tr><td>Chỉ tiêu</td><td>Kết quả</td></tr>",
        "<tr><td>Đoàn viên</td><td>120</td></tr>",
        "</table>",
        "<blockquote>",
        "<p>Chúng tôi cảm ơn công đoàn</p>",
        "</blockquote>",
        "<p># 1 của huyện</p>",
        "<p>1. Không phải danh sách</p>",
    ]


def test_markdown_of_an_article_reads_back_as_what_it_was() -> None:
    html = MarkdownIt().enable("table").render(to_markdown(ARTICLE))
    tree = fragment_fromstring(html, create_parent="div")
    assert tree.findtext("h1") == "Hội nghị *tổng kết*"
    assert [item.text for item in tree.findall("ul/li")] == ["Kết nạp 120 đoàn viên", "Lập 3 công đoàn cơ sở"]
    assert tree.findtext("h2") == "Kết quả"
    assert [cell.text for cell in tree.findall(".//tr/*")] == ["Chỉ tiêu", "Kết quả", "Đoàn viên", "120"]
    assert tree.findtext("blockquote/p") == "Chúng tôi cảm ơn công đoàn"
    assert [p.text for p in tree.findall("p")][-2:] == ["# 1 của huyện", "1. Không phải danh sách"]
    assert tree.find(".//img").get("src") == "https://a.example/a%20%281%29.jpg"
    assert "script>" not in html


def test_plain_text() -> None:
    assert to_text(replace(ARTICLE, body="Một\nHai")) == (
        "Hội nghị *tổng kết*\n\nSáng 5/6, LĐLĐ huyện họp.\n\nMột\n\nHai"
    )
    assert to_text(replace(ARTICLE, lead=None, body="")) == "Hội nghị *tổng kết*"


LINE = st.text(st.characters(codec="utf-8", exclude_categories=("C", "Z")), min_size=1, max_size=30)
KINDS = st.lists(st.none() | st.sampled_from(LineKind), min_size=8, max_size=8)


@given(st.lists(LINE, max_size=8), KINDS, st.lists(st.integers(0, 9), max_size=3))
def test_any_text_stays_text(lines: list[str], kinds: list[LineKind | None], places: list[int]) -> None:
    shape = tuple(Shape(at, kind) for at, kind in enumerate(kinds[: len(lines)]) if kind)
    images = tuple(
        Image(f"https://a.example/{at}.jpg", '"><script>', line=line) for at, line in enumerate(places)
    )
    article = replace(ARTICLE, lead=None, title="T", body="\n".join(lines), shape=shape, images=images)
    tree = fragment_fromstring(to_html(article), create_parent="div")
    assert {element.tag for element in tree.iterdescendants()} <= ELEMENTS | PICTURES
    assert len(tree.findall(".//img")) == len(images)
    told = "".join("".join(e.itertext()) for e in tree if e.tag != "figure")
    assert "".join(told.split()) == "".join("".join(lines).split())
    tree = fragment_fromstring(MarkdownIt().enable("table").render(to_markdown(article)), create_parent="div")
    assert len(tree.findall(".//img")) == len(images)
    assert not tree.findall(".//script")


@pytest.mark.parametrize(
    "line", ["- gạch", "+ cộng", "# thăng", "12) số", "=== ba", "~~~ sóng", "> hơn", "a | b"]
)
def test_a_paragraph_that_looks_like_markup_stays_a_paragraph(line: str) -> None:
    article = replace(ARTICLE, lead=None, images=(), shape=(), body=f"{line}\n{line}")
    tree = fragment_fromstring(MarkdownIt().enable("table").render(to_markdown(article)), create_parent="div")
    assert [p.text_content() for p in tree.findall("p")] == [line, line]
