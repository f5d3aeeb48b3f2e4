from __future__ import annotations

import pytest

from pipelines.decode.syllables import is_syllable

SYLLABLES = """
    công đoàn nghiệp khuỷu quỳnh gì giếng giết oẳn ưỡn yểng ngoằn nghiêng xoong quyết thoả thỏa hoà hòa
    ĐOÀN Quyên thuở khuya ỷ ý ở Ðảng kỷ ghế
"""
NONE = """
    cke été über señor façade kông nghàng ngế gẻ cêt hoc bat Hondađ đt QĐ c jà wồ f tổt tòc nàá ă â
"""


@pytest.mark.parametrize("word", SYLLABLES.split())
def test_syllables(word: str) -> None:
    assert is_syllable(word)


@pytest.mark.parametrize("word", NONE.split())
def test_what_is_none(word: str) -> None:
    assert not is_syllable(word)
