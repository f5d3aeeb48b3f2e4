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

    def existed_on(self, day: Day) -> bool:
        """Return whether the unit existed on a day."""
        return (self.since is None or self.since <= day) and (self.until is None or day <= self.until)


def fold_key(name: str) -> str:
    """Return a name as part of a key: `Ba Bể` → `ba_be`."""
    return "_".join(without_marks(word) for word in exact_words(name))


def read_table(path: Path, since: Day | None = None, until: Day | None = None) -> Iterator[Unit]:
    """Read the units of one table; `since` and `until` apply to rows without such a day.

    Raises ValueError naming the file and the line.
    """
    header, *lines = path.read_text(encoding="utf-8").splitlines()
    columns = header.split("\t")
    for line_number, line in enumerate(lines, 2):
        cells = line.split("\t")
        if len(cells) != len(columns):
            count = f"{len(cells)} cells, {len(columns)} columns"
            raise ValueError(f"{path}:{line_number}: {count}; correct the line")
        row = dict(zip(columns, cells, strict=True))
        last_day = row.get("until")
        yield Unit(
            key=row["key"],
            kind=row["kind"],
            name=row["name"],
            into=tuple(row["into"].split(",")) if row["into"] else (),
            since=since,
            until=Day.fromisoformat(last_day) if last_day else until,
            aliases=tuple(filter(None, row.get("aliases", "").split(";"))),
        )


@cache
def all_units() -> Mapping[str, Unit]:
    """Return every unit by key: provinces, districts, earlier districts, communes."""
    rows = (
        *read_table(PROVINCES),
        *read_table(DISTRICTS, until=LAST_DISTRICT_DAY),
        *read_table(EARLIER),
        *read_table(COMMUNES, since=REFORM),
    )
    return {unit.key: unit for unit in rows}


def get_unit(key: str) -> Unit:
    """Return the unit of a key; raise KeyError for an unknown one."""
    return all_units()[key]


def unit_key_on(key: str, day: Day) -> str:
    """Return the key of the unit on a day, or of the smallest unit that held all its land by then.

    `bac_kan` is `thai_nguyen` since 2025-07-01; so is `bac_kan/ba_be`, whose land is eight communes now.
    Raises KeyError for an unknown key.
    """
    unit = get_unit(key)
    while unit.until is not None and day > unit.until:
        unit = get_unit(_land_holder(unit))
    return unit.key


def _land_holder(ended: Unit) -> str:
    return ended.into[0] if len(ended.into) == 1 else get_unit(ended.into[0]).province


@cache
def _former_keys() -> Mapping[str, tuple[str, ...]]:
    former_keys: dict[str, list[str]] = defaultdict(list)
    for unit in all_units().values():
        for successor in unit.into:
            former_keys[successor].append(unit.key)
    return {successor: tuple(keys) for successor, keys in former_keys.items()}


def former_units(key: str) -> tuple[str, ...]:
    """Return the keys of the units that ended and left their land, or a part of it, to this one.

    `thai_nguyen` has `bac_kan`; a commune of today has the districts it was cut from.
    """
    return _former_keys().get(key, ())
