"""Draw the invented people, units and places of one story."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from datetime import date as Day
from datetime import timedelta
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

PROSE_FOLDER = Path(__file__).parent / "prose"
Facts = Mapping[str, str]


@cache
def name_lists() -> Mapping[str, Any]:
    """Return the name lists of `names.toml`."""
    return tomllib.loads((PROSE_FOLDER / "names.toml").read_text(encoding="utf-8"))


def person_name(rng: Random) -> str:
    """Draw an invented full name."""
    lists = name_lists()
    return " ".join(rng.choice(lists[part]) for part in ("surnames", "middles", "given"))


def _firm_name(rng: Random) -> str:
    lists = name_lists()
    name = f"{rng.choice(lists['firm_first'])} {rng.choice(lists['firm_last'])}"
    return str(rng.choice(lists["firms"])).format(ten=name)


def _unit_names(rng: Random, place: Mapping[str, Any], noi: str, industrial: bool) -> list[str]:
    """Draw three units; the first is a firm when the topic is industrial."""
    if "dv" in place:
        return rng.sample(place["dv"], 3)
    offices = rng.sample(name_lists()["offices"], 2)
    units = [name.format(xa=rng.choice(place["xa"]), noi=noi) for name in offices]
    units += [_firm_name(rng), _firm_name(rng)]
    rng.shuffle(units)
    return [_firm_name(rng), *units[:2]] if industrial else units[:3]


def _event_dates(rng: Random, day: Day) -> dict[str, str]:
    event = day - timedelta(days=rng.randint(0, 3))
    form = rng.choice(("{0.day}/{0.month}", "{0.day}/{0.month}/{0.year}", "{0.day}.{0.month}"))
    term = day.year - day.year % 5 - rng.choice((2, 3))
    return {
        "ngay": form.format(event),
        "nam": str(day.year),
        "nam_truoc": str(day.year - 1),
        "nhiem_ky": f"{term}-{term + 5}",
    }


def story_facts(rng: Random, site: str, day: Day, *, industrial: bool) -> dict[str, str]:
    """Draw the facts of one story set in the area of `site` on `day`, by slot name."""
    place = name_lists()["places"][site]
    noi = rng.choice(place["noi"])
    cap = place["cap"].format(noi=noi)
    units = _unit_names(rng, place, noi, industrial)
    ward = "phường" if noi.startswith(("quận", "thị xã", "thành phố")) else "xã"
    communes = [f"{ward} {name}" for name in rng.sample(place["xa"], 2)]
    people = {key: person_name(rng) for key in ("ng", "ng2", "ng3", "ng4")}
    polite = {f"anh{n}": "chị" if "Thị" in people[f"ng{n}"] else rng.choice(("anh", "chị")) for n in (3, 4)}
    return {
        **people,
        **polite,
        "ong4": "Bà" if polite["anh4"] == "chị" else "Ông",
        **_event_dates(rng, day),
        "cap": cap,
        "tinh": place.get("tinh", ""),  # key of the province; none where the home is invented
        "noi": noi,
        "dv": units[0],
        "dv2": units[1],
        "dv3": units[2],
        "cd": f"Công đoàn {units[0]}",
        "xa": communes[0],
        "xa2": communes[1],
        "chuc": f"{rng.choice(name_lists()['chairs'])} {cap}",
        "chuc2": f"Chủ tịch Công đoàn {units[0]}",
        "qd": f"{rng.randint(12, 980)}/QĐ-LĐLĐ",
    }
