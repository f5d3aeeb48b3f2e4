"""How one unseen site is put together: a dress file of its own, sections, addresses and habits."""

from __future__ import annotations

from datetime import date as Day
from pathlib import Path
from typing import Any

from crawler.demo.site_systems import ReplicaSection, System

HERE = Path(__file__).parent
COUNT = 44  # articles, one in eleven of them taken over from another of these sites

HABITS: dict[str, Any] = {
    "count": COUNT,
    "per_page": 8,
    "dates": "page time",
    "authored": 0.9,
    "led": 0.92,
    "validators": (),
    "templates": HERE,
}


def sections(*rows: str) -> tuple[ReplicaSection, ...]:
    """Sections from rows of `slug | number | Trail / Trail`."""
    told = ([part.strip() for part in row.split("|")] for row in rows)
    return tuple(ReplicaSection(slug, int(number), tuple(trail.split(" / "))) for slug, number, trail in told)


def site(key: str, domain: str, name: str, years: tuple[int, int], **told: Any) -> System:
    """The system called `key`, in the dress `<key>.html`, from March of one year to May of another."""
    first, last = years
    facts = {"key": key, "domain": domain, "name": name, "skin": f"{key}.html", **HABITS, **told}
    return System(years=(Day(first, 3, 2), Day(last, 5, 28)), **facts)
