"""Two events told in one form: particulars exchanged in a real text, and official texts of our own (pure)."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from random import Random

from crawler.demo.prose_names import name_lists, person_name

HERE = Path(__file__).parent
NUMBER = re.compile(r"\d+")
NAME = re.compile(
    r"(?<![.!?:;\n…“\"] )(?<![\n“\"(])(?<!^)\b"
    r"[A-ZÀ-ỸĐ][^\W\d_A-Z]+(?: [A-ZÀ-ỸĐ][^\W\d_A-Z]+)+"
)
SLOT = re.compile(r"\{(\w+)\}")


@cache
def templates(held_out: bool) -> Mapping[str, str]:
    """Every form by name; those held out were written after the thresholds were chosen."""
    name = "forms_held_out.toml" if held_out else "forms.toml"
    found: dict[str, str] = tomllib.loads((HERE / name).read_text(encoding="utf-8"))
    return found


def written(template: str, rng: Random) -> str:
    """A text in one of the forms, with particulars of its own."""
    lists = name_lists()
    firm = f"{rng.choice(lists['firm_first'])} {rng.choice(lists['firm_last'])}"
    place = rng.choice(list(lists["places"].values()))
    told = {
        "a": person_name(rng), "b": person_name(rng), "c": person_name(rng), "d": person_name(rng),
        "unit": str(rng.choice(lists["firms"])).format(ten=firm), "place": rng.choice(place["noi"]),
        "day": f"{rng.randint(1, 28)}/{rng.randint(1, 12)}/20{rng.randint(10, 25)}",
        "n": rng.randint(11, 39), "m": rng.randint(41, 99), "k": rng.randint(103, 980),
        "money": rng.randint(101, 899),
    }  # fmt: skip
    return SLOT.sub(lambda slot: str(told[slot[1]]), template)


def retold(text: str, rng: Random) -> str:
    """A real text with every number another one, every name of two words or more another name throughout."""
    known: dict[str, str] = {}

    def name(found: re.Match[str]) -> str:
        if found[0] not in known:
            known[found[0]] = " ".join(person_name(rng).split()[: len(found[0].split())])
        return known[found[0]]

    return NUMBER.sub(lambda found: _other(found[0], rng), NAME.sub(name, text))


def _other(number: str, rng: Random) -> str:
    """Another number of as many digits."""
    first = rng.choice([digit for digit in "123456789" if digit != number[0]])
    return first + "".join(rng.choice("0123456789") for _ in number[1:])
