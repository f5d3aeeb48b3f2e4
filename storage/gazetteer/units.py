"""Unit: a province, district or commune with its days, and what became of it; read from the tables beside."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date as Day
from datetime import timedelta
from functools import cache
from pathlib import Path

from storage.text.tokens import exact_words
from storage.text.tokens import fold as without_marks

FOLDER = Path(__file__).parent
PROVINCES = FOLDER / "provinces.tsv"  # 63 of 2025-06-30, 34 of which go on; written by hand
EARLIER = FOLDER / "earlier.tsv"  # districts that ended before the reform; written by hand
DISTRICTS = FOLDER / "districts.tsv"  # 696 of 2025-06-30; made by docs/make_places.py
COMMUNES = FOLDER / "communes.tsv"  # 3,321 since 2025-07-01; made by docs/make_places.py
REFORM = Day(2025, 7, 1)  # the first day of the 34; the district level ended the day before
LAST_DISTRICT_DAY = REFORM - timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Unit:
    """One unit; its key never changes and is never used again: `bac_kan`, `bac_kan/ba_be`."""

    key: str
    kind: str  # tỉnh, thành phố, thị xã, quận, huyện, xã, phường, đặc khu; the last it had
    name: str  # without the kind: `Ba Bể`, `1`
    into: tuple[str, ...] = ()  # keys of the units that hold its land since it ended
    since: Day | None = None  # none = before anything we keep
    until: Day | None = None  # last day; none = it stands
    aliases: tuple[str, ...] = ()  # other spellings of the name

    @property
    def province(self) -> str:
        """Key of the province it lies in; a province's own."""
        return self.key.partition("/")[0]

    @property
    def full_name(self) -> str:
        """As the law writes it: `tỉnh Bắc Kạn`, `huyện Ba Bể`."""
        return f"{self.kind} {self.name}"

    def stands(self, day: Day) -> bool:
        """Whether there was such a unit on a day."""
        return (self.since is None or self.since <= day) and (self.until is None or day <= self.until)


def fold_key(name: str) -> str:
    """A name as part of a key: `Ba Bể` → `ba_be`."""
    return "_".join(without_marks(word) for word in exact_words(name))


def read_table(path: Path, since: Day | None = None, until: Day | None = None) -> Iterator[Unit]:
    """The units of one table; `since` and `until` hold where the row tells none.

    Raises ValueError naming the file and the line.
    """
    head, *lines = path.read_text(encoding="utf-8").splitlines()
    columns = head.split("\t")
    for number, line in enumerate(lines, 2):
        cells = line.split("\t")
        if len(cells) != len(columns):
            raise ValueError(f"{path}:{number}: {len(cells)} cells, {len(columns)} columns; mend the line")
        told = dict(zip(columns, cells, strict=True))
        last = told.get("until")
        yield Unit(
            told["key"],
            told["kind"],
            told["name"],
            tuple(told["into"].split(",")) if told["into"] else (),
            since,
            Day.fromisoformat(last) if last else until,
            tuple(filter(None, told.get("aliases", "").split(";"))),
        )


@cache
def all_units() -> Mapping[str, Unit]:
    """Every unit by key: provinces, districts, districts of earlier days, communes."""
    rows = (
        *read_table(PROVINCES),
        *read_table(DISTRICTS, until=LAST_DISTRICT_DAY),
        *read_table(EARLIER),
        *read_table(COMMUNES, since=REFORM),
    )
    return {unit.key: unit for unit in rows}


def get_unit(key: str) -> Unit:
    """The unit of a key. Raises KeyError for one that is none."""
    return all_units()[key]


def unit_key_on(key: str, day: Day) -> str:
    """What the unit was on a day, or the smallest one unit that held all its land by then.

    `bac_kan` is `thai_nguyen` since 2025-07-01; so is `bac_kan/ba_be`, whose land is eight communes now.
    Raises KeyError for a key that is none.
    """
    found = get_unit(key)
    while found.until is not None and day > found.until:
        found = get_unit(_holder(found))
    return found.key


def _holder(ended: Unit) -> str:
    return ended.into[0] if len(ended.into) == 1 else get_unit(ended.into[0]).province


@cache
def _formers() -> Mapping[str, tuple[str, ...]]:
    found: dict[str, list[str]] = defaultdict(list)
    for each in all_units().values():
        for heir in each.into:
            found[heir].append(each.key)
    return {key: tuple(keys) for key, keys in found.items()}


def former_units(key: str) -> tuple[str, ...]:
    """Keys of the units that ended and left their land, or a part of it, to this one.

    `thai_nguyen` has `bac_kan`; a commune of today has the districts it was cut from.
    """
    return _formers().get(key, ())
