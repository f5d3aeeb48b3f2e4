"""Provinces: the 63 provinces and cities before the reform of July 2025, and the unit each belongs to now."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date as Day
from functools import cache
from pathlib import Path

REFORM = Day(2025, 7, 1)  # the first day of the 34; the district level ended the day before
PROVINCES_FILE = Path(__file__).parent / "provinces.toml"


@dataclass(frozen=True, slots=True)
class Province:
    """A province or centrally run city."""

    key: str
    name: str  # without "tỉnh" or "thành phố"
    city: bool  # centrally run
    current_key: str  # key of the unit it belongs to since REFORM; its own where the name stayed

    @property
    def full_name(self) -> str:
        """Official name: `tỉnh Bắc Kạn`, `thành phố Huế`."""
        return f"{'thành phố' if self.city else 'tỉnh'} {self.name}"


@cache
def provinces() -> Mapping[str, Province]:
    """Return all 63 by key."""
    table = tomllib.loads(PROVINCES_FILE.read_text(encoding="utf-8"))
    return {
        key: Province(key, row["name"], row.get("city", False), row.get("now", key))
        for key, row in table.items()
    }


def province_on(key: str, day: Day) -> Province:
    """Return the province that `key` was, or was part of, on a day. Raises KeyError for an unknown key."""
    place = provinces()[key]
    return provinces()[place.current_key] if day >= REFORM else place
