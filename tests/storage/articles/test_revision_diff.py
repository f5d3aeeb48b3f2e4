from __future__ import annotations

import unicodedata
from dataclasses import replace

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from storage.articles.revision_diff import Edit, diff_revisions, diff_texts, has_edits, with_edit_marks
from storage.records import Article, Attachment

OLD = """Sáng 12/6/2021, LĐLĐ tỉnh trao 1.500 suất quà cho công nhân khó khăn.
Ông Nguyễn Văn Hòa phát biểu khai mạc.
Đoạn này rồi sẽ bị bỏ.
Kết thúc hội nghị."""
NEW = """Sáng 12/6/2021, LĐLĐ tỉnh đã trao 1.700 suất quà cho đoàn viên khó khăn.
Ông Nguyễn Văn Hoà phát biểu khai mạc.

Kết thúc hội nghị.
(Theo báo tỉnh)"""


def marked_diff(old: str, new: str) -> list[str]:
    return [with_edit_marks(line) for line in diff_texts(old, new)]


def test_an_edit_is_told_word_by_word_beside_what_stayed() -> None:
    assert marked_diff(OLD, NEW) == [
        "Sáng 12/6/2021, LĐLĐ tỉnh {+đã+} trao [-1.500-] {+1.700+} suất quà cho [-công nhân-] {+đoàn viên+} khó khăn.",  # noqa: E501
        "Ông Nguyễn Văn Hoà phát biểu khai mạc.",
        "[-Đoạn này rồi sẽ bị bỏ.-]",
        "Kết thúc hội nghị.",
        "{+(Theo báo tỉnh)+}",
    ]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("khoẻ mạnh ở Hòa Bình", "khỏe mạnh ở Hoà Bình"),
        ("đoàn viên", unicodedata.normalize("NFD", "đoàn viên")),
        ("công  nhân \n\n lao động", "công nhân\nlao động"),
        ("02-NQ/TW", "02\u2013NQ/TW"),
        ("công\u200b đoàn\u00ad", "công đoàn"),
    ],
)
def test_other_spellings_of_the_same_are_no_difference(old: str, new: str) -> None:
    assert not any(map(has_edits, diff_texts(old, new)))


@pytest.mark.parametrize(
    ("old", "new", "shown_as"),
    [
        ("có 1.500 người", "có 1.600 người", "có [-1.500-] {+1.600+} người"),
        ("Nghị quyết 02-NQ/TW", "Nghị quyết 03-NQ/TW", "Nghị quyết [-02-NQ/TW-]{+03-NQ/TW+}"),
        ("công đoàn cơ sở", "Công đoàn cơ sở", "[-công-] {+Công+} đoàn cơ sở"),
        ("mười ba, mười bốn", "mười ba; mười bốn", "mười ba[-,-] {+;+} mười bốn"),
        ("bà thu hoa", "bà thu hòa", "bà thu [-hoa-]{+hòa+}"),
    ],
)
def test_what_a_reader_sees_is_a_difference(old: str, new: str, shown_as: str) -> None:
    assert marked_diff(old, new) == [shown_as]


def test_a_few_words_between_longer_edits_are_told_with_them() -> None:
    old = "Hội nghị do ông Nguyễn Văn An và bà Trần Thị Bình chủ trì sáng nay"
    new = "Hội nghị do đồng chí Lê Minh và lãnh đạo các ban chủ trì sáng nay"
    (line,) = marked_diff(old, new)
    before, after = "ông Nguyễn Văn An và bà Trần Thị Bình", "đồng chí Lê Minh và lãnh đạo các ban"
    assert line == f"Hội nghị do [-{before}-] {{+{after}+}} chủ trì sáng nay"


def test_only_the_parts_of_an_article_that_changed_are_told() -> None:
    old = Article("huyen", "https://huyen.example/1", "Hội nghị", "Sáng nay.", "Một.\nHai.")
    assert diff_revisions(old, replace(old, author="Thu Hà")) == ()
    file = Attachment("https://huyen.example/kh.pdf", "Kế hoạch 12")
    parts = diff_revisions(old, replace(old, lead=None, attachments=(file,)))
    assert [(part.name, [with_edit_marks(line) for line in part.lines]) for part in parts] == [
        ("lead", ["[-Sáng nay.-]"]),
        ("attachments", ["{+Kế hoạch 12 https://huyen.example/kh.pdf+}"]),
    ]


def test_a_whole_site_rewritten_is_told_without_pairing_every_paragraph() -> None:
    old = "\n".join(f"cũ {n} xưa {n}" for n in range(250))
    new = "\n".join(f"mới {n} nay {n}" for n in range(250))
    lines = diff_texts(old, new)
    assert [line[0].edit for line in lines] == [Edit.REMOVED] * 250 + [Edit.ADDED] * 250


words = st.sampled_from(
    ["công", "đoàn", "hòa", "hoà", "1.500", "1.600", ",", ".", "Hòa", "\u200b", "_", "\n"]
)
texts = st.lists(words, max_size=30).map(" ".join) | st.text(max_size=40)


def lines_of(text: str) -> list[str]:
    lines = (" ".join(line.split()) for line in unicodedata.normalize("NFC", text).split("\n"))
    return [line for line in lines if line]


@given(texts, texts)
@example("a\u200b", "\u200ba")
@example("1.500,\u200b1.500", "1.500,1.500")
def test_both_texts_can_be_had_from_the_segments(old: str, new: str) -> None:
    lines = diff_texts(old, new)

    def without(edit: Edit) -> str:
        kept = ("".join(s.text for s in line if s.edit is not edit) for line in lines)
        return "\n".join(line for line in kept if line)

    assert [line.rstrip() for line in without(Edit.REMOVED).split("\n") if line.strip()] == [
        line for line in lines_of(new) if any(diff_texts("", line))
    ]

    def glued(text: str) -> str:  # where words are cut apart, or run together, is no change of letters
        return "".join(text.split()).replace("\u200b", "")

    assert not any(map(has_edits, diff_texts(glued(old), glued(without(Edit.ADDED)))))
    assert any(map(has_edits, lines)) == any(map(has_edits, diff_texts(new, old)))
