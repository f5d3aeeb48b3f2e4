"""Which units a name may mean, and which units a reader means who asks for one."""

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
MAX_NAME_WORDS = 7  # words of the longest name: Phan Rang - Tháp Chàm has four, Văn Miếu - Quốc Tử Giám five


@cache
def _word(word: str) -> str:
    exact = (exact_words(word) or [""])[0]
    if exact in DAK_SPELLINGS:
        return "đắk"
    short = FINAL_I.match(exact)
    return short[1] + I_TO_Y[short[2]] if short else exact


def plain_name(name: str) -> str:
    """A name in the one spelling names are compared in: `Hoà Bình` and `HÒA BÌNH` are the same."""
    return " ".join(_word(word) for word in WORD.findall(name))


@cache
def _by_name() -> Mapping[str, tuple[Unit, ...]]:
    found: dict[str, list[Unit]] = defaultdict(list)
    for unit in all_units().values():
        for name in {plain_name(each) for each in (unit.name, *unit.aliases)}:
            found[name].append(unit)
    return {name: tuple(units_named) for name, units_named in found.items()}


def units_named(name: str) -> tuple[Unit, ...]:
    """Every unit of that name, of any kind and any time; provinces first."""
    return _by_name().get(plain_name(name), ())


def units_of_kind(found: Iterable[Unit], kind: str) -> tuple[Unit, ...]:
    """Those of the units that a text may mean which puts `kind` before the name.

    A district may be called by the kind it had before or after: only where two of one province share
    the name does the kind decide.
    """
    if kind == "tỉnh":
        return tuple(unit for unit in found if "/" not in unit.key)
    if kind in COMMUNE_KINDS:
        return tuple(unit for unit in found if unit.kind == kind)
    chosen = [
        unit for unit in found if unit.kind in DISTRICT_KINDS and (kind == "thành phố" or "/" in unit.key)
    ]
    alike = {unit.province for unit in chosen if "/" in unit.key and _rural(unit.kind) == _rural(kind)}
    return tuple(unit for unit in chosen if unit.province not in alike or _rural(unit.kind) == _rural(kind))


def _rural(kind: str) -> bool:
    return kind == "huyện"


@cache
def _by_fold() -> Mapping[str, tuple[str, ...]]:
    found: dict[str, list[str]] = defaultdict(list)
    for unit in all_units().values():
        for name in {fold_key(each) for each in (unit.name, unit.full_name, *unit.aliases)}:
            found[name].append(unit.key)
    return {name: tuple(keys) for name, keys in found.items()}


def exact_unit_keys(text: str) -> tuple[str, ...]:
    """Keys of the units of that name alone, typed with or without marks, or as a key."""
    return (text.strip(),) if text.strip() in all_units() else _by_fold().get(fold_key(text), ())


def searched_unit_keys(text: str) -> tuple[str, ...]:
    """Keys a reader means who asks for a place, typed with or without marks, or as a key.

    The units of that name, then those whose land they took over, on and on: `thái nguyên` also means
    `bac_kan`. A province means everything in it, which its key begins: `thai_nguyen/…`. Empty when there
    is no such unit.
    """
    wanted = list(exact_unit_keys(text))
    found: dict[str, None] = {}
    while wanted:
        key = wanted.pop(0)
        if key not in found:
            found[key] = None
            wanted += former_units(key)
    return tuple(found)
