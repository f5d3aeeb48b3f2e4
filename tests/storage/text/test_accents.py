"""Marks taken from a whole text at once leave what they leave when words are looked at one by one."""

from __future__ import annotations

import unicodedata

from hypothesis import example, given
from hypothesis import strategies as st

from storage.text.accents import strip_text_accents, strip_word_accents
from storage.text.tokens import MAX_FORM_CHARS, WORD, exact_words, find_words, fold_parts, fold_words

LETTERS = "aăâeêioôơuưyđ" + "áàảãạắằẳẵặấầẩẫậéèẻẽẹếềểễệíìỉĩịóòỏõọốồổỗộớờởỡợúùủũụứừửữựýỳỷỹỵ"
VIETNAMESE = st.text(
    alphabet=LETTERS + LETTERS.upper() + "bcghklmnpqrstvx0123456789 /-.,:_“”…\n", max_size=80
)
ANY = st.one_of(
    VIETNAMESE, st.text(max_size=40), st.lists(st.one_of(VIETNAMESE, st.text(max_size=8))).map(" ".join)
)


def one_by_one(text: str) -> dict[int, tuple[int, int, str]]:
    """Each word's number, place and folded form."""
    plain = text.replace("_", " ")
    words = enumerate(WORD.finditer(plain))
    return {at: (word.start(), word.end(), fold_words(" ".join(exact_words(word[0])))) for at, word in words}


@given(ANY)
@example("Số 589/QĐ-LĐLĐ, ngày 1.5.2022")
@example("naïve Đà Nẵng, Ðại học; Ɖắk Lắk")
@example("İstanbul")  # in small letters it is longer
@example("của■các★cơ→sở")  # signs that are no words
def test_words_sought_are_those_read_one_by_one(text: str) -> None:
    words = one_by_one(text)
    wanted = {fold for _, _, fold in words.values() if len(fold) < MAX_FORM_CHARS}
    for some in (wanted, set(sorted(wanted)[::3])):
        found = {at: (token.start, token.end, token.folded) for at, token in find_words(text, some).items()}
        assert found == {at: word for at, word in words.items() if word[2] in some}


@given(ANY, st.sampled_from(("c", "co", "d", "1", "ng")))
def test_beginnings_sought_are_those_read_one_by_one(text: str, beginning: str) -> None:
    words = {at: word for at, word in one_by_one(text).items() if word[2].startswith(beginning)}
    assert {at: (t.start, t.end, t.folded) for at, t in find_words(text, (), (beginning,)).items()} == words


@given(ANY)
def test_words_of_an_index_lose_their_marks_as_each_does(text: str) -> None:
    exact = exact_words(text)
    assert fold_words(" ".join(exact)) == " ".join(" ".join(fold_parts(word)) for word in exact)


@given(VIETNAMESE)
def test_vietnamese_is_never_left_to_the_slow_way(text: str) -> None:
    level = strip_text_accents(unicodedata.normalize("NFC", text))
    assert level is not None
    assert len(level) == len(text)


def test_words_of_an_index_are_levelled_with_the_codes_in_parts() -> None:
    assert strip_word_accents("số 589/qđ-lđlđ của liên đoàn") == "so 589 qd ldld cua lien doan"


def test_other_letters_and_marks_apart_are_left_to_the_slow_way() -> None:
    assert strip_text_accents("Wrocław") is None
    assert strip_text_accents(unicodedata.normalize("NFD", "công đoàn")) is None
    assert strip_word_accents("wrocław") is None
    assert strip_text_accents("★ Công đoàn ★") == b"  cong doan  "
