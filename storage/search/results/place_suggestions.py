"""What else a place may mean: the same query asked of the unit before the reform, or of the one since."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated

from typing_extensions import Doc

from storage.gazetteer.units import former, units
from storage.search.query.tree import Placed, Query

MOST_OFFERS = 8


class Relation(StrEnum):
    """How a unit offered stands to the one asked for."""

    FORMER = "former"  # it ended, and the one asked for has its land, which is searched too
    ITSELF = "itself"  # the one asked for, without those it took over
    SUCCESSOR = "successor"  # it has the land of the one asked for


@dataclass(frozen=True, slots=True)
class Suggestion:
    """The query asked of another unit."""

    relation: Relation
    key: Annotated[str, Doc("of the unit")]
    label: Annotated[str, Doc("its full name")]
    query: str


def offers_of(query: Query) -> tuple[Suggestion, ...]:
    """For each place asked for: what it was before, and what it is since."""
    return tuple(offer for placed in query.places for offer in _offers(query.text, placed))[:MOST_OFFERS]


def _offers(text: str, placed: Placed) -> Iterator[Suggestion]:
    asked = placed.keys[0]
    ended = [key for key in former(asked) if key in placed.keys]
    for key in ended:
        yield _suggestion(Relation.FORMER, key, f"={key}", text, placed)
    if ended:
        yield _suggestion(Relation.ITSELF, asked, f"={asked}", text, placed)
    for key in units()[asked].into:
        yield _suggestion(Relation.SUCCESSOR, key, key, text, placed)


def _suggestion(relation: Relation, key: str, value: str, text: str, placed: Placed) -> Suggestion:
    changed = f"{text[: placed.start]}{value}{text[placed.end :]}"
    return Suggestion(relation, key, units()[key].full_name, changed)
