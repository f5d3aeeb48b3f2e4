"""What else a place may mean: the same query asked of the unit before the reform, or of the one since."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated

from typing_extensions import Doc

from storage.gazetteer.units import all_units, former_units
from storage.search.query.tree import Query, QueryPlace

MAX_PLACE_SUGGESTIONS = 8


class PlaceRelation(StrEnum):
    """How a unit offered stands to the one asked for."""

    FORMER = "former"  # it ended, and the one asked for has its land, which is searched too
    ITSELF = "itself"  # the one asked for, without those it took over
    SUCCESSOR = "successor"  # it has the land of the one asked for


@dataclass(frozen=True, slots=True)
class PlaceSuggestion:
    """The query asked of another unit."""

    relation: PlaceRelation
    key: Annotated[str, Doc("of the unit")]
    label: Annotated[str, Doc("its full name")]
    query: str


def suggest_places(query: Query) -> tuple[PlaceSuggestion, ...]:
    """For each place asked for: what it was before, and what it is since."""
    return tuple(offer for placed in query.places for offer in _offers(query.text, placed))[
        :MAX_PLACE_SUGGESTIONS
    ]


def _offers(text: str, placed: QueryPlace) -> Iterator[PlaceSuggestion]:
    asked = placed.keys[0]
    ended = [key for key in former_units(asked) if key in placed.keys]
    for key in ended:
        yield _suggestion(PlaceRelation.FORMER, key, f"={key}", text, placed)
    if ended:
        yield _suggestion(PlaceRelation.ITSELF, asked, f"={asked}", text, placed)
    for key in all_units()[asked].into:
        yield _suggestion(PlaceRelation.SUCCESSOR, key, key, text, placed)


def _suggestion(
    relation: PlaceRelation, key: str, value: str, text: str, placed: QueryPlace
) -> PlaceSuggestion:
    changed = f"{text[: placed.start]}{value}{text[placed.end :]}"
    return PlaceSuggestion(relation, key, all_units()[key].full_name, changed)
