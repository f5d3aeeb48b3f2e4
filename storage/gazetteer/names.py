"""Names of administrative units: the units a name may mean in a text, and those a `place:` filter selects."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from functools import cache

from storage.gazetteer.units import Unit, all_units, fold_key, former_units
from storage.text.tokens import exact_words

WORD = re.compile(r"\w+")
# Spellings of one syllable that papers mix: Quí/Quý, Mĩ/Mỹ, and the Đắk of Đắk Lắk.
FINAL_I = re.compile(r"^(qu|[hklmst])([iíìỉĩị])$")
I_TO_Y = dict(zip("iíìỉĩị", "yýỳỷỹỵ", strict=True))
DAK_SPELLINGS = frozenset(("đăk", "đak", "đắc", "đăc"))
DISTRICT_KINDS = frozenset(
    ("huyện", "quận", "thị xã", "thành phố")
)  # a district's kind changes, its name stays
COMMUNE_KINDS = frozenset(("xã", "phường", "đặc khu"))
MAX_NAME_WORDS = 7  # Phan Rang - Tháp Chàm has four, Văn Miếu - Quốc Tử Giám five


@cache
def _plain_syllable(name_word: str) -> str:
    exact_syllable = (exact_words(name_word) or [""])[0]
    if exact_syllable in DAK_SPELLINGS:
        return "đắk"
    final_i_syllable = FINAL_I.match(exact_syllable)
    return final_i_syllable[1] + I_TO_Y[final_i_syllable[2]] if final_i_syllable else exact_syllable


def plain_name(unit_name: str) -> str:
    """Return a name in the one spelling names are compared in: `Hoà Bình` and `HÒA BÌNH` are the same."""
    return " ".join(_plain_syllable(name_word) for name_word in WORD.findall(unit_name))


@cache
def _units_by_plain_name() -> Mapping[str, tuple[Unit, ...]]:
    units_by_name: dict[str, list[Unit]] = defaultdict(list)
    for unit in all_units().values():
        for unit_name in {plain_name(unit_spelling) for unit_spelling in (unit.name, *unit.aliases)}:
            units_by_name[unit_name].append(unit)
    return {unit_name: tuple(named_units) for unit_name, named_units in units_by_name.items()}


def units_named(unit_name: str) -> tuple[Unit, ...]:
    """Return every unit of that name, of any kind and any time; provinces first."""
    return _units_by_plain_name().get(plain_name(unit_name), ())


def units_of_kind(named_units: Iterable[Unit], kind: str) -> tuple[Unit, ...]:
    """Return those of the units that a text may mean which puts `kind` before the name.

    A district may be called by the kind it had before or after: only where two of one province share
    the name does the kind decide.
    """
    if kind == "tỉnh":
        return tuple(unit for unit in named_units if "/" not in unit.key)
    if kind in COMMUNE_KINDS:
        return tuple(unit for unit in named_units if unit.kind == kind)
    named_districts = [
        unit
        for unit in named_units
        if unit.kind in DISTRICT_KINDS and (kind == "thành phố" or "/" in unit.key)
    ]
    provinces_with_kind = {
        unit.province
        for unit in named_districts
        if "/" in unit.key and _is_rural(unit.kind) == _is_rural(kind)
    }
    return tuple(
        unit
        for unit in named_districts
        if unit.province not in provinces_with_kind or _is_rural(unit.kind) == _is_rural(kind)
    )


def _is_rural(kind: str) -> bool:
    return kind == "huyện"


@cache
def _keys_by_folded_name() -> Mapping[str, tuple[str, ...]]:
    units_by_name: dict[str, list[str]] = defaultdict(list)
    for unit in all_units().values():
        for unit_name in {
            fold_key(unit_spelling) for unit_spelling in (unit.name, unit.full_name, *unit.aliases)
        }:
            units_by_name[unit_name].append(unit.key)
    return {unit_name: tuple(keys) for unit_name, keys in units_by_name.items()}


def exact_unit_keys(unit_text: str) -> tuple[str, ...]:
    """Return the keys of the units of that very name, typed with or without accents, or as a key."""
    unit_key = unit_text.strip()
    return (unit_key,) if unit_key in all_units() else _keys_by_folded_name().get(fold_key(unit_text), ())


def searched_unit_keys(unit_text: str) -> tuple[str, ...]:
    """Return the keys that a search for a place selects, typed with or without accents, or as a key.

    The units of that name, then those whose land they took over, on and on: `thái nguyên` also selects
    `bac_kan`. A province selects everything in it, which its key begins: `thai_nguyen/…`. Empty when there
    is no such unit.
    """
    pending_unit_keys = list(exact_unit_keys(unit_text))
    selected_unit_keys: dict[str, None] = {}
    while pending_unit_keys:
        unit_key = pending_unit_keys.pop(0)
        if unit_key not in selected_unit_keys:
            selected_unit_keys[unit_key] = None
            pending_unit_keys += former_units(unit_key)
    return tuple(selected_unit_keys)
