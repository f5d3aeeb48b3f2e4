"""The units, what became of them, and whom a name means."""

from __future__ import annotations

import re
from collections import Counter
from datetime import date as Day
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spiders.profile.provinces import provinces
from storage.gazetteer.names import plain_name, searched_unit_keys, units_named, units_of_kind
from storage.gazetteer.units import (
    LAST_DISTRICT_DAY,
    REFORM,
    all_units,
    former_units,
    get_unit,
    read_table,
    unit_key_on,
)

BEFORE, AFTER = Day(2023, 5, 5), Day(2025, 7, 1)


def test_there_are_as_many_units_as_the_law_counts() -> None:
    every = all_units().values()
    provinces = [each for each in every if "/" not in each.key]
    assert len(provinces) == 63
    assert sum(each.existed_on(REFORM) for each in provinces) == 34
    districts = [each for each in every if each.until == LAST_DISTRICT_DAY and "/" in each.key]
    assert Counter(each.kind for each in districts) == {
        "huyện": 508,
        "thành phố": 87,
        "thị xã": 52,
        "quận": 49,
    }
    communes = [each for each in every if each.since == REFORM]
    assert Counter(each.kind for each in communes) == {"xã": 2621, "phường": 687, "đặc khu": 13}


def test_profiles_and_archive_speak_of_the_same_provinces() -> None:
    kept = {
        each.key: (each.name, unit_key_on(each.key, REFORM))
        for each in all_units().values()
        if "/" not in each.key
    }
    assert kept == {key: (place.name, place.current_key) for key, place in provinces().items()}


def test_every_unit_that_ended_names_heirs_and_every_heir_is_a_unit() -> None:
    for each in all_units().values():
        assert bool(each.into) == (each.until is not None), each
        assert all(heir in all_units() for heir in each.into), each
        assert re.fullmatch(r"[a-z_]+(?:/[a-z_0-9]+)?", each.key), each
        assert each.province in all_units()


def test_a_district_s_heirs_lie_in_the_province_its_own_became() -> None:
    for each in all_units().values():
        if each.until == LAST_DISTRICT_DAY and "/" in each.key:
            assert {get_unit(heir).province for heir in each.into} == {unit_key_on(each.province, REFORM)}, (
                each
            )


@pytest.mark.parametrize(
    ("key", "day", "then"),
    [
        ("bac_kan", BEFORE, "bac_kan"),
        ("bac_kan", LAST_DISTRICT_DAY, "bac_kan"),
        ("bac_kan", AFTER, "thai_nguyen"),
        ("thai_nguyen", AFTER, "thai_nguyen"),
        ("bac_kan/ba_be", BEFORE, "bac_kan/ba_be"),
        ("bac_kan/ba_be", AFTER, "thai_nguyen"),
        ("quang_ngai/ly_son", AFTER, "quang_ngai/dac_khu_ly_son"),
        ("ho_chi_minh/quan_2", BEFORE, "ho_chi_minh/thu_duc"),
        ("ho_chi_minh/quan_2", Day(2020, 12, 31), "ho_chi_minh/quan_2"),
        ("ho_chi_minh/quan_2", AFTER, "ho_chi_minh"),
        ("ha_noi/tu_liem", BEFORE, "ha_noi"),
        ("hue/hue", Day(2025, 1, 1), "hue"),
        ("ba_ria_vung_tau/dat_do", Day(2025, 2, 1), "ba_ria_vung_tau/long_dat"),
        ("ba_ria_vung_tau/dat_do", AFTER, "ho_chi_minh"),
        ("thai_nguyen/xa_ba_be", AFTER, "thai_nguyen/xa_ba_be"),
    ],
)
def test_what_a_unit_was_on_a_day(key: str, day: Day, then: str) -> None:
    assert unit_key_on(key, day) == then


@settings(deadline=None)  # the first one reads the tables
@given(st.sampled_from(sorted(all_units())), st.dates(Day(1990, 1, 1), Day(2060, 1, 1)))
def test_now_stands_or_is_yet_to_come_and_stays(key: str, day: Day) -> None:
    then = get_unit(unit_key_on(key, day))
    assert then.until is None or day <= then.until
    assert unit_key_on(then.key, day) == then.key


def test_who_came_before() -> None:
    assert former_units("thai_nguyen") == ("bac_kan",)
    assert former_units("ho_chi_minh") == ("ba_ria_vung_tau", "binh_duong")
    assert former_units("thai_nguyen/xa_ba_be") == ("bac_kan/ba_be",)
    assert former_units("cao_bang") == ()


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Hoà Bình", "HÒA BÌNH"),
        ("Đắk Lắk", "Đăk Lắk"),
        ("Phú Quí", "Phú Quý"),
        ("Mỹ Tho", "Mĩ Tho"),
        ("Bà Rịa - Vũng Tàu", "Bà Rịa–Vũng Tàu"),
        ("Bắc Kạn", "Bắc Kạn"),
        ("Ia H'Drai", "Ia H’Drai"),
        ("Đà Nẵng", "Ðà Nẵng"),
    ],
)
def test_spellings_of_one_name(one: str, other: str) -> None:
    assert plain_name(one) == plain_name(other)


def test_a_kind_picks_among_units_of_one_name() -> None:
    keys = {
        kind: [each.key for each in units_of_kind(units_named("Cao Lãnh"), kind)]
        for kind in ("huyện", "thị xã")
    }
    assert keys == {"huyện": ["dong_thap/cao_lanh"], "thị xã": ["dong_thap/thanh_pho_cao_lanh"]}
    assert [each.key for each in units_of_kind(units_named("Việt Yên"), "huyện")] == ["bac_giang/viet_yen"]
    assert [each.key for each in units_of_kind(units_named("Ba Bể"), "xã")] == ["thai_nguyen/xa_ba_be"]
    assert [each.key for each in units_of_kind(units_named("Bắc Ninh"), "tỉnh")] == ["bac_ninh"]
    assert len(units_of_kind(units_named("Châu Thành"), "huyện")) == 10


@pytest.mark.parametrize(
    ("asked", "keys"),
    [
        ("thái nguyên", ("thai_nguyen", "thai_nguyen/thai_nguyen", "bac_kan")),
        ("thai nguyen", ("thai_nguyen", "thai_nguyen/thai_nguyen", "bac_kan")),
        ("tỉnh Thái Nguyên", ("thai_nguyen", "bac_kan")),
        ("thai_nguyen", ("thai_nguyen", "bac_kan")),
        ("huyện Ba Bể", ("bac_kan/ba_be",)),
        ("xã Ba Bể", ("thai_nguyen/xa_ba_be", "bac_kan/ba_be")),
        ("thủ đức", ("ho_chi_minh/thu_duc", "ho_chi_minh/phuong_thu_duc")),
        ("không đâu", ()),
        ("", ()),
    ],
)
def test_whom_a_reader_means(asked: str, keys: tuple[str, ...]) -> None:
    assert searched_unit_keys(asked)[: len(keys)] == keys


@settings(deadline=None)  # the first one reads the tables
@given(st.text(max_size=40))
def test_any_text_may_be_asked(text: str) -> None:
    assert all(key in all_units() for key in searched_unit_keys(text))
    assert all(each.key in all_units() for each in units_named(text))


def test_a_broken_table_names_its_line(tmp_path: Path) -> None:
    path = tmp_path / "units.tsv"
    path.write_text("key\tkind\tname\tinto\na\ttỉnh\tA\t\nb\ttỉnh\n", encoding="utf-8")
    with pytest.raises(ValueError, match=r"units\.tsv:3: 2 cells, 4 columns"):
        list(read_table(path))
