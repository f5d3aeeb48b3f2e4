from __future__ import annotations

import unicodedata
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from pipelines.duplicates.fingerprint import FINGERPRINT_VERSION, fingerprint
from storage.records import Article, Image

ONE = Article(
    site="mot",
    url="https://mot.example/1",
    title="Công đoàn chăm lo đoàn viên",
    lead="Nhiều năm qua, công đoàn đã có cách làm hay.",
    body="Đoạn một nói về việc làm.\nĐoạn hai nói về lương.",
)


def test_the_same_words_have_one_digest() -> None:
    first = fingerprint(ONE)
    assert first.version == FINGERPRINT_VERSION
    assert len(first.exact) == 64
    same = [
        replace(ONE, site="hai", url="https://hai.example/9", author="Thu Trang", section=("Tin",)),
        replace(ONE, images=(Image("https://hai.example/a.jpg", "Chú thích"),)),
        replace(ONE, lead=None, body=f"{ONE.lead}\n{ONE.body}"),
        replace(ONE, lead=f"(LĐTĐ) {ONE.lead}"),
        replace(ONE, lead=None, body=f"(LĐTĐ) {ONE.lead}\n{ONE.body}"),
        replace(ONE, title="CÔNG ĐOÀN  chăm lo: đoàn viên!"),
        replace(ONE, body=unicodedata.normalize("NFD", ONE.body.replace(" ", "\u00a0\u200b"))),
        replace(ONE, body=ONE.body.replace("Đ", "\u00d0")),
    ]
    assert {fingerprint(article).exact for article in same} == {first.exact}


def test_other_words_have_another_digest() -> None:
    others = [
        replace(ONE, title="Công đoàn chăm lo người lao động"),
        replace(ONE, lead="Năm nay, công đoàn có cách làm khác."),
        replace(ONE, body=ONE.body.replace("lương", "thưởng")),
        replace(ONE, body=ONE.body.replace("việc làm", "viec lam")),
        replace(ONE, title=f"{ONE.title} Nhiều năm", lead="qua, công đoàn đã có cách làm hay."),
    ]
    digests = {fingerprint(article).exact for article in others} | {fingerprint(ONE).exact}
    assert len(digests) == len(others) + 1


@given(st.text("aăâđêôơư ạảĐ.,-", max_size=60), st.sampled_from(["NFC", "NFD", "NFKD"]))
def test_the_form_of_the_characters_has_no_part_in_it(text: str, form: str) -> None:
    plain = replace(ONE, body=unicodedata.normalize("NFC", text))
    assert fingerprint(replace(plain, body=unicodedata.normalize("NFD", text))) == fingerprint(plain)
    assert fingerprint(replace(plain, body=text.upper())).version == fingerprint(plain).version, form
