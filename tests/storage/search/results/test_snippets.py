from __future__ import annotations

import unicodedata
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.search.query.parse import parse
from storage.search.query.tree import SearchField
from storage.search.results.snippets import highlight, snippet

BODY = (
    "Sáng nay, công nhân ca ba nhận bữa cơm ca đầu tiên ở nhà ăn mới. "
    + "Không khí rất vui. " * 30
    + "Chủ tịch Công đoàn cơ sở, bà Lê Hoa, cho biết thỏa ước lao động tập thể đã ghi mức ăn ca 25.000 đồng. "
    + "Mọi người ra về lúc chiều muộn. " * 30
)


def shown(text: str, query: str) -> list[str]:
    return [text[start:end] for start, end in highlight(text, parse(query))]


@pytest.mark.parametrize(
    ("text", "query", "words"),
    [
        ("Công đoàn cộng đoán", "công đoàn", ["Công", "đoàn"]),  # as typed, where the text has it
        ("Công đoàn cộng đoán", "cong doan", ["Công", "đoàn", "cộng", "đoán"]),
        ("cộng tác", "công", ["cộng"]),  # only otherwise accented: better than nothing
        ("Khánh Hoà", "khánh hòa", ["Khánh", "Hoà"]),
        ("bữa cơm ca, cơm", '"bữa cơm ca"', ["bữa cơm ca"]),
        ("cơm bữa ca", '"bữa cơm"', []),
        ("theo 589/QĐ-LĐLĐ ngày", "589/qđ-lđlđ", ["589/QĐ-LĐLĐ"]),
        ("theo 589/QĐ-LĐLĐ ngày", "LĐLĐ", ["LĐLĐ"]),
        ("Liên đoàn Lao động họp", "ldld", ["Liên đoàn Lao động"]),
        ("doanh nghiệp, doanh nhân", "doanh ngh*", ["doanh", "nghiệp", "doanh"]),
        ("cơm và cháo", "cơm -cháo", ["cơm"]),
        ("cơm và cháo", "cháo OR phở cơm", ["cơm", "cháo"]),
        ("nhà nhà nhà", '"nhà nhà"', ["nhà nhà nhà"]),  # overlaps become one
        ("Lê Hoa", "site:x", []),
    ],
)
def test_what_is_highlighted(text: str, query: str, words: list[str]) -> None:
    assert shown(text, query) == words


def test_words_of_another_field_are_not_shown() -> None:
    query = parse("title:cơm author:hoa ca")
    assert highlight("cơm hoa ca", query) == ((8, 10),)
    assert highlight("cơm hoa ca", query, SearchField.TITLE) == ((0, 3), (8, 10))
    assert highlight("cơm hoa ca", query, SearchField.AUTHOR) == ((4, 7), (8, 10))


def test_all_ways_of_typing_highlight_the_same(ways_of_typing: Callable[[str], dict[str, str]]) -> None:
    for text in (BODY, unicodedata.normalize("NFD", BODY)):
        answers = {way: shown(text, q) for way, q in ways_of_typing('"thỏa ước" tập thể').items()}
        joined = {way: unicodedata.normalize("NFC", "|".join(words)) for way, words in answers.items()}
        assert set(joined.values()) == {"thỏa ước|tập|thể"}, joined


def test_the_window_shows_most_of_what_was_asked_for() -> None:
    cut = snippet(BODY, parse("công đoàn cơ sở thỏa ước ca"), 200)
    assert "Công đoàn cơ sở" in cut.text
    assert "thỏa ước" in cut.text
    assert len(cut.text) <= 200
    assert not cut.is_complete
    assert BODY[cut.start : cut.start + len(cut.text)] == cut.text
    assert BODY[cut.start - 1] == " "
    assert [cut.text[a:b] for a, b in cut.spans][:2] == ["Công", "đoàn"]


def test_a_short_text_is_shown_whole_and_a_text_without_the_words_from_its_beginning() -> None:
    short = snippet("Bữa cơm ca", parse("cơm"))
    assert (short.text, short.spans, short.start, short.is_complete) == ("Bữa cơm ca", ((4, 7),), 0, True)
    without = snippet(BODY, parse("quà"), 60)
    assert BODY.startswith(without.text)
    assert (without.spans, without.is_complete) == ((), False)


@given(
    st.lists(
        st.sampled_from(["công", "đoàn", "cơm", "589/QĐ", "\n", "x" * 90, "hòa,", "\u0301"]), max_size=60
    ),
    st.sampled_from(["công đoàn", '"cong doan"', "hoà", "589/qđ", "xxx*", "cơm OR qđ"]),
    st.integers(10, 120),
    st.sampled_from(["NFC", "NFD"]),
)
def test_any_window_is_verbatim_and_its_spans_lie_in_it(
    words: list[str], query: str, width: int, form: str
) -> None:
    text = unicodedata.normalize("NFD" if form == "NFD" else "NFC", " ".join(words))
    cut = snippet(text, parse(query), width)
    assert len(cut.text) <= width
    assert text[cut.start : cut.start + len(cut.text)] == cut.text
    end = 0
    for first, last in cut.spans:
        assert end <= first < last <= len(cut.text)
        end = last
    if highlight(text, parse(query)) and width >= 100:
        assert cut.spans
