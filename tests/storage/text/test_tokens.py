from __future__ import annotations

import unicodedata
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.text.tokens import MAX_FORM_CHARS, code_parts, exact_words, find_words, fold, fold_parts, tokens

PLAIN = "aăâbcdđeêghiklmnoôơpqrstuưvxy"
TONED = "àáảãạằắẳẵặầấẩẫậèéẻẽẹềếểễệìíỉĩịòóỏõọồốổỗộờớởỡợùúủũụừứửữựỳýỷỹỵ"
LETTERS = PLAIN + PLAIN.upper() + TONED + TONED.upper()
vietnamese = st.text(alphabet=LETTERS + '0123456789 .,/-–:()"\n', max_size=60)


@pytest.mark.parametrize(
    ("text", "exact", "folded"),
    [
        ("Công đoàn", ["công", "đoàn"], ["cong", "doan"]),
        ("ÐOÀN VIÊN", ["đoàn", "viên"], ["doan", "vien"]),  # eth
        ("hòa bình", ["hoà", "bình"], ["hoa", "binh"]),
        ("thủy, thuỷ", ["thuỷ", "thuỷ"], ["thuy", "thuy"]),
        ("quý qúy", ["quý", "quý"], ["quy", "quy"]),
        ("toán tóan", ["toán", "toán"], ["toan", "toan"]),
        ("công\u200b đo\u200bàn", ["công", "đoàn"], ["cong", "doan"]),
        (
            "Số 589/QĐ-LĐLĐ ngày 12/6/2021",
            ["số", "589/qđ-lđlđ", "ngày", "12/6/2021"],
            ["so", "589/qd-ldld", "ngay", "12/6/2021"],
        ),
        ("Nghị quyết 02-NQ/TW.", ["nghị", "quyết", "02-nq/tw"], ["nghi", "quyet", "02-nq/tw"]),
        ("15.500 suất quà", ["15.500", "suất", "quà"], ["15.500", "suat", "qua"]),
        ("giai đoạn 2023–2028", ["giai", "đoạn", "2023-2028"], ["giai", "doan", "2023-2028"]),
        ("năm 2021.Ngày", ["năm", "2021", "ngày"], ["nam", "2021", "ngay"]),  # a slip, not a code
        ("Nẵng-Hội và/hoặc", ["nẵng", "hội", "và", "hoặc"], ["nang", "hoi", "va", "hoac"]),
        ("LĐTB&XH ma_so", ["lđtb", "xh", "ma", "so"], ["ldtb", "xh", "ma", "so"]),
        ("lúc 8h30, 07:15", ["lúc", "8h30", "07:15"], ["luc", "8h30", "07:15"]),
        ("– … !", [], []),
    ],
)
def test_words_and_codes(text: str, exact: list[str], folded: list[str]) -> None:
    found = tokens(text)
    assert [token.exact for token in found] == exact == exact_words(text)
    assert [token.folded for token in found] == folded


def test_a_code_can_be_taken_apart_where_it_stands() -> None:
    text = "Quyết định 589/QĐ-LĐLĐ"
    code = tokens(text)[-1]
    assert code_parts(code.folded) == fold_parts(code.exact) == ("589", "qd", "ldld")
    found = find_words(text, {"589", "ldld", "dinh"})
    assert {at: text[part.start : part.end] for at, part in found.items()} == {1: "định", 2: "589", 4: "LĐLĐ"}
    assert found[1] == tokens(text)[1]


def test_positions_are_in_the_text_as_it_came() -> None:
    text = unicodedata.normalize("NFD", "Đoàn viên hòa giải")
    cut = [unicodedata.normalize("NFC", text[token.start : token.end]) for token in tokens(text)]
    assert cut == ["Đoàn", "viên", "hòa", "giải"]


def test_all_ways_of_typing_fold_alike(ways_of_typing: Callable[[str], dict[str, str]]) -> None:
    text = "Công đoàn ngành Y tế Khánh Hòa, Thủy lợi Thạnh Hoá trao 1.200 suất quà (số 17/KH-LĐLĐ)"
    folds = {way: [token.folded for token in tokens(typed)] for way, typed in ways_of_typing(text).items()}
    assert len(set(map(tuple, folds.values()))) == 1, folds


def test_a_blob_becomes_a_word_of_bounded_length() -> None:
    blob = tokens("x" * 5000)
    assert [len(token.exact) for token in blob] == [MAX_FORM_CHARS]
    assert blob[0].end == 5000
    long_code = "-".join(["a1"] * 200)
    assert {token.exact for token in tokens(long_code)} == {"a1"}


@given(vietnamese)
def test_composition_makes_no_difference(text: str) -> None:
    composed, spread = unicodedata.normalize("NFC", text), unicodedata.normalize("NFD", text)
    assert [(t.exact, t.folded) for t in tokens(composed)] == [(t.exact, t.folded) for t in tokens(spread)]


@given(vietnamese)
def test_case_makes_no_difference(text: str) -> None:
    assert [t.exact for t in tokens(text.upper())] == [t.exact for t in tokens(text.lower())]


@given(vietnamese)
def test_folding_is_the_same_before_and_after(text: str) -> None:
    for token in tokens(text):
        assert fold(token.exact) == token.folded
        assert fold(token.folded) == token.folded
        assert token.folded.isascii()


@given(st.text(max_size=80))
def test_any_text_gives_words_in_order_within_it(text: str) -> None:
    end = 0
    for token in tokens(text):
        assert end <= token.start < token.end <= len(text)
        end = token.end
        assert token.exact
        assert token.folded
        assert not set(token.exact + token.folded) & set(" \n\t\x00'\"\\*()")
        assert fold_parts(token.exact)


@given(st.text(max_size=80) | vietnamese)
def test_words_without_places_are_the_same_and_have_no_blanks(text: str) -> None:
    words = exact_words(text)
    assert words == [token.exact for token in tokens(text)]
    assert " ".join(words).split() == words
