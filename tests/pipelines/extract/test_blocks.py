from __future__ import annotations

from lxml.html import fragment_fromstring

from pipelines.extract.blocks import split_blocks


def texts(html: str) -> list[str]:
    return [
        block.text
        for block in split_blocks(fragment_fromstring(html, create_parent="div"))
        if block.kind == "text"
    ]


def test_lines_are_cut_where_a_reader_sees_them_cut() -> None:
    assert texts("một <b>hai</b>,<br>ba<p>bốn</p>năm<ul><li>sáu<li>bảy <i>tám</i></ul>") == [
        "một hai,", "ba", "bốn", "năm", "sáu", "bảy tám",
    ]  # fmt: skip


def test_a_table_of_figures_keeps_its_rows_and_one_of_layout_its_cells() -> None:
    assert texts("<table><tr><th>Đơn vị</th><th>Số</th></tr><tr><td>A</td><td>7</td></tr></table>") == [
        "Đơn vị | Số", "A | 7",
    ]  # fmt: skip
    assert texts("<table><tr><td><img src=a.jpg></td><td>bên phải</td></tr></table>") == ["bên phải"]


def test_what_nobody_sees_is_not_read() -> None:
    hidden = (
        "<p style='display: none'>ẩn</p><script>x</script><span hidden>ẩn</span><!-- ẩn --><select><option>a"
    )
    assert texts(f"{hidden}</select><p>hiện</p>") == ["hiện"]


def test_links_asides_and_frames_are_marked() -> None:
    root = fragment_fromstring(
        "<div><p><a href=/>cả dòng</a></p><p>nửa <a href=/>dòng</a></p>"
        "<div class='post-related'><p>tin</p></div><div class='relative'><p>bài</p></div>"
        "<figure><img src=a.jpg alt=A><figcaption>chú thích</figcaption></figure></div>"
    )
    blocks = split_blocks(root)
    assert [(b.kind, b.text) for b in blocks] == [
        ("text", "cả dòng"), ("text", "nửa dòng"), ("text", "tin"), ("text", "bài"),
        ("image", "a.jpg"), ("caption", "chú thích"),
    ]  # fmt: skip
    assert [round(b.link_share, 1) for b in blocks[:2]] == [1.0, 0.5]
    assert [b.aside for b in blocks[2:4]] == [True, False]
    assert blocks[4].frame == blocks[5].frame > 0


def test_marks_stand_for_their_elements() -> None:
    root = fragment_fromstring(
        "<div><p>trước</p><h1>tên</h1><p>giữa</p><div id=b><p>thân</p></div><p>sau</p></div>"
    )
    blocks = split_blocks(root, marks=[(root[1], "title"), (root[3], "body")])
    assert [b.text for b in blocks] == ["trước", "title", "giữa", "body", "sau"]


def test_icons_and_inline_data_are_no_pictures() -> None:
    root = fragment_fromstring(
        "<div><img src=i.gif width=16><img src='data:x'><img data-src=/b.jpg src=/blank.gif></div>"
    )
    assert [block.text for block in split_blocks(root)] == ["/b.jpg"]
