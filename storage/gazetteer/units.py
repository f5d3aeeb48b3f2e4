"""Administrative units: provinces, districts and communes with their days and successors, from the tables."""

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
PROVINCES = FOLDER / "provinces.tsv"  # 63 of 2025-06-30, 34 of which continue; written by hand
EARLIER = FOLDER / "earlier.tsv"  # districts that ended before the reform; written by hand
DISTRICTS = FOLDER / "districts.tsv"  # 696 of 2025-06-30; made by docs/make_places.py
COMMUNES = FOLDER / "communes.tsv"  # 3,321 since 2025-07-01; made by docs/make_places.py
REFORM = Day(2025, 7, 1)  # the first day of the 34; the district level ended the day before
LAST_DISTRICT_DAY = REFORM - timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Unit:
    """One administrative unit; its key never changes and is never reused: `bac_kan`, `bac_kan/ba_be`."""

    key: str
    kind: str  # tỉnh, thành phố, thị xã, quận, huyện, xã, phường, đặc khu; the last it had
    name: str  # without the kind: `Ba Bể`, `1`
    into: tuple[str, ...] = ()  # keys of the units that hold its land since it ended
    since: Day | None = None  # first day; none = before the first article of the archive
    until: Day | None = None  # last day; none = it still exists
    aliases: tuple[str, ...] = ()  # other spellings of the name

    @property
    def province(self) -> str:
        """Key of the province it lies in; of a province its own key."""
        return self.key.partition("/")[0]

    @property
    def full_name(self) -> str:
        """Kind and name as the law writes them: `tỉnh Bắc Kạn`, `huyện Ba Bể`."""
        return f"{self.kind} {self.name}"

    def existed_on(self, unit_day: Day) -> bool:
        """Return whether the unit existed on a day."""
        return (self.since is None or self.since <= unit_day) and (
            self.until is None or unit_day <= self.until
        )


def fold_key(unit_name: str) -> str:
    """Return a name as part of a key: `Ba Bể` → `ba_be`."""
    return "_".join(without_marks(unit_word) for unit_word in exact_words(unit_name))


def read_table(unit_table: Path, since: Day | None = None, until: Day | None = None) -> Iterator[Unit]:
    """Read the units of one table; `since` and `until` apply to rows without such a day.

    Raises ValueError naming the file and the line.
    """
    unit_header, *unit_lines = unit_table.read_text(encoding="utf-8").splitlines()
    unit_columns = unit_header.split("\t")
    for line_number, unit_line in enumerate(unit_lines, 2):
        unit_cells = unit_line.split("\t")
        if len(unit_cells) != len(unit_columns):
            unit_cell_count = f"{len(unit_cells)} cells, {len(unit_columns)} columns"
            raise ValueError(f"{unit_table}:{line_number}: {unit_cell_count}; correct the line")
        unit_row = dict(zip(unit_columns, unit_cells, strict=True))
        unit_last_day = unit_row.get("until")
        yield Unit(
            key=unit_row["key"],
            kind=unit_row["kind"],
            name=unit_row["name"],
            into=tuple(unit_row["into"].split(",")) if unit_row["into"] else (),
            since=since,
            until=Day.fromisoformat(unit_last_day) if unit_last_day else until,
            aliases=tuple(filter(None, unit_row.get("aliases", "").split(";"))),
        )


@cache
def all_units() -> Mapping[str, Unit]:
    """Return every unit by key: provinces, districts, earlier districts, communes."""
    unit_rows = (
        *read_table(PROVINCES),
        *read_table(DISTRICTS, until=LAST_DISTRICT_DAY),
        *read_table(EARLIER),
        *read_table(COMMUNES, since=REFORM),
    )
    return {unit.key: unit for unit in unit_rows}


def get_unit(unit_key: str) -> Unit:
    """Return the unit of a key; raise KeyError for an unknown one."""
    return all_units()[unit_key]


def unit_key_on(unit_key: str, unit_day: Day) -> str:
    """Return the key of the unit on a day, or of the smallest unit that held all its land by then.

    `bac_kan` is `thai_nguyen` since 2025-07-01; so is `bac_kan/ba_be`, whose land is eight communes now.
    Raises KeyError for an unknown key.
    """
    unit = get_unit(unit_key)
    while unit.until is not None and unit_day > unit.until:
        unit = get_unit(_land_holder(unit))
    return unit.key


def _land_holder(ended_unit: Unit) -> str:
    return ended_unit.into[0] if len(ended_unit.into) == 1 else get_unit(ended_unit.into[0]).province


@cache
def _former_keys() -> Mapping[str, tuple[str, ...]]:
    former_keys: dict[str, list[str]] = defaultdict(list)
    for unit in all_units().values():
        for successor in unit.into:
            former_keys[successor].append(unit.key)
    return {successor: tuple(former_unit_keys) for successor, former_unit_keys in former_keys.items()}


def former_units(unit_key: str) -> tuple[str, ...]:
    """Return the keys of the units that ended and left their land, or a part of it, to this one.

    `thai_nguyen` has `bac_kan`; a commune of today has the districts it was cut from.
    """
    return _former_keys().get(unit_key, ())
