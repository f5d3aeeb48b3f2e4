"""Place suggestions: the same query for the units a queried place replaced, or was replaced by."""

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
    """How a suggested unit relates to the queried one."""

    FORMER = "former"  # it ended, and the queried unit has its land, which is searched too
    ITSELF = "itself"  # the queried unit without those it took over
    SUCCESSOR = "successor"  # it has the land of the queried unit


@dataclass(frozen=True, slots=True)
class PlaceSuggestion:
    """The same query with another administrative unit."""

    relation: PlaceRelation
    key: Annotated[str, Doc("of the unit")]
    label: Annotated[str, Doc("its full name")]
    query: str


def suggest_places(query: Query) -> tuple[PlaceSuggestion, ...]:
    """Return for each queried place what it was before the reform, and what it is since."""
    suggestions = (
        suggestion for place in query.places for suggestion in _suggest_for_place(query.text, place)
    )
    return tuple(suggestions)[:MAX_PLACE_SUGGESTIONS]


def _suggest_for_place(query_text: str, place: QueryPlace) -> Iterator[PlaceSuggestion]:
    unit_key = place.keys[0]
    former_keys = [key for key in former_units(unit_key) if key in place.keys]
    for key in former_keys:
        yield _suggestion(PlaceRelation.FORMER, key, f"={key}", query_text, place)
    if former_keys:
        yield _suggestion(PlaceRelation.ITSELF, unit_key, f"={unit_key}", query_text, place)
    for key in all_units()[unit_key].into:
        yield _suggestion(PlaceRelation.SUCCESSOR, key, key, query_text, place)


def _suggestion(
    relation: PlaceRelation, key: str, place_value: str, query_text: str, place: QueryPlace
) -> PlaceSuggestion:
    changed_query = f"{query_text[: place.start]}{place_value}{query_text[place.end :]}"
    return PlaceSuggestion(relation, key, all_units()[key].full_name, changed_query)
