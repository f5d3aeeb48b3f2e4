from __future__ import annotations

import json
from html import escape
from typing import Any

import pytest
from lxml.html import HtmlElement, document_fromstring, tostring

from pipelines.decode.charset import decode
from pipelines.extract.legacy_html import repair_legacy_html
from pipelines.extract.page_tree import parse_tree
from pipelines.read import read
from tests.legacy_encodings import TYPED, as_tcvn3, windows_1258_bytes

TITLE = "Công đoàn ngành Y tế tổ chức hội thao chào mừng ngày thành lập"
LINES = (
    "Sáng ngày 12/3, Liên đoàn Lao động tỉnh khai mạc hội thao công nhân viên chức lao động năm 2009.",
    "Hơn ba trăm vận động viên của các công đoàn cơ sở dự thi ở bốn môn, có nhiều đơn vị miền núi.",
    "Ban tổ chức đã trao giải nhất toàn đoàn cho công đoàn bệnh viện huyện.",
)
SIGNED = "Hà Vũ"
HEALTHY = "<div id='menu'><a href='/'>Trang chủ</a> <a href='/hn'>Hà Nam</a> <a href='/vb'>Văn bản</a></div>"
FOOT = "<div>Bản quyền © 2010 «Hà Nam» · Honda® 5 µm</div>"


def page(typed: Any, healthy: str = "", encode: Any = escape) -> str:
    """An article as old editors left it: title, body and a picture's text in the old alphabet."""
    title, signed = encode(typed(TITLE)), encode(typed(SIGNED))
    body = "".join(f"<p>{encode(typed(line))}</p>" for line in LINES)
    return (
        f"<html><head><title>{title}</title>"
        f"<meta name='description' content='{encode(typed(LINES[0]))}'></head>"
        f"<body>{healthy}<div class='noidung'><h1>{title}</h1>{body}<p>{signed}</p>"
        f"<img src='/anh/{typed('đoàn')}.jpg' alt='{title}'></div>{FOOT if healthy else ''}</body></html>"
    )


def entities(text: str) -> str:
    """As editors wrote it that knew ASCII alone."""
    return "".join(char if char < "\x80" else f"&#{ord(char)};" for char in escape(text))


def tree_of(markup: str) -> HtmlElement:
    tree: HtmlElement = document_fromstring(markup)
    return tree


@pytest.mark.parametrize("encode", [escape, entities])
@pytest.mark.parametrize("name", TYPED)
def test_a_pasted_article_in_a_healthy_page(name: str, encode: Any) -> None:
    tree = tree_of(page(TYPED[name], HEALTHY, encode))
    assert repair_legacy_html(tree) == (f"{name}:8",)
    wanted = tree_of(page(str, HEALTHY))
    assert tree.text_content() == wanted.text_content()
    assert tree.find(".//img").get("alt") == TITLE
    assert tree.find(".//meta").get("content") == LINES[0]
    assert tree.find(".//img").get("src") == f"/anh/{TYPED[name]('đoàn')}.jpg"


@pytest.mark.parametrize(
    ("content_type", "first"),
    [
        (None, "charset:unknown>cp1252"),
        ("text/html; charset=iso-8859-1", None),
        ("text/html; charset=x-user-defined", "charset:x-user-defined>cp1252"),
        ("text/html; charset=utf-8", "charset:utf-8>cp1252"),
        ("text/html; charset=windows-1258", "charset:cp1258>cp1252"),
    ],
)
@pytest.mark.parametrize("name", ["tcvn3", "vni"])
def test_bytes_of_a_font(name: str, content_type: str | None, first: str | None) -> None:
    decoded = decode(page(TYPED[name]).encode("latin-1"), content_type)
    tree, _ = parse_tree(decoded.text)
    assert decoded.charset == "cp1252"
    assert decoded.repairs == ((first,) if first else ())
    assert repair_legacy_html(tree) == (f"{name}:8",)
    assert tree.text_content() == tree_of(page(str)).text_content()


@pytest.mark.parametrize("content_type", [None, "text/html; charset=iso-8859-1", "text/html; charset=viscii"])
def test_bytes_of_viscii(content_type: str | None) -> None:
    decoded = decode(page(TYPED["viscii"]).encode("latin-1"), content_type)
    assert decoded.text == page(str)
    assert (decoded.charset, repair_legacy_html(parse_tree(decoded.text)[0])) == ("viscii", ())


def test_bytes_of_windows_1258_under_a_false_name() -> None:
    decoded = decode(windows_1258_bytes(page(str)), "text/html; charset=iso-8859-1")
    assert decoded.charset == "cp1258"
    assert decoded.repairs == ("charset:cp1252>cp1258", "nfc")
    assert parse_tree(decoded.text)[0].text_content() == tree_of(page(str)).text_content()


def test_a_font_speaks_for_a_few_words() -> None:
    markup = "<p><font face='.VnTime'>{}</font></p><p>Công đoàn, lao động</p>"
    hinted = tree_of(markup.format("tµi s¶n"))
    assert repair_legacy_html(hinted) == ("tcvn3:1",)
    assert hinted.text_content() == "tài sảnCông đoàn, lao động"
    styled = tree_of("<p style=\"font-family: 'VNI-Times'; color: red\">Coâng ty</p>")
    assert (repair_legacy_html(styled), styled.text_content()) == (("vni:1",), "Công ty")
    unhinted = tree_of("<p>tµi s¶n</p>")
    assert (repair_legacy_html(unhinted), unhinted.text_content()) == ((), "tµi s¶n")


def test_a_font_left_behind_on_healthy_text_changes_nothing() -> None:
    other = "<p style='font-family:VNI-Times'>Hoà, cô, tã</p><p><font face='.VnTime'>5 µm</font></p>"
    tree = tree_of(f"<p><font face='.VnTime'>{TITLE}</font> «né» 5 µm ®</p>{other}")
    before = tostring(tree)
    assert repair_legacy_html(tree) == ()
    assert tostring(tree) == before


def test_cells_of_a_table_and_lines_between_breaks() -> None:
    cells = ("Đơn vị", "Số lượng", "Giáo dục", "Y tế", "Bưu điện", "Tỉnh uỷ", "Khá", "Tốt")
    table = "".join(f"<td>{as_tcvn3(cell)}</td>" for cell in cells)
    tree = tree_of(f"<div>Công đoàn Việt Nam</div><table><tr>{table}</tr></table>")
    repair_legacy_html(tree)
    assert tree.text_content() == "Công đoàn Việt Nam" + "".join(cells)
    lines = "<br>".join(as_tcvn3(line) for line in (*LINES, SIGNED))
    broken = tree_of(f"<div><b>Người viết: </b>{lines}<!-- C«ng ®oµn --></div>")
    assert repair_legacy_html(broken) == ("tcvn3:4",)
    assert broken.text_content() == "Người viết: " + "".join((*LINES, SIGNED))


def test_two_alphabets_on_one_page_and_a_healthy_element_between() -> None:
    healthy = "<div><p>Công an Hà Nam</p><p>Cô Hà và bà Tú</p></div>"
    old, other = (TYPED[name](LINES[0]) for name in ("tcvn3", "vni"))
    tree = tree_of(f"<div><p>{old}</p><p>{old}</p>{healthy}<p>{old}</p><p>{other}</p></div>")
    assert repair_legacy_html(tree) == ("tcvn3:3", "vni:1")
    assert tree.text_content() == LINES[0] * 2 + "Công an Hà NamCô Hà và bà Tú" + LINES[0] * 2


def test_the_capital_fonts_draw_capitals() -> None:
    tree = tree_of(f"<p><font face='.VnTimeH'>{as_tcvn3(TITLE)}</font></p><p>{as_tcvn3(LINES[1])}</p>")
    assert repair_legacy_html(tree) == ("tcvn3:2",)
    assert tree.text_content() == TITLE.upper() + LINES[1]


def test_a_label_of_the_site_in_the_same_line() -> None:
    tree = tree_of(f"<p><b>Tiêu đề bài viết: </b>{as_tcvn3(TITLE)} <i>(Đọc: 12)</i></p>")
    assert repair_legacy_html(tree) == ("tcvn3:1",)
    assert tree.text_content() == f"Tiêu đề bài viết: {TITLE} (Đọc: 12)"


def test_scripts_are_code_but_what_they_tell_machines_is_read() -> None:
    said, code = as_tcvn3(TITLE), "var x = 'C«ng ®oµn c¬ së th¸ng 3';"
    markup = f'<script type=\'application/ld+json\'>{{"headline": "{said}"}}</script><script>{code}</script>'
    tree = tree_of(f"<head>{markup}</head><body><p>{said}</p></body>")
    assert repair_legacy_html(tree) == ("tcvn3:2",)
    assert [e.text for e in tree.iter("script")] == [f'{{"headline": "{TITLE}"}}', code]


LAYOUT = {"title": ["h1"], "body": ["div.noidung"], "author": {"last_line": True}}


@pytest.mark.parametrize("name", TYPED)
def test_reading_a_page_of_old(name: str, page_of: Any, profile_of: Any) -> None:
    result = read(page_of(page(TYPED[name], HEALTHY)), profile_of("bare", layout=[LAYOUT]))
    assert result.article, result.reason
    assert (result.article.title, result.article.author) == (TITLE, SIGNED)
    assert result.article.body.split("\n") == list(LINES)
    assert any(note.startswith(f"{name}:") for note in result.article.repairs)


def test_reading_healthy_pages_notes_nothing(page_of: Any, profile_of: Any) -> None:
    result = read(page_of(page(str, HEALTHY)), profile_of("bare", layout=[LAYOUT]))
    assert result.article
    assert result.article.repairs == ()


@pytest.mark.parametrize("name", TYPED)
def test_reading_an_api_that_kept_the_old_text(name: str, page_of: Any, profile_of: Any) -> None:
    typed = TYPED[name]
    document = {"title": typed(TITLE), "body": "".join(f"<p>{typed(line)}</p>" for line in LINES)}
    layout = [{"json": {"title": "title", "body": "body"}}]
    json_page = page_of(json.dumps(document, ensure_ascii=name == "vni"), content_type="application/json")
    result = read(json_page, profile_of("bare", layout=layout))
    assert result.article, result.reason
    assert (result.article.title, result.article.body.split("\n")) == (TITLE, list(LINES))
    assert result.article.repairs == (f"{name}:5",)
