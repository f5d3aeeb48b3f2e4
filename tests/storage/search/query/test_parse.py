from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.search.query.abbreviations import (
    AbbreviationsError,
    default_abbreviations,
    group_abbreviations,
    read_abbreviations,
)
from storage.search.query.parse import QueryError, QueryProblem, parse
from storage.search.query.query_dates import DateRange
from storage.search.query.tree import AllOf, AnyOf, Filter, Near, Phrase, QueryNode

NONE = group_abbreviations([])


def said(node: QueryNode | None) -> str:
    """A tree in one line, to be read in a test."""
    assert node is not None
    match node:
        case Phrase(terms, prefix, field, strict):
            words = " ".join(term.exact for term in terms) + "*" * prefix
            words = f"{field}:{words}" if field else words
            return "=" * strict + (f'"{words}"' if len(terms) > 1 else words)
        case Near(first, second, within):
            return f"({said(first)} ~{within} {said(second)})"
        case Filter(kind, name, prefix):
            return f"{kind}:{name}{'*' if prefix else ''}"
        case AnyOf(nodes):
            return "(" + " | ".join(map(said, nodes)) + ")"
        case AllOf(nodes, without):
            return "(" + " & ".join([*map(said, nodes), *(f"!{said(below)}" for below in without)]) + ")"


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("công", "công"),
        ("bữa cơm ca", "(bữa & cơm & ca)"),
        ('"bữa cơm" ca', '("bữa cơm" & ca)'),
        ("“bữa cơm” «ca ba»", '("bữa cơm" & "ca ba")'),
        ("cơm OR cháo ca", "((cơm | cháo) & ca)"),
        ("cơm OR cháo OR phở", "(cơm | cháo | phở)"),
        ("cơm -cháo NOT phở", "(cơm & !cháo & !phở)"),
        ('cơm -"ca ba"', '(cơm & !"ca ba")'),
        ("hội* nghị", "(hội* & nghị)"),
        ('"hội nghị cán*"', '"hội nghị cán*"'),
        ('"hội nghị cán"*', '"hội nghị cán*"'),
        ("title:cơm ca", "(title:cơm & ca)"),
        ('author:"Lê Hoa" cơm', '("author:lê hoa" & cơm)'),
        ("site:Phu_Tho OR site:bac* cơm", "((site:phu_tho | site:bac*) & cơm)"),
        ("cơm -site:phu_tho", "(cơm & !site:phu_tho)"),
        ("589/QĐ-LĐLĐ", "589/qđ-lđlđ"),
        ("Đà Nẵng - Hội An", "(đà & nẵng & hội & an)"),  # a dash is no exclusion
        ("Nẵng-Hội", "(nẵng & hội)"),
        ("tên lửa -3 độ", "(tên & lửa & 3 & độ)"),  # a number with a sign is no exclusion; NOT 3 is
        ("HOẶC KHÔNG", "(hoặc & không)"),  # titles are often in capitals
        ("cơm cơm", "(cơm & cơm)"),
        ("(cơm & cháo)", "(cơm & cháo)"),
        ("cơm ”", None),
        ("(cơm OR cháo) ca", "((cơm | cháo) & ca)"),
        ("ca (cơm -cháo)", "(ca & (cơm & !cháo))"),
        ("ca -(cơm OR cháo)", "(ca & !(cơm | cháo))"),
        ("((cơm) OR (cháo phở)) ca", "((cơm | (cháo & phở)) & ca)"),
        ("title:(cơm OR cháo) ca", "((title:cơm | title:cháo) & ca)"),
        ("cơm AND cháo", "(cơm & cháo)"),
        ("CĐCS(2022) cơm) ca", "(cđcs & 2022 & cơm & ca)"),  # brackets as prose has them
        ("NEAR(cơm cháo, 5)", "(cơm ~5 cháo)"),
        ('NEAR("bữa cơm" ca)', '("bữa cơm" ~10 ca)'),
        ("title:NEAR(cơm cháo, 2)", "(title:cơm ~2 title:cháo)"),
        ("=cơm ca", "(=cơm & ca)"),
        ('="bữa com"', '="bữa com"'),
        ("title:=cơm", "=title:cơm"),
        ("cơm -=cháo", "(cơm & !=cháo)"),
        ("cơm = cháo", "(cơm & cháo)"),
        ("doc:02-NQ/TW", "doc:02-nq/tw"),
        ("section:“Tin tức”", '"section:tin tức"'),
        ("level:District has:file has:ảnh", "(level:district & has:file & has:image)"),
        ("platform:nukeviet -has:image", "(platform:nukeviet & !has:image)"),
        ("place:bắc kạn cơm", "((place:bac_kan | place:thai_nguyen/phuong_bac_kan) & cơm)"),
        ("place:bac_kan", "place:bac_kan"),
        ("cơm -place:“ba bể”", "(cơm & !(place:bac_kan/ba_be | place:thai_nguyen/xa_ba_be))"),
    ],
)
def test_the_language(text: str, tree: str | None) -> None:
    if tree is None:
        with pytest.raises(QueryError):
            parse(text, NONE)
    else:
        assert said(parse(text, NONE).root) == tree


@pytest.mark.parametrize(
    ("text", "problem", "position"),
    [
        ("", QueryProblem.EMPTY, 0),
        ("… – !", QueryProblem.EMPTY, 0),
        ('cơm "ca ba', QueryProblem.UNCLOSED, 4),
        ('cơm "…"', QueryProblem.EMPTY_PHRASE, 4),
        ("OR cơm", QueryProblem.OR_ALONE, 0),
        ("cơm OR", QueryProblem.OR_ALONE, 4),
        ("cơm OR OR ca", QueryProblem.OR_ALONE, 4),
        ("cơm OR -ca", QueryProblem.NOT_IN_OR, 7),
        ("cơm -ca OR phở", QueryProblem.NOT_IN_OR, 4),
        ("cơm NOT", QueryProblem.NOT_ALONE, 4),
        ("-cơm", QueryProblem.ONLY_NOT, 0),
        ("cơm title: ca", QueryProblem.FIELD_ALONE, 4),
        ("cơm title:", QueryProblem.FIELD_ALONE, 4),
        ("ăn cơ*", QueryProblem.SHORT_PREFIX, 3),
        ("cơm*ca", QueryProblem.STAR_INSIDE, 3),
        ('"cơm* ca"', QueryProblem.STAR_INSIDE, 4),
        ("cơm " * 100, QueryProblem.TOO_LONG, 400),
        ("c" * 3000, QueryProblem.TOO_LONG, 2000),
        ("site:a " * 70, QueryProblem.TOO_LONG, 490),
        ("cơm (cháo", QueryProblem.UNCLOSED, 4),
        ("cơm (-cháo)", QueryProblem.ONLY_NOT, 4),
        ("cơm (2021..2022 cháo)", QueryProblem.NO_DAYS, 4),
        ("((((((((cơm))))))))", QueryProblem.TOO_LONG, 6),
        ("ca NEAR(cơm cháo", QueryProblem.UNCLOSED, 7),
        ("ca NEAR(cơm)", QueryProblem.NEAR_TWO, 3),
        ('NEAR("công đoàn" "đoàn viên")', QueryProblem.NEAR_TWO, 0),
        ("NEAR(một hai ba, 4)", QueryProblem.NEAR_TWO, 0),
        ("NEAR(một hai, 400)", QueryProblem.NEAR_TWO, 0),
        ("cơm place:atlantis", QueryProblem.NO_PLACE, 10),
        ("has:sách", QueryProblem.NO_SUCH, 4),
        ("(cơm OR)", QueryProblem.OR_ALONE, 5),
    ],
)
def test_mistakes_are_pointed_at(text: str, problem: QueryProblem, position: int) -> None:
    with pytest.raises(QueryError) as caught:
        parse(text, NONE)
    assert (caught.value.problem, caught.value.position) == (problem, position)
    assert f"at character {position + 1}" in str(caught.value)


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("LĐLĐ", '(lđlđ | "liên đoàn lao động")'),
        ("ldld", '(ldld | "liên đoàn lao động")'),
        ("liên đoàn lao động", "((liên & đoàn & lao & động) | lđlđ)"),
        ("lien doan lao dong tỉnh", "(((lien & doan & lao & dong) | lđlđ) & tỉnh)"),
        ("công đoàn cơ sở", "((công & đoàn & cơ & sở) | cđcs)"),
        ("đoàn viên công đoàn cơ sở", "(((đoàn & viên & công & đoàn) | đvcđ) & cơ & sở)"),
        ('"CĐCS vững mạnh"', '("cđcs vững mạnh" | "công đoàn cơ sở vững mạnh")'),
        ('"ldld tinh"', '("ldld tinh" | "liên đoàn lao động tinh")'),
        ("liên đoàn", "(liên & đoàn)"),
        ("lạo đồng", "(lạo & đồng)"),
        ("589/QĐ-LĐLĐ", "589/qđ-lđlđ"),
        ("cơm -NLĐ", '(cơm & !(nlđ | "người lao động"))'),
        ("title:CĐCS", '(title:cđcs | "title:công đoàn cơ sở")'),
        ("TP.HCM", '((tp & hcm) | "thành phố hồ chí minh")'),
    ],
)
def test_abbreviations_stand_for_their_long_forms_and_back(text: str, tree: str) -> None:
    assert said(parse(text).root) == tree


def test_the_longest_form_wins() -> None:
    tree = said(parse("Tổng Liên đoàn Lao động").root)
    assert "tlđ" in tree
    assert "| lđlđ" not in tree


def test_a_form_typed_with_other_accents_is_another_word() -> None:
    assert said(parse("liền đoàn lao động").root) == "(liền & đoàn & lao & động)"


def test_long_forms_of_what_was_typed_without_accents_ask_for_none() -> None:
    root = parse("ldld").root
    assert isinstance(root, AnyOf)
    assert not any(phrase.accented for phrase in root.nodes if isinstance(phrase, Phrase))


def test_every_form_of_the_house_list_finds_its_group() -> None:
    known = default_abbreviations()
    for group in known.form_groups:
        for form in group:
            match = known.match(form, 0)
            assert match, form
            assert match.length == len(form)


@pytest.mark.parametrize(
    ("written", "words"),
    [
        ("[[same", "cannot be read as TOML"),
        ("x = 1", "no [[same]] groups"),
        ("[[same]]\nforms = ['a b', 'ab']\n[[same]]\nforms = ['a']", "group 2"),
        ("[[same]]\nforms = ['ab', '12/a']", "group 1"),
        ("[[same]]\nforms = ['ab', '…']", "group 1"),
    ],
)
def test_a_bad_list_is_named_with_its_group(tmp_path: Path, written: str, words: str) -> None:
    path = tmp_path / "own.toml"
    path.write_text(written, encoding="utf-8")
    with pytest.raises(AbbreviationsError, match=r"own\.toml") as caught:
        read_abbreviations(path)
    assert words in str(caught.value)


def test_an_own_list_replaces_the_house_list(tmp_path: Path) -> None:
    path = tmp_path / "own.toml"
    path.write_text('[[same]]\nforms = ["QTDND", "quỹ tín dụng"]\n', encoding="utf-8")
    assert said(parse("qtdnd LĐLĐ", read_abbreviations(path)).root) == '((qtdnd | "quỹ tín dụng") & lđlđ)'


@given(st.text(alphabet='aăđ "“”«»-*:ORNT.site/1\n', max_size=40))
def test_anything_typed_is_understood_or_pointed_at(text: str) -> None:
    try:
        assert parse(text).root
    except QueryError as error:
        assert 0 <= error.position <= len(text)
        assert error.message


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("công đoàn 2021..2023-06", DateRange(date(2021, 1, 1), date(2023, 6, 30))),
        ("2021..", DateRange(date(2021, 1, 1))),
        ("..2020-02 công đoàn", DateRange(last=date(2020, 2, 29))),
        ("date:2022", DateRange(date(2022, 1, 1), date(2022, 12, 31))),
        ("date:2022-03-05 quà", DateRange(date(2022, 3, 5), date(2022, 3, 5))),
        ("undated", DateRange(undated=True)),
        ("date:undated hội nghị", DateRange(undated=True)),
        ("2020.. ..2021", DateRange(date(2020, 1, 1), date(2021, 12, 31))),
        ("năm 2021", None),  # a number is a word
    ],
)
def test_days(text: str, days: DateRange | None) -> None:
    found = parse(text)
    assert found.date_range == days
    words = [word for word in text.split() if ".." not in word and "date" not in word]
    assert (found.root is None) == (not words)


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("date:hôm nay", 5),
        ("công đoàn date:2021-13", 15),
        ("2023..2021", 0),
        ("-2021..2022 quà", 0),
        ("quà OR 2021..2022", 4),
        ("2020 2019..2020 2021..2022", 0),
    ],
)
def test_days_that_cannot_be_told(text: str, at: int) -> None:
    with pytest.raises(QueryError) as caught:
        parse(text)
    assert (caught.value.problem, caught.value.position) == (QueryProblem.NO_DAYS, at)
